"""Tasks: offering data objects to workers, and what workers do with them.

Every action is one short transaction that locks the data object first and then changes the assignment if it still has
the status that the action needs. So workers may act at the same time, in any number of processes: no object gets more
answers than the job wants, no worker gets two tasks of one object, and an answer is committed before `submit` returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Connection, Database, Work
from trigpoint.labeling.accepting import Taken, accept_next
from trigpoint.labeling.activity import WorkerActivity, WriteLog
from trigpoint.labeling.answers import json_text, read_answer
from trigpoint.labeling.assignment_checks import check_active, locked, own
from trigpoint.labeling.drafts import DraftVersion, check_based_on, keep, key_of, may_be_late
from trigpoint.labeling.ending import Ended, end
from trigpoint.labeling.known_jobs import KnownJobs
from trigpoint.labeling.metrics import Recorder, WorkerMetrics
from trigpoint.labeling.model import Assignment, AssignmentStatus, Job, JobStatus, WorkerJob, WorkerProgress
from trigpoint.labeling.store import assignments, data_objects, drafts, jobs, offers, worker_progress
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.labeling.store.jobs import Standing
from trigpoint.labeling.task_types import TASK_TYPES
from trigpoint.labeling.worker_views import assignment_view, worker_job_view
from trigpoint.language import translatable
from trigpoint.reconcile import Queue
from trigpoint.settings import Settings
from trigpoint.workforce.people import Worker
from trigpoint.workforce.teams import Teams
from trigpoint.workforce.workforces import look_up_identity

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_STATE_BYTES = 16 * 1024 * 1024
OVERDUE_LIMIT = 20
"""Overdue tasks that one request returns to the pool."""


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
        self._known = KnownJobs(db)

    # -- looking

    def jobs_for(self, worker: Worker) -> list[WorkerJob]:
        """The jobs in progress of the worker's teams, oldest first."""
        team_arns = self._teams.team_arns_of(worker.id)
        now = self._clock.now()
        with self._db.read() as connection:
            found = jobs.of_teams(connection, team_arns, JobStatus.IN_PROGRESS)
            return [worker_job_view(connection, job, worker.id, now) for job in found]

    def progress(self, worker: Worker, job_name: str, since: datetime) -> WorkerProgress:
        """How far the job and the worker are. Raises: NotFound: there is no such job for a team of theirs."""
        with self._db.read() as connection:
            job = jobs.find_by_name(connection, job_name)
            if job is None or job.team_arn not in self._teams.team_arns_of(worker.id):
                raise NotFound(f"there is no labeling job {job_name!r} for your teams")
            count, count_since, spent_s = worker_progress.find(connection, job.id, worker.id, since)
        finished = job.counters.total_labeled + job.counters.failed
        average_s = spent_s / count if count else None
        return WorkerProgress(finished, job.counters.total, count, count_since, average_s)

    def get(self, worker: Worker, assignment_id: str) -> Assignment:
        """The worker's assignment, open or stopped.

        Raises: NotFound: it is not theirs. Conflict: it is over; the message says how it ended.
        """
        now = self._clock.now()
        with self._db.read() as connection:
            stored = own(connection, worker, assignment_id)
            check_active(stored, now)
            return assignment_view(connection, self._known.get(connection, stored.job_id), stored, None, now)

    def find(self, worker: Worker, assignment_id: str) -> Assignment:
        """The worker's assignment, also when it is over.

        Raises: NotFound: it is not theirs.
        """
        with self._db.read() as connection:
            stored = own(connection, worker, assignment_id)
            job = self._known.get(connection, stored.job_id)
            return assignment_view(connection, job, stored, None, self._clock.now())

    def template_of(self, assignment: Assignment) -> str:
        """The template of the assignment's job."""
        return self._known.template(assignment.job_id)

    def team_arn_of(self, assignment: Assignment) -> str:
        """The ARN of the work team of the assignment's job."""
        with self._db.read() as connection:
            return self._known.get(connection, assignment.job_id).team_arn

    # -- accepting

    def next(self, worker: Worker, job_name: str) -> Assignment | None:
        """The worker's open assignment in the job, or else a new one; None when there is nothing for them now.

        Raises: NotFound: there is no such job for a team of theirs.
        """
        standing = jobs.look_up_standing(self._db, job_name)
        if standing is None or not self._is_theirs(worker, standing):
            raise NotFound(translatable("there is no labeling job %(job)r for your teams", job=job_name))
        if standing.status is not JobStatus.IN_PROGRESS:
            return None
        now = self._clock.now()
        with self._db.read() as connection:
            job = self._known.get(connection, standing.id)
            found = assignments.open_of(connection, job.id, worker.id, now)
            if found is not None:
                return assignment_view(connection, job, found, None, now)
        self._expire_overdue(job)
        if not offers.any_for(self._db, job.id, worker.id, now):
            return None
        (taken,) = self._db.write_each(self._accepting(worker, job))
        return self._taken(worker, job, taken)

    def _is_theirs(self, worker: Worker, standing: Standing) -> bool:
        return standing.team_arn in self._teams.team_arns_of(worker.id)

    def _expire_overdue(self, job: Job) -> None:
        """Returns tasks whose time has passed to the pool, so that this worker can get them."""
        for stored in assignments.look_up_overdue(self._db, job.id, self._clock.now(), OVERDUE_LIMIT):
            self.expire(job, stored)

    def _accepting(self, worker: Worker, job: Job) -> Work:
        """Finds or makes the worker's open assignment: what `accept_next` returns."""

        def accept(connection: Connection) -> Taken | None:
            assignments.take_turns(connection, job.id, worker.id)
            return accept_next(connection, job, worker.id, self._clock.now())

        return accept

    def _taken(self, worker: Worker, job: Job, taken: Taken | None) -> Assignment | None:
        """Reports an accepted task and returns it as the worker sees it."""
        if taken is None:
            return None
        if taken.is_new:
            self._metrics.accepted(job, taken.stored.accepted_at)
            self._activity.happened(
                job, worker, AssignmentStatus.OPEN, taken.stored.accepted_at, taken.stored.accepted_at
            )
        # the numbers in the view take longer than all else, so they are not counted in the transaction
        with self._db.read() as connection:
            return assignment_view(connection, job, taken.stored, taken.data_object, self._clock.now())

    # -- ending

    def submit(
        self,
        worker: Worker,
        assignment_id: str,
        answer: dict[str, Any],
        time_spent_s: float,
        draft: DraftVersion | None = None,
        *,
        and_next: bool = False,
    ) -> Assignment | None:
        """Stores the answer; it is committed when this returns. Submitting the same answer again changes nothing.

        `time_spent_s` is the worker's total active time on this task, without pauses. `draft` names the drafts that
        the answer was made from; without it the answer is accepted whatever the draft. With `and_next` it returns the
        worker's next task of the job, as `next` does, or None when the job has ended.
        Raises: NotFound: the assignment is not theirs. Invalid: the answer is too large, or the task type cannot use
            it; names the field and the rule. Outdated: there is a newer draft. Conflict: the assignment is over; the
            message says how it ended.
        """
        content = json_text("answer", answer, MAX_ANSWER_BYTES)
        if not isinstance(answer, dict):
            raise Invalid("the answer must be a JSON object: one key for each named element of the form")
        with self._db.read() as connection:
            found = own(connection, worker, assignment_id)
            job = self._known.get(connection, found.job_id)
            is_new = not _is_repeated(found, content)
            if is_new:
                check_active(found, self._clock.now())
            data_object = data_objects.get(connection, job.id, found.object_index)
        if not is_new:
            return self._following(worker, job, (), and_next)
        read_answer(TASK_TYPES[job.task_type], job, data_object, answer, len(content.encode()))
        identity = asdict(look_up_identity(self._db, self._settings, worker))

        def end_submitted(connection: Connection) -> Ended | None:
            now = self._clock.now()
            locked_object, stored = locked(connection, found)
            if _is_repeated(stored, content):
                return None
            check_active(stored, now)
            version = drafts.version(connection, key_of(stored))
            check_based_on(version, draft)
            if version is not None:
                drafts.drop(connection, key_of(stored))
            return end(
                connection,
                self._queue,
                job,
                locked_object,
                stored,
                AssignmentStatus.SUBMITTED,
                now,
                self._settings.correction_s,
                answer=content,
                time_spent_s=max(stored.time_spent_s, time_spent_s),
                identity=identity,
            )

        return self._following(worker, job, (end_submitted,), and_next)

    def decline(self, worker: Worker, assignment_id: str, *, and_next: bool = False) -> Assignment | None:
        """Gives the task back for good: this worker never gets its object again.

        With `and_next` it returns their next task, as `submit` does.
        Raises: NotFound, Conflict: as submit.
        """
        return self._give_back(worker, assignment_id, AssignmentStatus.DECLINED, and_next)

    def release(self, worker: Worker, assignment_id: str) -> None:
        """Gives the task back to the pool. The draft is kept until the object is closed.

        Raises: NotFound, Conflict: as submit.
        """
        self._give_back(worker, assignment_id, AssignmentStatus.RELEASED, and_next=False)

    def expire(self, job: Job, stored: StoredAssignment) -> None:
        """Returns a task whose time limit has passed to the pool, unless it has ended meanwhile."""
        with self._db.write() as connection:
            now = self._clock.now()
            data_object, stored = locked(connection, stored)
            if stored.status.is_active and stored.expires_at <= now:
                end(
                    connection,
                    self._queue,
                    job,
                    data_object,
                    stored,
                    AssignmentStatus.EXPIRED,
                    now,
                    self._settings.correction_s,
                )
        self._queue.poke()

    def _give_back(
        self, worker: Worker, assignment_id: str, how: AssignmentStatus, and_next: bool
    ) -> Assignment | None:
        with self._db.read() as connection:
            found = own(connection, worker, assignment_id)
            job = self._known.get(connection, found.job_id)

        def end_given_back(connection: Connection) -> Ended | None:
            now = self._clock.now()
            data_object, stored = locked(connection, found)
            if stored.status is how:
                return None  # a repeated request
            check_active(stored, now)
            return end(
                connection, self._queue, job, data_object, stored, how, now, self._settings.correction_s
            )

        return self._following(worker, job, (end_given_back,), and_next)

    def _following(
        self, worker: Worker, job: Job, ending: Sequence[Work], and_next: bool
    ) -> Assignment | None:
        """Does what ends a task, if anything; then gives the worker the next one, if that is asked for."""
        following = and_next and self._goes_on(worker, job)
        works = (*ending, self._accepting(worker, job)) if following else ending
        results = self._db.write_each(*works)
        for ended in results[: len(ending)]:
            if ended is not None:
                self._metrics.ended(job, ended.how, ended.time_spent_s, ended.ended_at)
                self._activity.happened(job, worker, ended.how, ended.accepted_at, ended.ended_at)
                if ended.is_job_due:
                    self._queue.poke()
        return self._taken(worker, job, results[-1]) if following else None

    def _goes_on(self, worker: Worker, job: Job) -> bool:
        """Whether the job is in progress and the worker still belongs to its team."""
        standing = jobs.look_up_standing(self._db, job.name)
        if standing is None or standing.status is not JobStatus.IN_PROGRESS:
            return False
        if not self._is_theirs(worker, standing):
            return False
        self._expire_overdue(job)
        return True

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
            job = self._known.get(connection, stored.job_id)
            _, stored = locked(connection, stored)
            check_active(stored, now)
            assignments.change_active(connection, stored.id, status=AssignmentStatus.OPEN.value)
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
        content = None if state is None else json_text("unfinished work", state, MAX_STATE_BYTES)
        with self._db.write() as connection:
            now = self._clock.now()
            stored = own(connection, worker, assignment_id)
            data_object, stored = locked(connection, stored)
            is_late = status is None and draft is not None and may_be_late(data_object, stored)
            if not is_late:
                check_active(stored, now)
            if content is not None:
                keep(connection, key_of(stored), content, draft, now)
            values: dict[str, Any] = {"time_spent_s": max(stored.time_spent_s, time_spent_s)}
            if status is not None:
                values["status"] = status.value
            assignments.change_active(connection, stored.id, **values)


def _is_repeated(stored: StoredAssignment, content: str) -> bool:
    return stored.status is AssignmentStatus.SUBMITTED and stored.answer == content
