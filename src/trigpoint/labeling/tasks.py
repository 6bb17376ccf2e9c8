"""Tasks: offering data objects to workers, and what workers do with them.

Every action is one short transaction that locks the data object first and then changes the assignment if it still has
the status that the action needs. So workers may act at the same time, in any number of processes: no object gets more
answers than the job wants, no worker gets two tasks of one object, and an answer is committed before `submit` returns.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from cachetools import LRUCache, cached

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Connection, Database
from trigpoint.labeling.accepting import accept_next
from trigpoint.labeling.activity import WorkerActivity, WriteLog
from trigpoint.labeling.answers import read_answer
from trigpoint.labeling.assignment_checks import check_active, locked, own
from trigpoint.labeling.drafts import DraftVersion, check_based_on, keep, key_of, may_be_late
from trigpoint.labeling.metrics import Recorder, WorkerMetrics
from trigpoint.labeling.model import (
    KIND,
    Assignment,
    AssignmentStatus,
    DataObject,
    Job,
    JobStatus,
    ObjectStatus,
    WorkerJob,
)
from trigpoint.labeling.slots import after_end
from trigpoint.labeling.store import assignments, data_objects, drafts, jobs
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.task_types.answer_limits import check_depth
from trigpoint.labeling.worker_views import assignment_view, worker_job_view
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workforces import identity_of

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_STATE_BYTES = 16 * 1024 * 1024
CACHED_TEMPLATES = 32
ROUND_DELAY_S = 1.0
"""Objects that become ready within this time are consolidated together."""

_ACTIVE = (AssignmentStatus.OPEN, AssignmentStatus.STOPPED)


class Tasks:
    """The tasks of all labeling jobs, as workers see them. Thread-safe."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        clock: Clock,
        queue: Queue,
        recorder: Recorder | None = None,
        write_log: WriteLog | None = None,
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._queue = queue
        self._teams = Teams(db, settings, clock)
        self._metrics = WorkerMetrics(recorder, self._teams)
        self._activity = WorkerActivity(write_log, self._teams, settings.account_id)
        # a job's template never changes
        cache: LRUCache[Any, str] = LRUCache(CACHED_TEMPLATES)
        self._template = cached(cache, lock=threading.Lock())(self._read_template)

    # -- looking

    def jobs_for(self, worker: Worker) -> list[WorkerJob]:
        """The jobs in progress of the worker's teams, oldest first."""
        team_arns = self._teams.team_arns_of(worker.id)
        now = self._clock.now()
        with self._db.read() as connection:
            found = jobs.of_teams(connection, team_arns, JobStatus.IN_PROGRESS)
            return [worker_job_view(connection, job, worker.id, now) for job in found]

    def get(self, worker: Worker, assignment_id: str) -> Assignment:
        """The worker's assignment, open or stopped.

        Raises: NotFound: it is not theirs. Conflict: it is over; the message says how it ended.
        """
        now = self._clock.now()
        with self._db.read() as connection:
            stored = own(connection, worker, assignment_id)
            check_active(stored, now)
            return assignment_view(connection, jobs.get(connection, stored.job_id), stored, None, now)

    def find(self, worker: Worker, assignment_id: str) -> Assignment:
        """The worker's assignment, also when it is over.

        Raises: NotFound: it is not theirs.
        """
        with self._db.read() as connection:
            stored = own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            return assignment_view(connection, job, stored, None, self._clock.now())

    def template_of(self, assignment: Assignment) -> str:
        """The template of the assignment's job."""
        return self._template(assignment.job_id)

    def _read_template(self, job_id: str) -> str:
        with self._db.read() as connection:
            return jobs.template(connection, job_id)

    # -- accepting

    def next(self, worker: Worker, job_name: str) -> Assignment | None:
        """The worker's open assignment in the job, or else a new one; None when there is nothing for them now.

        Raises: NotFound: there is no such job for a team of theirs.
        """
        team_arns = self._teams.team_arns_of(worker.id)
        with self._db.read() as connection:
            job = _visible(connection, team_arns, job_name)
            if job.status is not JobStatus.IN_PROGRESS:
                return None
            overdue = assignments.overdue(connection, job.id, self._clock.now(), limit=20)
            found = assignments.open_of(connection, job.id, worker.id, self._clock.now())
            if found is not None:
                return assignment_view(connection, job, found, None, self._clock.now())
        for stored in overdue:
            self.expire(job, stored)
        return self._accept(worker, job)

    def _accept(self, worker: Worker, job: Job) -> Assignment | None:
        now = self._clock.now()
        with self._db.read() as connection:
            if not data_objects.is_offered(connection, job.id, worker.id, now):
                return None
        with self._db.write() as connection:
            assignments.take_turns(connection, job.id, worker.id)
            stored = assignments.open_of(connection, job.id, worker.id, now)
            if stored is not None:
                return assignment_view(connection, job, stored, None, now)
            accepted = accept_next(connection, job, worker.id, now)
            if accepted is None:
                return None
            assignment = assignment_view(connection, job, *accepted, now)
        self._metrics.accepted(job, now)
        self._activity.happened(job, worker, AssignmentStatus.OPEN, now, now)
        return assignment

    # -- ending

    def submit(
        self,
        worker: Worker,
        assignment_id: str,
        answer: dict[str, Any],
        time_spent_s: float,
        draft: DraftVersion | None = None,
    ) -> None:
        """Stores the answer; it is committed when this returns. Submitting the same answer again changes nothing.

        `time_spent_s` is the worker's total active time on this task, without pauses. `draft` names the drafts that
        the answer was made from; without it the answer is accepted whatever the draft.
        Raises: NotFound: the assignment is not theirs. Invalid: the answer is too large, or the task type cannot use
            it; names the field and the rule. Outdated: there is a newer draft. Conflict: the assignment is over; the
            message says how it ended.
        """
        content = _json_text("answer", answer, MAX_ANSWER_BYTES)
        if not isinstance(answer, dict):
            raise Invalid("the answer must be a JSON object: one key for each named element of the form")
        if self._is_repeated(worker, assignment_id, answer, content):
            return
        with self._db.write() as connection:
            now = self._clock.now()
            stored = own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            data_object, stored = locked(connection, stored)
            if stored.status is AssignmentStatus.SUBMITTED and stored.answer == content:
                return
            check_active(stored, now)
            check_based_on(drafts.version(connection, key_of(stored)), draft)
            drafts.drop(connection, key_of(stored))
            time_spent_s = max(stored.time_spent_s, time_spent_s)
            self._end(
                connection,
                job,
                data_object,
                stored,
                AssignmentStatus.SUBMITTED,
                now,
                answer=content,
                time_spent_s=time_spent_s,
                identity=asdict(identity_of(connection, self._settings, worker)),
            )
        self._metrics.ended(job, AssignmentStatus.SUBMITTED, time_spent_s, now)
        self._activity.happened(job, worker, AssignmentStatus.SUBMITTED, stored.accepted_at, now)
        self._queue.poke()

    def _is_repeated(self, worker: Worker, assignment_id: str, answer: dict[str, Any], content: str) -> bool:
        """Whether this answer is already stored. Otherwise the task type checks it, outside of any transaction.

        Raises: as `submit`.
        """
        with self._db.read() as connection:
            stored = own(connection, worker, assignment_id)
            if stored.status is AssignmentStatus.SUBMITTED and stored.answer == content:
                return True
            check_active(stored, self._clock.now())
            job = jobs.get(connection, stored.job_id)
            data_object = data_objects.get(connection, job.id, stored.object_index)
        read_answer(TASK_TYPES[job.task_type], job, data_object, answer, len(content.encode()))
        return False

    def decline(self, worker: Worker, assignment_id: str) -> None:
        """Gives the task back for good: this worker never gets its object again.

        Raises: NotFound, Conflict: as submit.
        """
        self._give_back(worker, assignment_id, AssignmentStatus.DECLINED)

    def release(self, worker: Worker, assignment_id: str) -> None:
        """Gives the task back to the pool. The draft is kept until the object is closed.

        Raises: NotFound, Conflict: as submit.
        """
        self._give_back(worker, assignment_id, AssignmentStatus.RELEASED)

    def expire(self, job: Job, stored: StoredAssignment) -> None:
        """Returns a task whose time limit has passed to the pool, unless it has ended meanwhile."""
        with self._db.write() as connection:
            now = self._clock.now()
            data_object, stored = locked(connection, stored)
            if stored.status.is_active and stored.expires_at <= now:
                self._end(connection, job, data_object, stored, AssignmentStatus.EXPIRED, now)
        self._queue.poke()

    def _give_back(self, worker: Worker, assignment_id: str, how: AssignmentStatus) -> None:
        with self._db.write() as connection:
            now = self._clock.now()
            stored = own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            data_object, stored = locked(connection, stored)
            if stored.status is how:
                return  # a repeated request
            check_active(stored, now)
            self._end(connection, job, data_object, stored, how, now)
        self._metrics.ended(job, how, stored.time_spent_s, now)
        self._activity.happened(job, worker, how, stored.accepted_at, now)
        self._queue.poke()

    def _end(
        self,
        connection: Connection,
        job: Job,
        data_object: DataObject,
        stored: StoredAssignment,
        how: AssignmentStatus,
        now: datetime,
        **values: Any,
    ) -> None:
        """Ends an active assignment whose object is locked, and makes the job due when the object is ready."""
        changed = assignments.change(connection, stored.id, _ACTIVE, status=how, ended_at=now, **values)
        assert changed, "the object's lock keeps others from ending its assignments"
        if stored.is_extra:
            self._end_extra(connection, job, stored, how, now)
            return
        after = after_end(data_object, how, job.spec.workers_per_object)
        data_objects.save(connection, after)
        if after.status is ObjectStatus.READY:
            last = not data_objects.any_in(connection, job.id, (ObjectStatus.OPEN, ObjectStatus.CHOSEN))
            due_at = now if last else now + timedelta(seconds=ROUND_DELAY_S)
            self._queue.enqueue(connection, KIND, job.id, due_at)

    def _end_extra(
        self,
        connection: Connection,
        job: Job,
        stored: StoredAssignment,
        how: AssignmentStatus,
        now: datetime,
    ) -> None:
        """After an assignment that took no slot: the job, which waits for it, learns from an answer."""
        drafts.drop(connection, key_of(stored))
        delay_s = ROUND_DELAY_S if how is AssignmentStatus.SUBMITTED else 0.0
        self._queue.enqueue(connection, KIND, job.id, now + timedelta(seconds=delay_s))

    # -- pausing

    def stop(
        self,
        worker: Worker,
        assignment_id: str,
        state: Any,
        time_spent_s: float,
        draft: DraftVersion | None = None,
    ) -> None:
        """Pauses the task and keeps the unfinished work; it can be resumed until its time limit passes.

        Raises: as save.
        """
        self._keep(worker, assignment_id, AssignmentStatus.STOPPED, state, time_spent_s, draft)

    def save(
        self,
        worker: Worker,
        assignment_id: str,
        state: Any,
        time_spent_s: float,
        draft: DraftVersion | None = None,
    ) -> None:
        """Keeps the unfinished work as the worker's draft of the object; the task's status does not change.

        With a version, the draft is kept also when the task went back to the pool, as long as the object is open.
        Raises: NotFound, Conflict: as submit. Invalid: the state is too large. Outdated: there is a newer draft.
        """
        self._keep(worker, assignment_id, None, state, time_spent_s, draft)

    def resume(self, worker: Worker, assignment_id: str) -> Assignment:
        """The assignment, open again.

        Raises: NotFound, Conflict: as submit.
        """
        with self._db.write() as connection:
            now = self._clock.now()
            stored = own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            _, stored = locked(connection, stored)
            check_active(stored, now)
            assignments.change(connection, stored.id, _ACTIVE, status=AssignmentStatus.OPEN)
            return assignment_view(connection, job, own(connection, worker, assignment_id), None, now)

    def _keep(
        self,
        worker: Worker,
        assignment_id: str,
        status: AssignmentStatus | None,
        state: Any,
        time_spent_s: float,
        draft: DraftVersion | None,
    ) -> None:
        text = None if state is None else _json_text("unfinished work", state, MAX_STATE_BYTES)
        with self._db.write() as connection:
            now = self._clock.now()
            stored = own(connection, worker, assignment_id)
            data_object, stored = locked(connection, stored)
            is_late = status is None and draft is not None and may_be_late(data_object, stored)
            if not is_late:
                check_active(stored, now)
            if text is not None:
                keep(connection, key_of(stored), text, draft, now)
            values: dict[str, Any] = {"time_spent_s": max(stored.time_spent_s, time_spent_s)}
            if status is not None:
                values["status"] = status
            assignments.change(connection, stored.id, _ACTIVE, **values)


def _visible(connection: Connection, team_arns: Sequence[str], job_name: str) -> Job:
    job = jobs.find_by_name(connection, job_name)
    if job is None or job.team_arn not in team_arns:
        raise NotFound(f"there is no labeling job {job_name!r} for your teams")
    return job


def _json_text(what: str, value: Any, limit_bytes: int) -> str:
    """The value as JSON with its keys sorted."""
    check_depth(what, value)
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size_bytes = len(text.encode())
    except RecursionError:
        raise Invalid(f"the {what} is nested too deeply") from None
    except UnicodeEncodeError:
        raise Invalid(f"the {what} has text that is not valid Unicode") from None
    except ValueError:
        raise Invalid(f"the {what} has a number that JSON does not know: NaN or Infinity") from None
    except TypeError as problem:
        raise Invalid(f"the {what} is not JSON: {problem}") from None
    if size_bytes > limit_bytes:
        raise Invalid(f"the {what} has {size_bytes} bytes; at most {limit_bytes} are allowed")
    return text
