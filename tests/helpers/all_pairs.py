"""Boxes consolidated as the documentation states it, by comparing all pairs: slow, short and obviously right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import fsum

from trigpoint.labeling.consolidation.boxes import MIN_IOU, iou
from trigpoint.records.labels.boxes import Box


def consolidate_by_all_pairs(answers: Mapping[str, Sequence[Box]]) -> list[Box]:
    """The boxes that several workers agree on, in order of class name, top, left."""
    drawn = sorted((box, worker) for worker, boxes in answers.items() for box in boxes)
    clusters = [[each] for each in drawn]
    pairs = sorted(
        (-iou(a[0], b[0]), i, j)
        for (i, a), (j, b) in combinations(enumerate(drawn), 2)
        if a[0].class_name == b[0].class_name and iou(a[0], b[0]) >= MIN_IOU
    )
    for _, i, j in pairs:
        first, second = clusters[i], clusters[j]
        if not {worker for _, worker in first} & {worker for _, worker in second}:
            first += second
            clusters = [first if each is second else each for each in clusters]
    unique = {id(cluster): [box for box, _ in cluster] for cluster in clusters}
    agreed = [_mean(boxes, len(answers)) for boxes in unique.values() if 2 * len(boxes) > len(answers)]
    return sorted(agreed, key=lambda box: (box.class_name, box.top, box.left, box))


def _mean(boxes: Sequence[Box], worker_count: int) -> Box:
    left, top, right, bottom = (
        fsum(getattr(box, edge) for box in boxes) / len(boxes) for edge in ("left", "top", "right", "bottom")
    )
    similarities = [iou(a, b) for a, b in combinations(boxes, 2)]
    confidence = min(1.0, len(boxes) / worker_count * (fsum(similarities) / len(similarities)))
    return Box(boxes[0].class_name, left, top, right - left, bottom - top, confidence)
