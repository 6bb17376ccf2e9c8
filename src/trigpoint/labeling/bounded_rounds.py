"""The results of a round, computed where no answer can hold up the job or the server.

Small rounds are computed in the server, all others in another process.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
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

CHARACTERS_PER_PAIR = 1_000

PATIENCE_S = 1.0
"""So long a round waits for the other processes. Ordinary rounds need less time."""

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
        try:
            if cost(found, answers) <= MOST_COST_HERE:
                return consolidated(job, task_type, made, found, answers, experience)
            return self._calls.call(
                consolidated,
                job,
                task_type,
                made,
                found,
                answers,
                experience,
                limit_s=ROUND_LIMIT_S,
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
        until_s = time.monotonic() + SEPARATE_S
        results = RoundResult()
        for each in sorted(found, key=lambda data_object: _size(answers, data_object)):
            own = {each.index: answers[each.index]} if each.index in answers else {}
            if time.monotonic() > until_s:
                results.failures[each.index] = "the consolidation of other objects took too long"
                continue
            try:
                one = self._calls.call(
                    consolidated, job, task_type, made, [each], own, experience, limit_s=OBJECT_LIMIT_S
                )
                experience = replace(experience, workers={**experience.workers, **one.workers})
                results.add(one)
            except CallFailed as problem:
                results.failures[each.index] = f"the answers could not be consolidated: {problem}"
        return results


def cost(found: Sequence[DataObject], answers: Answers) -> int:
    """An upper estimate of the work: a round takes at most 0.3 microseconds of processor time times this number.

    Reading takes time in proportion to the characters. In the worst case all boxes of an object are compared with each
    other, and each has at least 50 characters.
    """
    sizes = [_size(answers, data_object) for data_object in found]
    return sum(size + size**2 // CHARACTERS_PER_PAIR for size in sizes)


def _size(answers: Answers, data_object: DataObject) -> int:
    return sum(len(answer.content) for answer in answers.get(data_object.index, ()))
