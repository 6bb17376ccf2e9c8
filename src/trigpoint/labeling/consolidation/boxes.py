"""Several workers' boxes become one set of boxes with confidences.

Boxes of different workers that overlap most are taken for the same thing and averaged. Boxes that only a minority
drew are left out. Coordinates are pixels of the stored image, origin at the top left, right and bottom edge exclusive.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from operator import itemgetter

from trigpoint.labeling.consolidation.overlaps import Edges, overlapping_pairs
from trigpoint.records.labels.boxes import Box, BoxLtwh

MIN_IOU = 0.5


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
    clusters = [found for stacks in _stacks_by_class(answers) for found in _merged(stacks, len(answers))]
    agreed = [_mean(found.boxes, len(answers)) for found in clusters if 2 * len(found.boxes) > len(answers)]
    return sorted(agreed, key=lambda box: (box.class_name, box.top, box.left, box))


def iou(a: Box, b: Box) -> float:
    """The area of the boxes' intersection divided by that of their union, 0 to 1."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    intersection = width * height
    union = a.width * a.height + b.width * b.height - intersection
    return intersection / union if union > 0 else 0.0  # the areas of tiny boxes may be rounded to 0


class _Cluster:
    """Boxes that are taken for the same thing. `parts` are the stacks that it is made of.

    `workers` has one bit for the worker of each box.
    """

    __slots__ = ("boxes", "parts", "workers")

    def __init__(self, part: int) -> None:
        self.boxes: list[Box] = []
        self.parts = [part]
        self.workers = 0

    def add(self, box: Box, worker: int) -> None:
        self.boxes.append(box)
        self.workers |= worker

    def take_over(self, other: _Cluster) -> None:
        self.boxes += other.boxes
        self.parts += other.parts
        self.workers |= other.workers


def _stacks_by_class(answers: Mapping[str, Sequence[Box]]) -> list[list[_Cluster]]:
    """For each class the identical boxes of different workers as one cluster, in order of the boxes' coordinates.

    Of several identical boxes of one worker, the first one is in the first cluster, and so on.
    """
    bits = {worker: 1 << k for k, worker in enumerate(sorted(answers))}
    copies: Counter[tuple[str, str, BoxLtwh]] = Counter()
    stacks: dict[str, dict[tuple[BoxLtwh, int], _Cluster]] = {}
    for class_name, ltwh, worker, box in _in_order(answers):
        copy = (worker, class_name, ltwh)
        of_class = stacks.setdefault(class_name, {})
        stack = of_class.setdefault((ltwh, copies[copy]), _Cluster(len(of_class)))
        stack.add(box, bits[worker])
        copies[copy] += 1
    return [list(of_class.values()) for of_class in stacks.values()]


def _in_order(answers: Mapping[str, Sequence[Box]]) -> list[tuple[str, BoxLtwh, str, Box]]:
    """All boxes that have an area, with their class, coordinates and worker, in this order."""
    drawn = [
        (box.class_name, box.ltwh, worker, box)
        for worker, boxes in answers.items()
        for box in boxes
        if box.width * box.height > 0
    ]
    return sorted(drawn, key=itemgetter(0, 1, 2))


def _merged(stacks: Sequence[_Cluster], worker_count: int) -> list[_Cluster]:
    """The clusters of one class, also those of one box."""
    cluster_of = list(stacks)
    for i, j in _mergeable(stacks, worker_count):
        first, second = cluster_of[i], cluster_of[j]
        if first.workers & second.workers:
            continue
        for part in second.parts:
            cluster_of[part] = first
        first.take_over(second)
    return list(dict.fromkeys(cluster_of))


def _mergeable(stacks: Sequence[_Cluster], worker_count: int) -> list[tuple[int, int]]:
    """Pairs of stacks that could be the same thing, the most similar first; equal ones in the order of the stacks."""
    everybody = (1 << worker_count) - 1
    waiting = [k for k, stack in enumerate(stacks) if stack.workers != everybody]
    pairs = overlapping_pairs([_edges(stacks[k]) for k in waiting], MIN_IOU)
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    return [(waiting[i], waiting[j]) for _, i, j in pairs]


def _edges(stack: _Cluster) -> Edges:
    box = stack.boxes[0]
    return Edges(box.left, box.top, box.right, box.bottom, box.width * box.height, stack.workers)


def _mean(boxes: Sequence[Box], worker_count: int) -> Box:
    left, top = _average([b.left for b in boxes]), _average([b.top for b in boxes])
    right, bottom = _average([b.right for b in boxes]), _average([b.bottom for b in boxes])
    agreement = _average([iou(a, b) for a, b in combinations(boxes, 2)])
    confidence = min(1.0, len(boxes) / worker_count * agreement)
    return Box(boxes[0].class_name, left, top, right - left, bottom - top, confidence)


def _average(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
