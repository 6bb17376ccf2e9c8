"""How do several workers' boxes become one set of boxes with confidences.
 Boxes of different workers that overlap most are taken for the same thing and averaged; what only a
minority drew is left out. Coordinates are pixels of the stored image, origin at the top left, right and
bottom edge exclusive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import ImageFacts

MIN_IOU = 0.5
OUTPUT_TYPE = "groundtruth/object-detection"
ELEMENT_NAME = "boundingBox"


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A labeled box, in left, top, width, height."""

    label: str
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class ConsolidatedBox:
    """A box on which workers agree; `confidence` is between 0 and 1."""

    box: Box
    confidence: float


@dataclass(frozen=True, slots=True, order=True)
class _Drawn:
    box: Box
    worker: str


def boxes_of(answer: Mapping[str, Any], labels: Sequence[str], image: ImageFacts) -> list[Box]:
    """The boxes that a worker submitted, in his order, cut at the image's edges. The element may have any
    name, because templates are edited by users. Decision: boxes that lie outside of the image, or have no
    area in it, are left out; an answer with a label that the job does not have is not used at all,
    because nobody can say what its worker meant by the others.
       Raises: Invalid: the answer cannot be used; says why.
    """
    drawn = _element(answer)
    found = [_box(number, entry, labels) for number, entry in enumerate(drawn, start=1)]
    cut = [_cut(box, image) for box in found]
    return [box for box in cut if box is not None]


def consolidate(answers: Mapping[str, Sequence[Box]]) -> list[ConsolidatedBox]:
    """What the workers agree on. For each label, the two boxes of different workers with the highest IoU
    (at least 0.5) are put into one cluster, and so on, as long as no cluster has two boxes of one worker.
    A cluster in which more than half of the workers take part becomes the mean of its boxes' edges, with
    the confidence `share of workers * mean pairwise IoU`. One worker's boxes are taken as they are, in
    his order, with confidence 0.

       Args:    answers: each answering worker's boxes, which may be none; by a worker's id.
       Returns: in order of label, top, left. The order of workers and of boxes does not matter; ties of
                IoU are broken by the boxes' coordinates.
       Source:  the specification of Ground Truth's outputs, section 4.3 (matching by Jaccard index, then
       averaging).
    """
    if len(answers) == 1:
        return [ConsolidatedBox(box, 0) for boxes in answers.values() for box in boxes]
    drawn = sorted(_Drawn(box, worker) for worker, boxes in answers.items() for box in boxes)
    clusters = [c for c in _clusters(drawn) if 2 * len(c) > len(answers)]
    agreed = [_mean(cluster, len(answers)) for cluster in clusters]
    return sorted(agreed, key=lambda c: (c.box.label, c.box.top, c.box.left, c.box, c.confidence))


def label_and_metadata(
    boxes: Sequence[ConsolidatedBox], labels: Sequence[str], image: ImageFacts
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The label and the task-specific members of its metadata, as they stand in the output manifest."""
    class_ids = [labels.index(agreed.box.label) for agreed in boxes]
    label = {
        "image_size": [{"width": image.width, "height": image.height, "depth": image.depth}],
        "annotations": [
            {
                "class_id": class_id,
                "left": _number(agreed.box.left),
                "top": _number(agreed.box.top),
                "width": _number(agreed.box.width),
                "height": _number(agreed.box.height),
            }
            for class_id, agreed in zip(class_ids, boxes, strict=True)
        ],
    }
    metadata = {
        "objects": [{"confidence": _number(agreed.confidence)} for agreed in boxes],
        "class-map": {str(class_id): labels[class_id] for class_id in sorted(set(class_ids))},
    }
    return label, metadata


def iou(a: Box, b: Box) -> float:
    """The area of the boxes' intersection divided by that of their union, 0 to 1."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    intersection = width * height
    return intersection / (a.width * a.height + b.width * b.height - intersection)


# -- reading an answer


def _element(answer: Mapping[str, Any]) -> list[Any]:
    named = [answer[ELEMENT_NAME]] if ELEMENT_NAME in answer else []
    for value in [*named, *answer.values()]:
        if isinstance(value, Mapping) and isinstance(value.get("boundingBoxes"), list):
            drawn: list[Any] = value["boundingBoxes"]
            return drawn
    raise Invalid("the answer has no element with a list of 'boundingBoxes'")


def _box(number: int, entry: Any, labels: Sequence[str]) -> Box:
    if not isinstance(entry, Mapping):
        raise Invalid(f"box {number} of the answer is not an object")
    label = entry.get("label")
    if not isinstance(label, str) or label not in labels:
        raise Invalid(f"box {number} of the answer has the label {label!r}, which the job does not have")
    numbers = {}
    for side in ("left", "top", "width", "height"):
        value = entry.get(side)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or abs(value) > 1e9
            or value != value
        ):
            raise Invalid(f"box {number} of the answer has no usable number for {side!r}")
        numbers[side] = value
    return Box(label, **numbers)


def _cut(box: Box, image: ImageFacts) -> Box | None:
    """The part of the box that is inside the image; None when that has no area."""
    left, top = max(0, box.left), max(0, box.top)
    right, bottom = min(image.width, box.right), min(image.height, box.bottom)
    if right <= left or bottom <= top:
        return None
    if (left, top, right, bottom) == (box.left, box.top, box.right, box.bottom):
        return box
    return Box(box.label, left, top, right - left, bottom - top)


# -- agreeing


def _clusters(drawn: Sequence[_Drawn]) -> list[list[_Drawn]]:
    """The clusters of the boxes, single ones included. `drawn` is sorted, so that equal IoUs are taken in
    order."""
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
    """Pairs of one label whose horizontal extents meet; `drawn` is sorted by label and left edge."""
    for i, first in enumerate(drawn):
        for j in range(i + 1, len(drawn)):
            other = drawn[j].box
            if other.label != first.box.label or other.left >= first.box.right:
                break
            yield i, j


def _mean(cluster: Sequence[_Drawn], worker_count: int) -> ConsolidatedBox:
    boxes = [drawn.box for drawn in cluster]
    left, top = _average([b.left for b in boxes]), _average([b.top for b in boxes])
    right, bottom = _average([b.right for b in boxes]), _average([b.bottom for b in boxes])
    agreement = _average([iou(a, b) for a, b in combinations(boxes, 2)])
    confidence = min(1.0, len(boxes) / worker_count * agreement)
    return ConsolidatedBox(Box(boxes[0].label, left, top, right - left, bottom - top), confidence)


def _average(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _number(value: float) -> float:
    """The number as JSON shall show it: without `.0` when it is whole."""
    return int(value) if value == int(value) else value
