"""What a round makes of the data objects that are ready. Pure, so that a repeated round gives the same result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.answers import read_stored_answer
from trigpoint.labeling.gold import gold_of
from trigpoint.labeling.model import Answer, DataObject, Job, Round, WorkerQuality
from trigpoint.labeling.object_figures import ObjectFigures, disagreement_of, figures_of
from trigpoint.labeling.outputs import answers_uri, label_file_uri, result_members
from trigpoint.labeling.task_types.contract import (
    AnsweredObject,
    Consolidation,
    Experience,
    LabelFile,
    TaskType,
)
from trigpoint.records.labels.attributes import METADATA, common_metadata

_NO_LABEL = "the consolidation returned no label for this object"


@dataclass(slots=True)
class UsableAnswers:
    """The answers of a round that can be consolidated. `failures` says why an object has none, by its index.

    `notes` says which answers were not used, and why.
    """

    answered: list[AnsweredObject[Any]] = field(default_factory=list)
    failures: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RoundResult:
    """By object index: the members of its output line (also as JSON text), or why there are none.

    `files` are the labels that are written into files of their own, by URI. `notes`: as in UsableAnswers. `workers` is
    what the round learned about workers, by worker id.
    """

    contents: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    members: dict[int, str] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    files: dict[str, LabelFile] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    workers: dict[str, WorkerQuality] = field(default_factory=dict)
    figures: dict[int, ObjectFigures] = field(default_factory=dict)

    def add(self, other: RoundResult) -> None:
        """Adds the results of other objects."""
        self.contents.update(other.contents)
        self.members.update(other.members)
        self.failures.update(other.failures)
        self.files.update(other.files)
        self.notes += other.notes
        self.workers.update(other.workers)
        self.figures.update(other.figures)

    def drop(self, indexes: Iterable[int]) -> None:
        """Removes the results of objects that already have theirs; what was learned about workers stays."""
        for index in indexes:
            for value in self.contents.pop(index, {}).values():
                if isinstance(value, str):
                    self.files.pop(value, None)
            self.members.pop(index, None)
            self.figures.pop(index, None)
            self.failures.pop(index, None)


def consolidated(
    job: Job,
    task_type: TaskType[Any],
    made: Round,
    data_objects: Sequence[DataObject],
    answers: Mapping[int, Sequence[Answer]],
    experience: Experience,
) -> RoundResult:
    """The results of the round's objects."""
    usable = usable_answers(job, task_type, data_objects, answers)
    if not usable.answered:
        return round_result(job, task_type, made, usable, Consolidation({}))
    return round_result(job, task_type, made, usable, task_type.consolidate(job, usable.answered, experience))


def usable_answers(
    job: Job,
    task_type: TaskType[Any],
    data_objects: Sequence[DataObject],
    answers: Mapping[int, Sequence[Answer]],
) -> UsableAnswers:
    """The answers that the task type can read."""
    usable = UsableAnswers()
    for data_object in data_objects:
        given = answers.get(data_object.index, ())
        if not given:
            usable.failures[data_object.index] = data_object.failure_reason or "nobody answered"
            continue
        read, faults = _read(job, task_type, data_object, given)
        usable.notes += [f"object {data_object.index}: {fault}" for fault in faults]
        if read:
            try:
                known = gold_of(job, task_type, data_object.content) if data_object.is_known else None
            except Invalid as problem:  # another version accepted it
                known = None
                usable.notes.append(f"object {data_object.index}: {problem.message}")
            usable.answered.append(AnsweredObject(data_object, read, known))
        else:
            usable.failures[data_object.index] = "; ".join(faults)
    return usable


def _read(
    job: Job, task_type: TaskType[Any], data_object: DataObject, given: Sequence[Answer]
) -> tuple[dict[str, Any], list[str]]:
    """Each worker's answer, and what is wrong with the answers of the others."""
    read: dict[str, Any] = {}
    faults = []
    for answer in given:
        try:
            read[answer.worker_id] = read_stored_answer(task_type, job, data_object, answer.content)
        except Invalid as problem:
            faults.append(f"the answer of worker {answer.worker_id} was not used: {problem.message}")
    return read, faults


def round_result(
    job: Job, task_type: TaskType[Any], made: Round, usable: UsableAnswers, made_of_them: Consolidation
) -> RoundResult:
    """The results of the round's objects, given the labels that the task type made of the usable answers."""
    result = RoundResult(
        failures=dict(usable.failures), notes=list(usable.notes), workers=dict(made_of_them.workers)
    )
    labels = made_of_them.labels
    for each in usable.answered:
        index = each.data_object.index
        if index not in labels:
            result.failures[index] = made_of_them.failures.get(index, _NO_LABEL)
            continue
        label = labels[index]
        value = label.value
        if isinstance(value, LabelFile):
            uri = label_file_uri(job.spec, made, index, value.suffix)
            result.files[uri] = value
            value = uri
        name = job.spec.label_attribute
        common = common_metadata(task_type.output_type, job.name, made.created_at)
        if task_type.refers_to_answers:
            common["worker-response-ref"] = answers_uri(job.spec, made, index)
        result.contents[index] = {name: value, name + METADATA: {**label.metadata, **common}}
        result.members[index] = result_members(result.contents[index])
        result.figures[index] = figures_of(
            result.contents[index],
            name,
            dict(enumerate(job.labels)),
            disagreement_of(job, task_type, each.answers),
            label.value.content if isinstance(label.value, LabelFile) else None,
        )
    return result
