"""The labels of a round for task types whose answers are masks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from trigpoint.labeling.agreement.masks import MaskAgreement, Overlap
from trigpoint.labeling.consolidation.masks import MaskConsolidation
from trigpoint.labeling.consolidation.packed_masks import overlaps
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.contract import (
    AnsweredObject,
    Consolidation,
    Experience,
    Label,
    LabelFile,
)
from trigpoint.labeling.task_types.image_facts import image_size_of
from trigpoint.labeling.task_types.known_masks import known_mask
from trigpoint.labeling.task_types.mask_answers import MaskAnswer
from trigpoint.records.labels.attributes import write_adjustment_status
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import write_color_map, write_mask

S_PER_VOTE: Final = 3e-8
S_PER_PIXEL: Final = 3e-8
"""Seconds of processor time that reading and consolidating takes, for each pixel of an answer and of an image."""

Answered = Sequence[AnsweredObject[MaskAnswer]]


def consolidate(job: Job, answered: Answered, experience: Experience) -> Consolidation:
    """A mask for each object."""
    sizes = {each.data_object.index: image_size_of(each.data_object) for each in answered}
    made = MaskConsolidation(
        {
            each.data_object.index: {worker: answer.mask for worker, answer in each.answers.items()}
            for each in answered
        },
        len(job.labels),
        experience.workers,
        {
            each.data_object.index: mask
            for each in answered
            if each.gold is not None and (mask := known_mask(each.data_object)) is not None
        },
    )
    labels, agreements = {}, []
    for result in made.results():
        pixels = result.numbers.tobytes()
        labels[result.index] = write_label(pixels, job.labels, sizes[result.index], result.confidence)
        agreements.append(result.agreement)
    return Consolidation(labels, made.workers(agreements))


def consolidate_adjusted(job: Job, answered: Answered, experience: Experience) -> Consolidation:
    """A mask for each object, and whether a worker has changed the one that they were given."""
    made = consolidate(job, answered, experience)
    labels = dict(made.labels)
    for each in answered:
        label = labels[each.data_object.index]
        is_adjusted = any(answer.is_modified for answer in each.answers.values())
        labels[each.data_object.index] = Label(
            label.value, {**label.metadata, **write_adjustment_status(is_adjusted)}
        )
    return Consolidation(labels, made.workers)


def consolidation_s(data_object: DataObject, answers: int) -> float:
    """About how many seconds of processor time an object with this many answers takes."""
    size = image_size_of(data_object)
    return size.width * size.height * (answers * S_PER_VOTE + S_PER_PIXEL)


def write_label(class_numbers: bytes, labels: Sequence[str], size: ImageSize, confidence: float) -> Label:
    """The label with this mask, given the class number of each pixel, row by row."""
    file = LabelFile(write_mask(class_numbers, size), ".png", "image/png")
    return Label(file, write_color_map(labels, confidence))


def new_agreement(job: Job) -> MaskAgreement[MaskAnswer]:
    """Sums of the IoU of all pairs of workers, for each label."""
    return MaskAgreement(job.labels, partial(_overlaps, job.labels))


def _overlaps(labels: Sequence[str], one: MaskAnswer, two: MaskAnswer) -> dict[str, Overlap]:
    """Of each label in either mask: the pixels that both give to it, and those that at least one does."""
    found = overlaps(one.mask, two.mask, len(labels))
    return {label: overlap for label, overlap in zip(labels, found, strict=True) if overlap[1]}
