"""What workers are shown who verify boxes: the image, and the boxes of the reviewed label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.labeling.task_types.image_facts import measure_image
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.reviewed import reviewed_label
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.boxes import OBJECT_DETECTION, Box, read_boxes


def measure(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """Size and channels of the image, after a check that there are boxes to verify.

    Raises: Invalid, NotFound: why the object cannot be labeled.
    """
    reviewed_boxes(job, data_object.content)
    return measure_image(objects, job, data_object)


def task_input(job: Job, data_object: DataObject) -> Mapping[str, Any]:
    """As for other task types, and `reviewed`: the label attribute, its class names, and the boxes.

    `reviewed` is None for an object without a label to review, which no worker is shown.
    """
    try:
        attribute, boxes = reviewed_boxes(job, data_object.content)
    except Invalid:
        return {**line_input(job, data_object), "reviewed": None}
    reviewed = {
        "attribute": attribute,
        "labels": sorted({box.class_name for box in boxes}),
        "boxes": [
            {
                "label": box.class_name,
                "left": box.left,
                "top": box.top,
                "width": box.width,
                "height": box.height,
            }
            for box in boxes
        ],
    }
    return {**line_input(job, data_object), "reviewed": reviewed}


def reviewed_boxes(job: Job, line: Mapping[str, Any]) -> tuple[str, Sequence[Box]]:
    """The attribute of the reviewed label and its boxes. Raises: Invalid: there is none, or it is malformed."""
    attribute = reviewed_label(job, line, OBJECT_DETECTION).attribute
    try:
        return attribute, read_boxes(line, attribute, {})[1]
    except Invalid as problem:
        raise Invalid(f"the label to review, {attribute!r}, cannot be read: {problem.message}") from None
