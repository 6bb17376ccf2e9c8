"""Clusters of boxes as the documentation states them, by comparing all clusters again and again: slow and short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from trigpoint.labeling.consolidation.box_clusters import MIN_SIMILARITY, OTHER_CLASS, Drawn
from trigpoint.labeling.consolidation.box_overlap import iou
from trigpoint.records.labels.boxes import Box


def clusters_by_all_pairs(answers: Mapping[str, Sequence[Box]]) -> list[list[Drawn]]:
    """The clusters in order, each in order of its workers. Boxes are never equally similar."""
    clusters = [[Drawn(worker, box)] for worker, boxes in answers.items() for box in boxes]
    while True:
        pairs = [
            (_average(first, second), i, j)
            for (i, first), (j, second) in combinations(enumerate(clusters), 2)
            if not {drawn.worker for drawn in first} & {drawn.worker for drawn in second}
        ]
        best, i, j = max(pairs, default=(0.0, 0, 0))
        if best < MIN_SIMILARITY:
            return sorted(sorted(cluster) for cluster in clusters)
        clusters[i] += clusters.pop(j)


def _average(first: Sequence[Drawn], second: Sequence[Drawn]) -> float:
    return sum(_similarity(a.box, b.box) for a in first for b in second) / (len(first) * len(second))


def _similarity(a: Box, b: Box) -> float:
    found = iou(a, b) if a.class_name == b.class_name else iou(a, b) * OTHER_CLASS
    return found if found >= MIN_SIMILARITY else 0.0
