"""The labels of a round: the boxes that the workers agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trigpoint.labeling.consolidation.box_scene import AnsweredPicture
from trigpoint.labeling.consolidation.boxes import consolidate_all
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.bounding_box.answers import Boxes
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience, Label
from trigpoint.labeling.task_types.image_facts import image_size_of
from trigpoint.records.labels.boxes import Box, read_boxes, write_box_label, write_box_metadata
from trigpoint.records.labels.image_size import ImageSize

_PIXEL_DIGITS, _CONFIDENCE_DIGITS = 3, 3


def consolidate(job: Job, answered: Sequence[AnsweredObject[Boxes]], experience: Experience) -> Consolidation:
    """A label for each object; it has no boxes where the workers agree on none."""
    # one order for all rounds of the same objects, because sums depend on it in their last digits
    ordered = sorted(answered, key=lambda each: each.data_object.index)
    pictures = [answered_picture(job, each.data_object, each.answers, each.gold) for each in ordered]
    agreed = consolidate_all(pictures, experience.workers)
    labels = {
        each.data_object.index: write_label(
            [_rounded(box) for box in boxes] if len(each.answers) > 1 else boxes,
            job.labels,
            image_size_of(each.data_object),
        )
        for each, boxes in zip(ordered, agreed.boxes, strict=True)
    }
    return Consolidation(labels, agreed.workers)


def _rounded(box: Box) -> Box:
    """The box without the last digits, which means of several answers have by chance."""
    left, top, width, height = (
        round(side, _PIXEL_DIGITS) for side in (box.left, box.top, box.width, box.height)
    )
    confidence = round(box.confidence, _CONFIDENCE_DIGITS)
    return replace(box, left=left, top=top, width=width, height=height, confidence=confidence)


def answered_picture(
    job: Job, data_object: DataObject, answers: Mapping[str, Boxes], gold: Label | None, given: Boxes = ()
) -> AnsweredPicture:
    """The answers as the consolidation reads them. given: the boxes that the workers were shown."""
    truth = None if gold is None else read_label(gold, job.labels)
    return AnsweredPicture(answers, image_size_of(data_object), given, truth)


def write_label(agreed: Sequence[Box], labels: Sequence[str], size: ImageSize) -> Label:
    """The label with these boxes, in their order."""
    ids = {name: class_id for class_id, name in enumerate(labels)}
    return Label(write_box_label(agreed, ids, size), write_box_metadata(agreed, ids))


def read_label(label: Label, labels: Sequence[str]) -> Boxes:
    """The boxes of a label that has the class ids of the job."""
    line = {"label": label.value, "label-metadata": label.metadata}
    return read_boxes(line, "label", dict(enumerate(labels)))[1]
