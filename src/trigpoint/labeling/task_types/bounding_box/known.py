"""Boxes that an input line already has, as a label of this job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.bounding_box.labels import write_label
from trigpoint.labeling.task_types.contract import Label
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.labels.boxes import read_boxes


def known_label(job: Job, line: Mapping[str, Any], attribute: str) -> Label:
    """The label in the attribute. Classes are compared by their names, or by their ids if the line names none.

    Raises: Invalid: it is no box label, has no image size, or has a class that the job does not have.
    """
    size, boxes = read_boxes(line, attribute, dict(enumerate(job.labels)))
    if size is None:
        raise Invalid("image_size is missing; it must be [{width, height, depth}]")
    for box in boxes:
        if box.class_name not in job.labels:
            raise Invalid(f"{attribute}{METADATA}: the job has no label {box.class_name[:80]!r}")
    return write_label(boxes, job.labels, size)
