"""Who works on which data object: offering tasks to workers, and what they do with them.
 Every act is one short transaction that locks the data object first and then changes the assignment if it
is still in the status that the act needs. So workers may act at the same time, in any number of processes:
no object gets more answers than the job wants, no worker gets two tasks of one object, and an answer is
committed before `submit` returns.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, NotFound
from trigpoint.core.ids import new_id
from trigpoint.db import Connection, Database
from trigpoint.labeling import functions, templates
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
from trigpoint.labeling.slots import after_accept, after_end
from trigpoint.labeling.store import assignments, jobs, objects
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workforces import identity_of

__all__ = ["Assignment", "Tasks", "WorkerJob"]

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_STATE_BYTES = 16 * 1024 * 1024
ROUND_DELAY_S = 1.0
"""Objects that become ready within this time are consolidated together."""

_ACTIVE = (AssignmentStatus.OPEN, AssignmentStatus.STOPPED)
_OVER = {
    AssignmentStatus.SUBMITTED: "was submitted already",
    AssignmentStatus.DECLINED: "was declined; you will not get it again",
    AssignmentStatus.RELEASED: "was released and went back to the pool",
    AssignmentStatus.EXPIRED: "went back to the pool when its time limit passed",
    AssignmentStatus.WITHDRAWN: "was withdrawn: the job has ended, or its object is not offered any more",
}


class Tasks:
    """The tasks of all labeling jobs, as workers see them. Thread-safe."""

    def __init__(
        self,
        db: Database,
        objects: ObjectStore,
        settings: Settings,
        clock: Clock,
        enqueue: Queue,
        metrics: Recorder | None = None,
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._queue = enqueue
        self._teams = Teams(db, settings, clock)
        self._metrics = WorkerMetrics(metrics, self._teams)
        self._templates = _Templates()

    # -- looking

    def jobs_for(self, worker: Worker) -> list[WorkerJob]:
        """The jobs in progress of the worker's teams, oldest first."""
        team_arns = self._teams.team_arns_of(worker.id)
        now = self._clock.now()
        with self._db.read() as connection:
            found = jobs.of_teams(connection, team_arns, JobStatus.IN_PROGRESS)
            return [_worker_job(connection, job, worker.id, now) for job in found]

    def get(self, worker: Worker, assignment_id: str) -> Assignment:
        """The worker's assignment, open or stopped.

        Raises: NotFound: it is not his. Conflict: it is over; the message says how it ended.
        """
        now = self._clock.now()
        with self._db.read() as connection:
            stored = _own(connection, worker, assignment_id)
            _check_active(stored, now)
            return self._assignment(connection, jobs.get(connection, stored.job_id), stored, now)

    def find(self, worker: Worker, assignment_id: str) -> Assignment:
        """The worker's assignment, also when it is over.

        Raises: NotFound: it is not his.
        """
        with self._db.read() as connection:
            stored = _own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            return self._assignment(connection, job, stored, self._clock.now())

    def render(self, assignment: Assignment, sign: Callable[[str], str]) -> str:
        """The HTML of the task; `sign` makes a readable URL of an s3:// URI."""
        template = self._templates.get(assignment.job_id)
        if template is None:
            with self._db.read() as connection:
                template = jobs.template(connection, assignment.job_id)
            self._templates.put(assignment.job_id, template)
        return templates.render(template, assignment.task_input, sign)

    # -- accepting

    def next(self, worker: Worker, job_name: str) -> Assignment | None:
        """The worker's open assignment in the job, or else a new one; None when there is nothing for him
        now.

        Raises: NotFound: there is no such job for a team of his.
        """
        team_arns = self._teams.team_arns_of(worker.id)
        with self._db.read() as connection:
            job = _visible(connection, team_arns, job_name)
            if job.status is not JobStatus.IN_PROGRESS:
                return None
            overdue = assignments.overdue(connection, job.id, self._clock.now(), limit=20)
            found = assignments.open_of(connection, job.id, worker.id, self._clock.now())
            if found is not None:
                return self._assignment(connection, job, found, self._clock.now())
        for stored in overdue:
            self.expire(job, stored)
        return self._accept(worker, job)

    def _accept(self, worker: Worker, job: Job) -> Assignment | None:
        now = self._clock.now()
        with self._db.read() as connection:
            if not objects.is_offered(connection, job.id, worker.id, now):
                return None
        with self._db.write() as connection:
            assignments.take_turns(connection, job.id, worker.id)
            stored = assignments.open_of(connection, job.id, worker.id, now)
            if stored is not None:
                return self._assignment(connection, job, stored, now)
            taken = _claim(connection, job, worker.id, now)
            if taken is None:
                return None
            stored = _accepted(job, taken, worker.id, now)
            assignments.insert_open(connection, stored)
            assignment = self._assignment(connection, job, stored, now, line=taken.line)
        self._metrics.accepted(job, now)
        return assignment

    # -- ending

    def submit(self, worker: Worker, assignment_id: str, answer: dict[str, Any], time_spent_s: float) -> None:
        """Stores the answer; it is safe when this returns. The same answer again changes nothing.

        `time_spent_s` is the worker's active time on this task in all, pauses excluded.
        Raises: NotFound: the assignment is not his. Invalid: the answer is not an object, or is too large.
            Conflict: the assignment is over; the message says how it ended.
        """
        content = _json_text("answer", answer, MAX_ANSWER_BYTES)
        if not isinstance(answer, dict):
            raise Invalid("the answer must be a JSON object: one key for each named element of the form")
        with self._db.write() as connection:
            now = self._clock.now()
            stored = _own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            data_object, stored = _locked(connection, stored)
            if stored.status is AssignmentStatus.SUBMITTED and stored.answer == content:
                return
            _check_active(stored, now)
            time_spent_s = max(stored.time_spent_s, time_spent_s)
            self._end(
                connection,
                job,
                data_object,
                stored,
                AssignmentStatus.SUBMITTED,
                now,
                answer=content,
                state=None,
                time_spent_s=time_spent_s,
                identity=asdict(identity_of(connection, self._settings, worker)),
            )
        self._metrics.ended(job, AssignmentStatus.SUBMITTED, time_spent_s, now)
        self._queue.poke()

    def decline(self, worker: Worker, assignment_id: str) -> None:
        """Gives the task back for good: this worker never gets its object again.

        Raises: NotFound, Conflict: as submit.
        """
        self._give_back(worker, assignment_id, AssignmentStatus.DECLINED)

    def release(self, worker: Worker, assignment_id: str) -> None:
        """Gives the task back to the pool; all work on it is lost.

        Raises: NotFound, Conflict: as submit.
        """
        self._give_back(worker, assignment_id, AssignmentStatus.RELEASED)

    def expire(self, job: Job, stored: StoredAssignment) -> None:
        """Returns a task whose time limit has passed to the pool, unless the worker was faster."""
        with self._db.write() as connection:
            now = self._clock.now()
            data_object, stored = _locked(connection, stored)
            if stored.status.is_active and stored.expires_at <= now:
                self._end(connection, job, data_object, stored, AssignmentStatus.EXPIRED, now)
        self._queue.poke()

    def _give_back(self, worker: Worker, assignment_id: str, how: AssignmentStatus) -> None:
        with self._db.write() as connection:
            now = self._clock.now()
            stored = _own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            data_object, stored = _locked(connection, stored)
            if stored.status is how:
                return  # a repeated request
            _check_active(stored, now)
            self._end(connection, job, data_object, stored, how, now)
        self._metrics.ended(job, how, stored.time_spent_s, now)
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
        """Ends an active assignment whose object is locked, and has the job looked at when the object is
        ready."""
        changed = assignments.change(connection, stored.id, _ACTIVE, status=how, ended_at=now, **values)
        assert changed, "the object's lock keeps others from ending its assignments"
        after = after_end(data_object, how, job.spec.workers_per_object)
        objects.save(connection, after)
        if after.status is ObjectStatus.READY:
            last = not objects.any_in(connection, job.id, (ObjectStatus.OPEN, ObjectStatus.CHOSEN))
            due_at = now if last else now + timedelta(seconds=ROUND_DELAY_S)
            self._queue.enqueue(connection, KIND, job.id, due_at)

    # -- pausing

    def stop(self, worker: Worker, assignment_id: str, state: Any, time_spent_s: float) -> None:
        """Puts the task aside with the unfinished work; it can be resumed until its time limit passes.

        Raises: NotFound, Conflict: as submit. Invalid: the state is too large.
        """
        self._keep(worker, assignment_id, AssignmentStatus.STOPPED, state, time_spent_s)

    def save(self, worker: Worker, assignment_id: str, state: Any, time_spent_s: float) -> None:
        """Keeps the unfinished work; the task stays as it is.

        Raises: NotFound, Conflict: as submit. Invalid: the state is too large.
        """
        self._keep(worker, assignment_id, None, state, time_spent_s)

    def resume(self, worker: Worker, assignment_id: str) -> Assignment:
        """The assignment, open again.

        Raises: NotFound, Conflict: as submit.
        """
        with self._db.write() as connection:
            now = self._clock.now()
            stored = _own(connection, worker, assignment_id)
            job = jobs.get(connection, stored.job_id)
            _, stored = _locked(connection, stored)
            _check_active(stored, now)
            assignments.change(connection, stored.id, _ACTIVE, status=AssignmentStatus.OPEN)
            return self._assignment(connection, job, _own(connection, worker, assignment_id), now)

    def _keep(
        self,
        worker: Worker,
        assignment_id: str,
        status: AssignmentStatus | None,
        state: Any,
        time_spent_s: float,
    ) -> None:
        text = None if state is None else _json_text("unfinished work", state, MAX_STATE_BYTES)
        with self._db.write() as connection:
            stored = _own(connection, worker, assignment_id)
            _, stored = _locked(connection, stored)
            _check_active(stored, self._clock.now())
            values: dict[str, Any] = {"time_spent_s": max(stored.time_spent_s, time_spent_s)}
            if text is not None:
                values["state"] = text
            if status is not None:
                values["status"] = status
            assignments.change(connection, stored.id, _ACTIVE, **values)

    def _assignment(
        self,
        connection: Connection,
        job: Job,
        stored: StoredAssignment,
        now: datetime,
        line: str | None = None,
    ) -> Assignment:
        if line is None:
            line = objects.get(connection, job.id, stored.object_index).line
        return Assignment(
            id=stored.id,
            job_name=job.name,
            title=job.spec.title,
            description=job.spec.description,
            object_index=stored.object_index,
            task_input=functions.task_input(line, job.labels or ()),
            accepted_at=stored.accepted_at,
            expires_at=stored.expires_at,
            time_limit_s=job.spec.time_limit_s,
            time_spent_s=stored.time_spent_s,
            state=None if stored.state is None else json.loads(stored.state),
            status=stored.status.value,
            submitted_count=assignments.count_submitted(connection, job.id, stored.worker_id),
            available_count=objects.count_offered(connection, job.id, stored.worker_id, now),
            job_id=job.id,
        )


class _Templates:
    """The last used task templates, by job; a job's template never changes."""

    MAX = 32

    def __init__(self) -> None:
        self._found: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, job_id: str) -> str | None:
        with self._lock:
            if job_id in self._found:
                self._found.move_to_end(job_id)
            return self._found.get(job_id)

    def put(self, job_id: str, template: str) -> None:
        with self._lock:
            self._found[job_id] = template
            while len(self._found) > self.MAX:
                self._found.popitem(last=False)


def _visible(connection: Connection, team_arns: Sequence[str], job_name: str) -> Job:
    job = jobs.by_name(connection, job_name)
    if job is None or job.team_arn not in team_arns:
        raise NotFound(f"there is no labeling job {job_name!r} for your teams")
    return job


def _own(connection: Connection, worker: Worker, assignment_id: str) -> StoredAssignment:
    stored = assignments.get(connection, assignment_id)
    if stored is None or stored.worker_id != worker.id:
        raise NotFound(f"you have no task {assignment_id!r}")
    return stored


def _locked(connection: Connection, stored: StoredAssignment) -> tuple[DataObject, StoredAssignment]:
    """The object, which nobody else changes until the transaction ends, and the assignment as it is now."""
    data_object = objects.get(connection, stored.job_id, stored.object_index, lock=True)
    again = assignments.get(connection, stored.id)
    assert again is not None
    return data_object, again


def _check_active(stored: StoredAssignment, now: datetime) -> None:
    if not stored.status.is_active:
        raise Conflict(f"this task {_OVER[stored.status]}{_at(stored.ended_at)}")
    if stored.expires_at <= now:
        raise Conflict(f"this task {_OVER[AssignmentStatus.EXPIRED]}{_at(stored.expires_at)}")


def _at(time: datetime | None) -> str:
    return "" if time is None else f" at {time:%Y-%m-%d %H:%M:%S} UTC"


def _claim(connection: Connection, job: Job, worker_id: str, now: datetime) -> DataObject | None:
    """Takes one slot of the first object that is offered to the worker."""
    found = objects.offered_to(connection, job.id, worker_id, now, skip_locked=True)
    if found is None:
        found = objects.offered_to(connection, job.id, worker_id, now)
    if found is None:
        return None
    taken = after_accept(found)
    objects.save(connection, taken)
    return taken


def _accepted(job: Job, data_object: DataObject, worker_id: str, now: datetime) -> StoredAssignment:
    """A new assignment; its time ends with that of its object at the latest."""
    until = now + timedelta(seconds=job.spec.time_limit_s)
    return StoredAssignment(
        id=new_id(),
        job_id=job.id,
        object_index=data_object.index,
        worker_id=worker_id,
        status=AssignmentStatus.OPEN,
        accepted_at=now,
        expires_at=min(until, data_object.expires_at or until),
    )


def _worker_job(connection: Connection, job: Job, worker_id: str, now: datetime) -> WorkerJob:
    return WorkerJob(
        job_name=job.name,
        title=job.spec.title,
        description=job.spec.description,
        keywords=job.spec.keywords or (),
        time_limit_s=job.spec.time_limit_s,
        created_at=job.created_at,
        expires_at=job.expires_at,
        available=objects.count_offered(connection, job.id, worker_id, now),
        submitted=assignments.count_submitted(connection, job.id, worker_id),
        resumable=assignments.resumable(connection, job.id, worker_id, now),
        team_name=job.team_arn.rsplit("/", 1)[-1],
    )


def _json_text(what: str, value: Any, limit_bytes: int) -> str:
    """The value as JSON, keys in alphabetical order."""
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        size_bytes = len(text.encode())
    except (TypeError, ValueError, RecursionError) as problem:
        raise Invalid(f"the {what} is not JSON: {problem}") from None
    if size_bytes > limit_bytes:
        raise Invalid(f"the {what} has {size_bytes} bytes; at most {limit_bytes} are taken")
    return text
