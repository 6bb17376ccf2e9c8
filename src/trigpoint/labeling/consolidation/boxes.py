"""Several workers' boxes become one set of boxes with confidences.

Boxes of different workers that overlap most are taken for the same thing and averaged. Boxes that only a minority
drew are left out. Coordinates are pixels of the stored image, origin at the top left, right and bottom edge exclusive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from trigpoint.records.labels.boxes import Box

MIN_IOU = 0.5


@dataclass(frozen=True, slots=True, order=True)
class _Drawn:
    box: Box
    worker: str


def consolidate(answers: Mapping[str, Sequence[Box]]) -> list[Box]:
    """The boxes that the workers agree on, with the confidence of each, between 0 and 1.

    For each class, the two boxes of different workers with the highest IoU (at least 0.5) are put into one cluster,
    and so on, while no cluster has two boxes of one worker. A cluster in which more than half of the workers take part
    becomes the mean of its boxes' edges, with the confidence `share of workers * mean pairwise IoU`. The boxes of a
    single worker are returned unchanged and in their order, with confidence 0.

    Args:    answers: the boxes of each worker who answered, which may be none; by worker id.
    Returns: in order of class name, top, left. The order of workers and of boxes does not matter; ties of IoU are
             broken by the boxes' coordinates.
    Source:  the specification of Ground Truth's outputs, section 4.3 (matching by Jaccard index, then averaging).
    """
    if len(answers) == 1:
        return [replace(box, confidence=0) for boxes in answers.values() for box in boxes]
    drawn = sorted(_Drawn(box, worker) for worker, boxes in answers.items() for box in boxes)
    clusters = [c for c in _clusters(drawn) if 2 * len(c) > len(answers)]
    agreed = [_mean(cluster, len(answers)) for cluster in clusters]
    return sorted(agreed, key=lambda box: (box.class_name, box.top, box.left, box))


def iou(a: Box, b: Box) -> float:
    """The area of the boxes' intersection divided by that of their union, 0 to 1."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    intersection = width * height
    return intersection / (a.width * a.height + b.width * b.height - intersection)


def _clusters(drawn: Sequence[_Drawn]) -> list[list[_Drawn]]:
    """The clusters of the boxes, also those of one box. `drawn` is sorted, so that equal IoUs are taken in order."""
    cluster_of = list(range(len(drawn)))
    members = {i: [i] for i in cluster_of}
    workers = {i: {drawn[i].worker} for i in cluster_of}
    for i, j in _pairs(drawn):
        a, b = cluster_of[i], cluster_of[j]
        if a == b or workers[a] & workers[b]:
            continue
        for member in members[b]:
            cluster_of[member] = a
        members[a] += members.pop(b)
        workers[a] |= workers.pop(b)
    return [[drawn[i] for i in sorted(cluster)] for cluster in members.values()]


def _pairs(drawn: Sequence[_Drawn]) -> list[tuple[int, int]]:
    """Pairs of boxes that could be the same thing, the most similar first."""
    found = [
        (-similarity, i, j)
        for i, j in _neighbours(drawn)
        if drawn[i].worker != drawn[j].worker and (similarity := iou(drawn[i].box, drawn[j].box)) >= MIN_IOU
    ]
    return [(i, j) for _, i, j in sorted(found)]


def _neighbours(drawn: Sequence[_Drawn]) -> Iterator[tuple[int, int]]:
    """Pairs of one class whose horizontal extents meet; `drawn` is sorted by class and left edge."""
    for i, first in enumerate(drawn):
        for j in range(i + 1, len(drawn)):
            other = drawn[j].box
            if other.class_name != first.box.class_name or other.left >= first.box.right:
                break
            yield i, j


def _mean(cluster: Sequence[_Drawn], worker_count: int) -> Box:
    boxes = [drawn.box for drawn in cluster]
    left, top = _average([b.left for b in boxes]), _average([b.top for b in boxes])
    right, bottom = _average([b.right for b in boxes]), _average([b.bottom for b in boxes])
    agreement = _average([iou(a, b) for a, b in combinations(boxes, 2)])
    confidence = min(1.0, len(boxes) / worker_count * agreement)
    return Box(boxes[0].class_name, left, top, right - left, bottom - top, confidence)


def _average(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
