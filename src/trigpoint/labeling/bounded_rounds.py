"""The results of a round, computed where no answer can hold up the job or the server.

Small rounds are computed in the server, all others in another process.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trigpoint.compute.bounded_calls import BoundedCalls, CallFailed, CallsBusy, CallsStopped
from trigpoint.labeling.model import Answer, DataObject, Job, Round
from trigpoint.labeling.rounds import RoundResult, consolidated
from trigpoint.labeling.task_types.contract import Experience, TaskType

MOST_COST_HERE = 1_000_000
"""A round of at most this cost is computed in the server, where it needs 0.3 seconds of processor time at most.

So most servers never start the other process. Starting it takes a second.
"""

MOST_S_HERE = 0.3

CHARACTERS_PER_PAIR = 1_000

PATIENCE_S = 1.0
"""So long a round waits for the other processes. Ordinary rounds need less time."""

PART_S = 10.0
"""Of processor time, by the estimate of the task type. A round that takes longer is computed in parts."""

TIMES_ESTIMATE = 4.0
"""A part may take this many times the estimate, on a slow processor."""

ROUND_LIMIT_S = 40.0
OBJECT_LIMIT_S = 30.0
"""Seconds of processor time. Answers within the limits of their task type need a few seconds per object."""

SEPARATE_S = 120.0
"""When a round has failed as a whole, its objects are consolidated one by one, for this time in all."""

log = logging.getLogger(__name__)

Answers = Mapping[int, Sequence[Answer]]


class BoundedRounds:
    """Computes the results of rounds."""

    def __init__(self, calls: BoundedCalls) -> None:
        self._calls = calls

    def results(
        self,
        job: Job,
        task_type: TaskType[Any],
        made: Round,
        found: Sequence[DataObject],
        answers: Answers,
        experience: Experience,
    ) -> RoundResult:
        """The results of the round's objects. An object that cannot be consolidated within the limits fails.

        Raises: CallsStopped: the server is shutting down. CallsBusy: other rounds take long; try again later.
        """
        results = RoundResult()
        for part in parts(task_type, found, answers):
            own = {each.index: answers[each.index] for each in part if each.index in answers}
            done = self._part(job, task_type, made, part, own, experience)
            experience = _with_workers(experience, done)
            results.add(done)
        return results

    def _part(
        self,
        job: Job,
        task_type: TaskType[Any],
        made: Round,
        found: Sequence[DataObject],
        answers: Answers,
        experience: Experience,
    ) -> RoundResult:
        """The results of some of the round's objects."""
        expected_s = estimate_s(task_type, found, answers)
        try:
            if cost(found, answers) <= MOST_COST_HERE and expected_s <= MOST_S_HERE:
                return consolidated(job, task_type, made, found, answers, experience)
            return self._calls.call(
                consolidated,
                job,
                task_type,
                made,
                found,
                answers,
                experience,
                limit_s=max(ROUND_LIMIT_S, TIMES_ESTIMATE * expected_s),
                patience_s=PATIENCE_S,
            )
        except (CallsStopped, CallsBusy):
            raise
        except Exception as problem:  # noqa: BLE001 - a mistake in a task type must not hold up the job either
            log.warning("round_failed job=%s objects=%d reason=%s", job.name, len(found), problem)
        return self._one_by_one(job, task_type, made, found, answers, experience)

    def _one_by_one(
        self,
        job: Job,
        task_type: TaskType[Any],
        made: Round,
        found: Sequence[DataObject],
        answers: Answers,
        experience: Experience,
    ) -> RoundResult:
        """The results, each in a call of its own, those with the shortest answers first."""
        expected_s = estimate_s(task_type, found, answers)
        until_s = time.monotonic() + max(SEPARATE_S, TIMES_ESTIMATE * expected_s)
        results = RoundResult()
        for each in sorted(found, key=lambda data_object: _size(answers, data_object)):
            own = {each.index: answers[each.index]} if each.index in answers else {}
            if time.monotonic() > until_s:
                results.failures[each.index] = "the consolidation of other objects took too long"
                continue
            try:
                limit_s = max(OBJECT_LIMIT_S, TIMES_ESTIMATE * estimate_s(task_type, [each], own))
                one = self._calls.call(
                    consolidated, job, task_type, made, [each], own, experience, limit_s=limit_s
                )
                experience = _with_workers(experience, one)
                results.add(one)
            except CallFailed as problem:
                results.failures[each.index] = f"the answers could not be consolidated: {problem}"
        return results


def _with_workers(experience: Experience, done: RoundResult) -> Experience:
    """The experience with what a part of the round has learned about workers."""
    return replace(experience, workers={**experience.workers, **done.workers})


def parts(
    task_type: TaskType[Any], found: Sequence[DataObject], answers: Answers
) -> Iterator[Sequence[DataObject]]:
    """The objects, in parts that are estimated to take at most PART_S each, or have one object."""
    part: list[DataObject] = []
    part_s = 0.0
    for each in found:
        own_s = estimate_s(task_type, [each], answers)
        if part and part_s + own_s > PART_S:
            yield part
            part, part_s = [], 0.0
        part.append(each)
        part_s += own_s
    if part:
        yield part


def estimate_s(task_type: TaskType[Any], found: Sequence[DataObject], answers: Answers) -> float:
    """The processor time that the task type expects; 0 if it expects none."""
    estimated = task_type.consolidation_s
    if estimated is None:
        return 0.0
    given = ((each, len(answers.get(each.index, ()))) for each in found)
    return sum(estimated(each, count) for each, count in given if count)


def cost(found: Sequence[DataObject], answers: Answers) -> int:
    """An upper estimate of the work: a round takes at most 0.3 microseconds of processor time times this number.

    Reading takes time in proportion to the characters. In the worst case all boxes of an object are compared with each
    other, and each has at least 50 characters.
    """
    sizes = [_size(answers, data_object) for data_object in found]
    return sum(size + size**2 // CHARACTERS_PER_PAIR for size in sizes)


def _size(answers: Answers, data_object: DataObject) -> int:
    return sum(len(answer.content) for answer in answers.get(data_object.index, ()))
