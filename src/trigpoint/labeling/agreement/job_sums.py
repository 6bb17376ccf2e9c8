"""The sums of a whole job: agreement between its workers, and of each worker with the known labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Answer, DataObject, Job
from trigpoint.labeling.rounds import usable_answers
from trigpoint.labeling.task_types.contract import PERFECT, Agreement, AnsweredObject, TaskType

MOST_WORKERS = 1_000
"""Workers with sums of their own for known labels; those that come first."""

_TRUTH = ""
"""Takes the place of a worker's id; no worker has it."""


@dataclass(slots=True)
class JobSums:
    """The sums of the objects so far.

    objects: those with two or more usable answers. single: those with one. answers: the usable ones of both. unusable:
    other answers. left_out: objects whose answers could not be compared within the limits.
    """

    agreement: Agreement[Any] | None
    objects: int = 0
    single: int = 0
    answers: int = 0
    unusable: int = 0
    left_out: int = 0
    known_objects: dict[str, int] = field(default_factory=dict)
    known: dict[str, Agreement[Any]] = field(default_factory=dict)


def new_sums(job: Job, task_type: TaskType[Any]) -> JobSums:
    """The sums of no objects."""
    return JobSums(None if task_type.agreement is None else task_type.agreement(job))


def with_objects(
    sums: JobSums,
    job: Job,
    task_type: TaskType[Any],
    found: Sequence[DataObject],
    answers: Mapping[int, Sequence[Answer]],
) -> JobSums:
    """The sums with these objects added; they are changed in place."""
    usable = usable_answers(job, task_type, found, answers)
    given = sum(len(answers.get(each.index, ())) for each in found)
    for each in usable.answered:
        count = len(each.answers)
        given -= count
        sums.answers += count
        sums.objects += count > 1
        sums.single += count == 1
        if sums.agreement is not None:
            sums.agreement.add(each.answers)
            _add_known(sums, job, task_type, each)
    sums.unusable += given
    return sums


def _add_known(sums: JobSums, job: Job, task_type: TaskType[Any], answered: AnsweredObject[Any]) -> None:
    """Compares each answer with the one that states the known label."""
    if answered.gold is None or task_type.agreement is None:
        return
    submitted = task_type.simulate(answered.gold, job.labels, Random(0), PERFECT)
    try:
        truth = task_type.read_answer(job, answered.data_object, submitted)
    except Invalid:  # it does not fit the object, such as an entity that ends after the text
        return
    for worker, answer in answered.answers.items():
        if worker not in sums.known:
            if len(sums.known) >= MOST_WORKERS:
                continue
            sums.known[worker] = task_type.agreement(job)
        sums.known_objects[worker] = sums.known_objects.get(worker, 0) + 1
        sums.known[worker].add({_TRUTH: truth, worker: answer})
