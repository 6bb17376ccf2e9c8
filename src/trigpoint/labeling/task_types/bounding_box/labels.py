"""The labels of a round: the boxes that the workers agree on."""

from __future__ import annotations

from collections.abc import Sequence

from trigpoint.labeling.consolidation import boxes
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.bounding_box.answers import Boxes
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience, Label
from trigpoint.labeling.task_types.image_facts import image_size_of
from trigpoint.records.labels.boxes import Box, write_box_label, write_box_metadata
from trigpoint.records.labels.image_size import ImageSize


def consolidate(job: Job, answered: Sequence[AnsweredObject[Boxes]], experience: Experience) -> Consolidation:
    """A label for each object; it has no boxes where the workers agree on none."""
    labels = {
        each.data_object.index: write_label(
            boxes.consolidate(each.answers), job.labels, image_size_of(each.data_object)
        )
        for each in answered
    }
    return Consolidation(labels)


def write_label(agreed: Sequence[Box], labels: Sequence[str], size: ImageSize) -> Label:
    """The label with these boxes, in their order."""
    ids = {name: class_id for class_id, name in enumerate(labels)}
    return Label(write_box_label(agreed, ids, size), write_box_metadata(agreed, ids))
