"""What crowd-bounding-box submits when workers were shown the boxes of an earlier job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.bounding_box.answers import Boxes, read_boxes, read_modified, write_answer
from trigpoint.labeling.task_types.box_verification.input import reviewed_boxes
from trigpoint.labeling.task_types.image_facts import image_size_of
from trigpoint.records.labels.boxes import Box


@dataclass(frozen=True, slots=True)
class AdjustedBoxes:
    """The boxes of an answer, in the order in which they were drawn, and whether the worker changed any.

    They may have classes of the reviewed label that the job does not have, where the worker left them.
    """

    boxes: Boxes
    is_modified: bool


def read_answer(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> AdjustedBoxes:
    """The boxes of an answer. If it does not say whether they were modified, the boxes themselves show it."""
    shown = shown_boxes(job, data_object)
    known = list(dict.fromkeys((*job.labels, *(box.class_name for box in shown))))
    boxes = read_boxes(answer, known, image_size_of(data_object))
    modified = read_modified(answer)
    return AdjustedBoxes(boxes, _differ(boxes, shown) if modified is None else modified)


def shown_boxes(job: Job, data_object: DataObject) -> Boxes:
    """The boxes of the reviewed label as an unchanged answer has them: cut at the image's edges."""
    _, boxes = reviewed_boxes(job, data_object.content)
    size = image_size_of(data_object)
    return read_boxes(write_answer(boxes, size), [box.class_name for box in boxes], size)


def _differ(boxes: Sequence[Box], shown: Sequence[Box]) -> bool:
    return sorted((box.class_name, box.ltwh) for box in boxes) != sorted(
        (box.class_name, box.ltwh) for box in shown
    )
