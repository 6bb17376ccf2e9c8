"""What crowd-bounding-box submits: reading and writing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.answer_limits import shown_name
from trigpoint.labeling.task_types.image_facts import image_size_of
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

Boxes = Sequence[Box]

_ELEMENT_NAME = "boundingBox"
_LARGEST_COORDINATE = 1e9
_LONGEST_QUOTE = 80


def read_answer(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> Boxes:
    """The boxes of an answer, in the order in which they were drawn."""
    return read_boxes(answer, job.labels, image_size_of(data_object))


def read_boxes(answer: Mapping[str, Any], labels: Sequence[str], size: ImageSize) -> list[Box]:
    """The boxes of an answer, in the order in which they were drawn, cut at the image's edges.

    Decision: boxes without area inside the image are left out. An answer with a label that the job does not have is
    not used at all, because nobody can say what its worker meant by the other boxes.

    Raises: Invalid: the answer cannot be used; names the field and the rule.
    """
    name, element = _element(answer)
    drawn = element["boundingBoxes"]
    boxes = [_read_box(f"{name}.boundingBoxes[{k}]", entry, labels) for k, entry in enumerate(drawn)]
    cut = [_cut(box, size) for box in boxes]
    return [box for box in cut if box is not None]


def read_modified(answer: Mapping[str, Any]) -> bool | None:
    """Whether the worker changed the boxes that they were shown; None if the answer does not say it.

    Raises: Invalid: the answer has no boxes, or says it in another form.
    """
    name, element = _element(answer)
    modified = element.get("initialValueModified")
    if modified is not None and not isinstance(modified, bool):
        raise Invalid(f"{name}.initialValueModified must be true or false")
    return modified


def write_answer(boxes: Sequence[Box], size: ImageSize) -> dict[str, Any]:
    """The answer with these boxes, as crowd-form submits it."""
    drawn = [
        {
            "height": box.height,
            "label": box.class_name,
            "left": box.left,
            "top": box.top,
            "width": box.width,
        }
        for box in boxes
    ]
    properties = {"height": size.height, "width": size.width}
    return {_ELEMENT_NAME: {"boundingBoxes": drawn, "inputImageProperties": properties}}


def _element(answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Name, for messages, and value of the element that the boxes were drawn in; `boundingBoxes` is a list."""
    names = sorted(
        answer, key=lambda name: name != _ELEMENT_NAME
    )  # the usual name first, the others in their order
    for name in names:
        value = answer[name]
        if isinstance(value, Mapping) and isinstance(value.get("boundingBoxes"), list):
            return shown_name(name), value
    raise Invalid("the answer has no element with a list of boundingBoxes")


def _read_box(where: str, entry: Any, labels: Sequence[str]) -> Box:
    if not isinstance(entry, Mapping):
        raise Invalid(f"{where} is not an object")
    label = entry.get("label")
    if label is None:
        raise Invalid(f"{where}.label is missing; it must be a label of the job")
    if not isinstance(label, str):
        raise Invalid(f"{where}.label must be text")
    if label not in labels:
        raise Invalid(f"{where}.label: the job has no label {label[:_LONGEST_QUOTE]!r}")
    left, top, width, height = (_read_side(where, entry, side) for side in ("left", "top", "width", "height"))
    return Box(label, left, top, width, height)


def _read_side(where: str, entry: Mapping[str, Any], side: str) -> float:
    value = entry.get(side)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST_COORDINATE:
        return value
    raise Invalid(f"{where}.{side} must be a number of pixels, at most 1000000000 in size")


def _cut(box: Box, size: ImageSize) -> Box | None:
    """The part of the box that is inside the image; None when that has no area, or one that is rounded to 0."""
    left, top = max(0, box.left), max(0, box.top)
    right, bottom = min(size.width, box.right), min(size.height, box.bottom)
    if right <= left or bottom <= top:
        return None
    if (left, top, right, bottom) != (box.left, box.top, box.right, box.bottom):
        box = Box(box.class_name, left, top, right - left, bottom - top)
    return box if box.width * box.height > 0 else None
