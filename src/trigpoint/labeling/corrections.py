"""Looking at answers again, and correcting them.

Workers can look at the answers that they gave in a job as long as it is in progress. They can correct one until a
consolidation begins to use it: while its object waits for answers of other workers, and for a while after the last one
(`TRIGPOINT_CORRECTION_S`), unless no object of the batch is left.

Decisions, because AWS documents no corrections: a corrected answer counts once. The output has the last version, with
the time at which it was submitted. The former versions are kept in the database. The activity log and the metrics have
the first submission only. A correction needs no free slot and no time limit.
"""

from __future__ import annotations

from typing import Any

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, LimitExceeded
from trigpoint.db import Connection, Database
from trigpoint.labeling.answers import json_text, read_answer
from trigpoint.labeling.assignment_checks import locked, own
from trigpoint.labeling.known_jobs import KnownJobs
from trigpoint.labeling.model import (
    Assignment,
    AssignmentStatus,
    DataObject,
    Job,
    JobStatus,
    ObjectStatus,
)
from trigpoint.labeling.store import data_objects, former_answers, jobs, worker_totals
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.tasks import MAX_ANSWER_BYTES
from trigpoint.labeling.worker_views import assignment_view
from trigpoint.language import translatable
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams

MAX_CORRECTIONS = 20
"""Of one answer, so that the history of an answer is bounded."""

_OPEN_TO_CORRECTION = (ObjectStatus.OPEN, ObjectStatus.READY)


class Corrections:
    """The answers that workers have given. Thread-safe."""

    def __init__(self, db: Database, teams: Teams, clock: Clock) -> None:
        self._db = db
        self._teams = teams
        self._clock = clock
        self._known = KnownJobs(db)

    def look(self, worker: Worker, assignment_id: str) -> tuple[Assignment, bool]:
        """The task that the worker has answered, and whether the answer can still be corrected.

        Raises: NotFound: it is not theirs. Conflict: they have not submitted it, its job has ended, or they have left its
            team.
        """
        with self._db.read() as connection:
            stored, job = self._answered(connection, worker, assignment_id)
            data_object = data_objects.get(connection, job.id, stored.object_index)
            is_open = _is_open(connection, data_object, stored)
            return assignment_view(connection, job, stored, data_object, self._clock.now()), is_open

    def correct(
        self, worker: Worker, assignment_id: str, answer: dict[str, Any], time_spent_s: float
    ) -> None:
        """Puts a new answer in place of the worker's former one. Sending the same again changes nothing.

        Raises: NotFound, Conflict: as `look`. Invalid: the answer cannot be used. Conflict: the answer is already used.
            LimitExceeded: it was corrected too often.
        """
        content = json_text("answer", answer, MAX_ANSWER_BYTES)
        if not isinstance(answer, dict):
            raise Invalid("the answer must be a JSON object: one key for each named element of the form")
        with self._db.read() as connection:
            found, job = self._answered(connection, worker, assignment_id)
            data_object = data_objects.get(connection, job.id, found.object_index)
        read_answer(TASK_TYPES[job.task_type], job, data_object, answer, len(content.encode()))
        with self._db.write() as connection:
            data_object, stored = locked(connection, found)
            if stored.answer == content:
                return
            if not _is_open(connection, data_object, stored):
                raise Conflict(
                    translatable(
                        "this answer can no longer be corrected: it is already used for the label of its object"
                    )
                )
            corrected = former_answers.count(connection, stored.id)
            if corrected >= MAX_CORRECTIONS:
                raise LimitExceeded(
                    translatable(
                        "this answer was corrected %(count)d times, which is the most", count=corrected
                    )
                )
            spent_s = max(stored.time_spent_s, time_spent_s)
            now = self._clock.now()
            former_answers.replace(connection, stored, corrected + 1, content, now, spent_s)
            more_s = spent_s - stored.time_spent_s
            worker_totals.correct(connection, job.id, stored.worker_id, more_s, now)

    def _answered(
        self, connection: Connection, worker: Worker, assignment_id: str
    ) -> tuple[StoredAssignment, Job]:
        stored = own(connection, worker, assignment_id)
        if stored.status is not AssignmentStatus.SUBMITTED:
            raise Conflict(translatable("you have not submitted an answer to this task"))
        job = self._known.get(connection, stored.job_id)
        standing = jobs.look_up_standing(self._db, job.name)
        is_theirs = standing is not None and standing.team_arn in self._teams.team_arns_of(worker.id)
        if standing is None or standing.status is not JobStatus.IN_PROGRESS:
            raise Conflict(translatable("this answer can no longer be shown: its job has ended"))
        if not is_theirs:
            raise Conflict(
                translatable("this answer can no longer be shown: you have left the team of its job")
            )
        return stored, job


def _is_open(connection: Connection, data_object: DataObject, stored: StoredAssignment) -> bool:
    is_open = stored.is_extra or data_object.status in _OPEN_TO_CORRECTION
    return is_open and not former_answers.is_in_round(connection, stored)
