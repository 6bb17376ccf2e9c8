"""Takes labeling jobs forward, one step at a time.

The reconcile loop calls `reconcile` whenever a job is due. Every step is either one transaction, or files whose names
and contents follow from what is already recorded, followed by one transaction. So the process may be killed at any
point, and calling `reconcile` again completes the step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from trigpoint.compute.bounded_calls import BoundedCalls, CallsBusy, CallsStopped
from trigpoint.core.clock import Clock
from trigpoint.core.errors import TrigpointError
from trigpoint.db import Connection, Database
from trigpoint.labeling.bounded_rounds import BoundedRounds
from trigpoint.labeling.consolidating import Consolidating
from trigpoint.labeling.functions.calls import FunctionCalls
from trigpoint.labeling.functions.post_annotation import PostAnnotating
from trigpoint.labeling.functions.pre_annotation import PreAnnotating
from trigpoint.labeling.functions.progress import FUNCTION_KIND, FunctionSteps
from trigpoint.labeling.functions.workflow import workflow_of_job
from trigpoint.labeling.job_log import JobLog, WriteLine
from trigpoint.labeling.metrics import JobMetrics, Recorder
from trigpoint.labeling.model import Job, JobStatus, ObjectStatus
from trigpoint.labeling.offering import Offering
from trigpoint.labeling.preparing import Preparing
from trigpoint.labeling.publishing import Publishing
from trigpoint.labeling.reporting import Reporting
from trigpoint.labeling.steps import LabelingFacts, LabelingStep, NextStep, next_step
from trigpoint.labeling.store import (
    assignments,
    batches,
    data_objects,
    jobs,
    known_answers,
    rounds,
    task_inputs,
)
from trigpoint.labeling.tasks import Tasks
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.objects import ObjectStore
from trigpoint.reconcile import Queue
from trigpoint.remote import RemoteUnavailable
from trigpoint.settings import Settings

MAX_REASON_CHARACTERS = 1024
STORE_RETRY_S = 5.0
BUSY_RETRY_S = 5.0
LOG_RETRY_S = 60.0
TURN_S = 5.0
"""After this time other jobs get the thread."""

log = logging.getLogger(__name__)


class JobProgress:
    """The steps of all labeling jobs."""

    def __init__(
        self,
        db: Database,
        objects: ObjectStore,
        tasks: Tasks,
        templates: TaskTemplates,
        settings: Settings,
        clock: Clock,
        calls: BoundedCalls,
        recorder: Recorder | None = None,
        functions: FunctionCalls | None = None,
        job_queue: Queue | None = None,
        function_queue: Queue | None = None,
        write_log: WriteLine | None = None,
    ) -> None:
        self._db = db
        self._log = JobLog(db, write_log)
        self._settings = settings
        self._clock = clock
        self._metrics = JobMetrics(recorder)
        publishing = Publishing(db, objects, settings, clock)
        preparing = Preparing(db, objects, templates, self._metrics, clock)
        consolidating = Consolidating(
            db,
            objects,
            publishing,
            self._metrics,
            BoundedRounds(calls),
            None if functions is None else PostAnnotating(functions),
            settings,
            clock,
        )
        self._function_queue = function_queue
        self.function_steps: FunctionSteps | None = None
        if functions is not None and job_queue is not None:
            pre_annotating = PreAnnotating(db, functions, templates, clock)
            self.function_steps = FunctionSteps(
                db, job_queue, pre_annotating, consolidating.run_round, self._fail, clock
            )
        self._reporting = Reporting(db, objects, calls, settings)
        self._offering = Offering(db, objects, tasks, clock)
        self._steps: Mapping[LabelingStep, Callable[[Job, NextStep], None]] = {
            LabelingStep.PREPARE: lambda job, _: preparing.read_inputs(job),
            LabelingStep.EXPIRE: lambda job, _: self._offering.expire(job),
            LabelingStep.BATCH: lambda job, _: self._offering.begin_batch(job),
            LabelingStep.OPEN: lambda job, _: self._offering.open_chosen(job),
            LabelingStep.MEASURE: lambda job, _: self._offering.measure_ahead(job),
            LabelingStep.ROUND: lambda job, _: consolidating.run_round(job),
            LabelingStep.PUBLISH: lambda job, _: publishing.publish(job),
            LabelingStep.WITHDRAW: lambda job, _: self._offering.withdraw(job),
            LabelingStep.STOP: self._change_status,
            LabelingStep.FINISH: self._finish,
            LabelingStep.GIVE_UP: self._give_up,
        }

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job forward. Returns the seconds until it is due again, None when it has ended."""
        again_s = self._advance(job_id)
        if self._log.catch_up(job_id):
            return again_s
        return LOG_RETRY_S if again_s is None else min(again_s, LOG_RETRY_S)

    def _advance(self, job_id: str) -> float | None:
        until_s = time.monotonic() + TURN_S
        while True:
            with self._db.read() as connection:
                job = jobs.find(connection, job_id)
                if job is None:
                    return None
                facts = self._facts(connection, job)
                following = next_step(job, facts)
            if following.step is LabelingStep.REST:
                return None
            if following.step is LabelingStep.WAIT:
                if facts.calls_pending:
                    self._call_functions(job)
                return following.wait_s
            try:
                self._steps[following.step](job, following)
            except CallsStopped:
                return 0.0  # the server is shutting down; the next one repeats the step
            except CallsBusy:
                return BUSY_RETRY_S  # a waiting job must not keep a thread from all others
            except RemoteUnavailable as problem:
                # Decision: the job waits without a limit; nothing is lost, and the requester can stop it
                log.warning("labeling_job_waits_for_store job=%s reason=%s", job.name, problem.message)
                return STORE_RETRY_S
            except TrigpointError as problem:
                self._fail(job, problem.message)
            if time.monotonic() > until_s:
                return 0.0

    def _facts(self, connection: Connection, job: Job) -> LabelingFacts:
        now = self._clock.now()
        stopping_since = None
        if job.status is JobStatus.STOPPING:
            stopping_since = jobs.stopping_since(connection, job.id)
        if not job.inputs_read or job.status.is_terminal:
            return LabelingFacts(now, stopping_since=stopping_since)
        present = data_objects.unfinished_statuses(connection, job.id)
        has_gold = job.spec.gold_attribute is not None
        workflow = workflow_of_job(job)
        is_chosen = any_chosen = ObjectStatus.CHOSEN in present
        any_unprepared = False
        if is_chosen and workflow.pre is not None:
            any_unprepared = bool(task_inputs.chosen_indexes(connection, job.id, 1, prepared=False))
            any_chosen = bool(task_inputs.chosen_indexes(connection, job.id, 1, prepared=True))
        any_ready = ObjectStatus.READY in present
        unfinished_round = rounds.unfinished(connection, job.id) is not None
        calls_round = workflow.post is not None and (any_ready or unfinished_round)
        any_open = ObjectStatus.OPEN in present
        # with a function before people work, an object is measured when it has its input
        measures_ahead = any_open and workflow.pre is None
        return LabelingFacts(
            now=now,
            any_waiting=ObjectStatus.WAITING in present,
            any_chosen=any_chosen,
            any_unprepared=any_unprepared,
            calls_pending=any_unprepared or calls_round,
            any_open=any_open,
            ready_count=0 if any_open or is_chosen else batches.count_ready(connection, job.id),
            any_unmeasured=measures_ahead and batches.any_unmeasured(connection, job.id, job.spec.batch_size),
            any_ready=(any_ready and not calls_round)
            or (has_gold and known_answers.any_to_learn_from(connection, job.id)),
            any_held=ObjectStatus.HELD in present,
            any_audited=ObjectStatus.AUDITED in present,
            any_extra=has_gold and known_answers.any_active_extra(connection, job.id),
            unfinished_round=unfinished_round and not calls_round,
            last_round_at=rounds.last_created_at(connection, job.id),
            round_spacing_s=self._settings.correction_s,
            first_overdue_at=_first_expiry(connection, job),
            stopping_since=stopping_since,
        )

    def _call_functions(self, job: Job) -> None:
        """Has the job's functions called, in the loop that is for them."""
        if self._function_queue is None:
            return
        with self._db.write() as connection:
            self._function_queue.enqueue(connection, FUNCTION_KIND, job.id)
        self._function_queue.poke()

    def _finish(self, job: Job, following: NextStep) -> None:
        """Takes the final status when the reports are written; until then, each call does a part of that."""
        if self._reporting.advance(job):
            self._change_status(job, following)

    def _change_status(self, job: Job, following: NextStep) -> None:
        assert following.status is not None
        now = self._clock.now()
        stopping = following.step is LabelingStep.STOP
        with self._db.write() as connection:
            changed = jobs.change_status(
                connection,
                job.id,
                job.status,
                following.status,
                now,
                reason=None if stopping else following.reason,
                **({"stop_reason": following.reason} if stopping else {}),
            )
            if changed:
                self._metrics.ended(connection, following.status, now)

    def _give_up(self, job: Job, following: NextStep) -> None:
        """Ends a job that could not be stopped properly in time. Its answers stay in the database."""
        log.warning("labeling_job_given_up job=%s", job.name)
        if not job.inputs_read:
            with self._db.write() as connection:
                data_objects.delete_all(connection, job.id)
        self._change_status(job, following)

    def fail(self, job: Job, reason: str) -> None:
        """Ends a job that cannot go on, for a reason that lies outside of labeling."""
        self._fail(job, reason)

    def _fail(self, job: Job, reason: str) -> None:
        """Ends the job as Failed. Answers stay in the database, offers are withdrawn."""
        log.info("labeling_job_failed job=%s reason=%s", job.name, reason)
        if job.inputs_read:
            self._offering.withdraw_all(job)
        with self._db.write() as connection:
            if not job.inputs_read:
                data_objects.delete_all(connection, job.id)
            now = self._clock.now()
            text = _clipped(reason)
            if jobs.change_status(connection, job.id, job.status, JobStatus.FAILED, now, reason=text):
                self._metrics.ended(connection, JobStatus.FAILED, now)


def _first_expiry(connection: Connection, job: Job) -> datetime | None:
    """When the first active task's time or the first open object's availability ends."""
    moments = [assignments.first_expiry(connection, job.id), data_objects.first_expiry(connection, job.id)]
    return min((moment for moment in moments if moment is not None), default=None)


def _clipped(reason: str) -> str:
    return reason if len(reason) <= MAX_REASON_CHARACTERS else reason[: MAX_REASON_CHARACTERS - 3] + "..."
