"""Simulated workers who draw boxes, and an example."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from trigpoint.labeling.task_types import example_image
from trigpoint.labeling.task_types.bounding_box.answers import write_answer
from trigpoint.labeling.task_types.bounding_box.labels import write_label
from trigpoint.labeling.task_types.contract import ExampleObject, Habits, Label
from trigpoint.records.labels.boxes import Box, parse_box_label
from trigpoint.records.labels.image_size import ImageSize


def simulate(truth: Label, labels: Sequence[str], dice: Random, habits: Habits) -> dict[str, Any]:
    """The true boxes, most of them seen, their edges a little off, some with a wrong class."""
    label = parse_box_label(truth.value)
    assert label.image_size is not None, "labels of this task type have an image size"
    boxes = [
        Box(labels[class_id], *ltwh) for class_id, ltwh in zip(label.class_ids, label.boxes_ltwh, strict=True)
    ]
    seen = [
        _draw(box, label.image_size, labels, dice, habits)
        for box in boxes
        if dice.random() >= habits.miss_rate
    ]
    return write_answer(seen, label.image_size)


def _draw(box: Box, size: ImageSize, labels: Sequence[str], dice: Random, habits: Habits) -> Box:
    left = _blur(box.left, box.width, size.width - 1, dice, habits)
    top = _blur(box.top, box.height, size.height - 1, dice, habits)
    right = max(left + 1, _blur(box.right, box.width, size.width, dice, habits))
    bottom = max(top + 1, _blur(box.bottom, box.height, size.height, dice, habits))
    name = box.class_name
    if dice.random() < habits.mistake_rate:
        name = dice.choice(labels)
    return Box(name, left, top, right - left, bottom - top)


def _blur(position: float, side: float, largest: int, dice: Random, habits: Habits) -> int:
    """The position, off by a standard deviation of `jitter` times the side, at least one pixel unless it is 0."""
    deviation = max(1.0, habits.jitter * side) if habits.jitter else 0.0
    return min(max(round(dice.gauss(position, deviation)), 0), largest)


_LABELS = ("cat", "dog")


def _bad(**changes: Any) -> dict[str, Any]:
    box = {"label": "cat", "left": 1, "top": 2, "width": 3, "height": 4, **changes}
    return {"boundingBox": {"boundingBoxes": [box]}}


EXAMPLE: Final = ExampleObject(
    labels=_LABELS,
    content=example_image.PNG,
    truth=write_label([Box("dog", 2, 3, 8, 6, 0), Box("cat", 0, 0, 4, 4, 0)], _LABELS, example_image.SIZE),
    bad_answers={
        "no element with a list of boundingBoxes": {},
        "boundingBox.boundingBoxes[0].label: the job has no label 'cow'": _bad(label="cow"),
        "boundingBox.boundingBoxes[0].label is missing": _bad(label=None),
        "boundingBox.boundingBoxes[0].width must be a number of pixels": _bad(width="3"),
    },
)
