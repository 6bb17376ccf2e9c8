"""Which clusters show the things of a known label."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from trigpoint.labeling.consolidation.box_clusters import Cluster
from trigpoint.labeling.consolidation.overlaps import Edges, overlapping_pairs
from trigpoint.records.labels.boxes import Box

MIN_IOU = 0.5


def matched(clusters: Sequence[Cluster], truth: Sequence[Box]) -> dict[int, Box]:
    """The known box of each cluster that shows one, by the position of the cluster; the most similar ones first.

    The class does not matter. Boxes without area match none.
    """
    middles = [_middle(cluster) for cluster in clusters]
    known = [_edges(box.left, box.top, box.right, box.bottom, owner=2) for box in truth]
    pairs = sorted(
        overlapping_pairs([*middles, *known], MIN_IOU), key=lambda pair: (-pair[0], pair[1], pair[2])
    )
    found: dict[int, Box] = {}
    taken: set[int] = set()
    for _, cluster, other in pairs:
        if cluster not in found and other not in taken:
            found[cluster] = truth[other - len(clusters)]
            taken.add(other)
    return found


def _middle(cluster: Cluster) -> Edges:
    boxes = [drawn.box for drawn in cluster]
    left, top = median(box.left for box in boxes), median(box.top for box in boxes)
    right, bottom = median(box.right for box in boxes), median(box.bottom for box in boxes)
    return _edges(left, top, right, bottom, owner=1)


def _edges(left: float, top: float, right: float, bottom: float, owner: int) -> Edges:
    """Two boxes of one owner are no pair: a cluster is only compared with known boxes."""
    return Edges(left, top, right, bottom, (right - left) * (bottom - top), owner)
