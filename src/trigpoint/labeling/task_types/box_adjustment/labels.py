"""The labels of a round: the boxes that the workers agree on after they have corrected those of an earlier job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trigpoint.labeling.agreement.boxes import BoxAgreement
from trigpoint.labeling.consolidation.box_scene import AnsweredPicture
from trigpoint.labeling.consolidation.boxes import consolidate_all
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.bounding_box.labels import answered_picture, write_label
from trigpoint.labeling.task_types.box_adjustment.answers import AdjustedBoxes, shown_boxes
from trigpoint.labeling.task_types.contract import AnsweredObject, Consolidation, Experience, Label
from trigpoint.labeling.task_types.image_facts import image_size_of
from trigpoint.records.labels.attributes import write_adjustment_status


def consolidate(
    job: Job, answered: Sequence[AnsweredObject[AdjustedBoxes]], experience: Experience
) -> Consolidation:
    """A label for each object, consolidated as in a bounding box job.

    Edges that most workers left where they were stay there. An object fails if a worker left a box of a class that the
    job does not have, as on AWS.
    """
    failures = _failures(job, answered)
    usable = [each for each in answered if each.data_object.index not in failures]
    # one order for all rounds of the same objects, because sums depend on it in their last digits
    usable.sort(key=lambda each: each.data_object.index)
    pictures = [_picture(job, each) for each in usable]
    agreed = consolidate_all(pictures, experience.workers)
    labels = {}
    for each, boxes in zip(usable, agreed.boxes, strict=True):
        label = write_label(boxes, job.labels, image_size_of(each.data_object))
        is_adjusted = any(answer.is_modified for answer in each.answers.values())
        metadata = {**label.metadata, **write_adjustment_status(is_adjusted)}
        labels[each.data_object.index] = Label(label.value, metadata)
    return Consolidation(labels, agreed.workers, failures)


def _picture(job: Job, answered: AnsweredObject[AdjustedBoxes]) -> AnsweredPicture:
    answers = {worker: answer.boxes for worker, answer in answered.answers.items()}
    shown = shown_boxes(job, answered.data_object)
    return answered_picture(job, answered.data_object, answers, answered.gold, shown)


def _failures(job: Job, answered: Sequence[AnsweredObject[AdjustedBoxes]]) -> Mapping[int, str]:
    failures = {}
    for each in answered:
        left = {box.class_name for answer in each.answers.values() for box in answer.boxes} - set(job.labels)
        if left:
            failures[each.data_object.index] = (
                f"a worker left a box of {min(left)[:80]!r} from the reviewed label, which the job does not have; add it "
                "to the label categories"
            )
    return failures


@dataclass(slots=True)
class AdjustedBoxAgreement:
    """The agreement of the boxes, whether they were changed or left."""

    boxes: BoxAgreement

    def add(self, answers: Mapping[str, AdjustedBoxes]) -> None:
        """Adds the answers of an object, by worker id."""
        self.boxes.add({worker: answer.boxes for worker, answer in answers.items()})

    def result(self) -> dict[str, Any]:
        """The figures of the boxes."""
        return self.boxes.result()


def new_agreement(job: Job) -> AdjustedBoxAgreement:
    """Sums without any answers."""
    return AdjustedBoxAgreement(BoxAgreement(job.labels))
