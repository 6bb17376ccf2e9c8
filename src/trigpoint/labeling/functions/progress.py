"""Takes the steps of labeling jobs for which functions are called.

They have a reconcile loop of their own: a call may take minutes, and meanwhile all jobs, also this one, go on. What is
left to do is in the database; so a call that was broken off is made again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from trigpoint.compute.bounded_calls import CallsBusy, CallsStopped
from trigpoint.core.clock import Clock
from trigpoint.core.errors import TrigpointError
from trigpoint.db import Database
from trigpoint.labeling.functions.pre_annotation import PreAnnotating
from trigpoint.labeling.functions.workflow import workflow_of_job
from trigpoint.labeling.model import KIND, Job, JobStatus, ObjectStatus
from trigpoint.labeling.steps import ROUND_SPACING_S
from trigpoint.labeling.store import data_objects, jobs, rounds
from trigpoint.reconcile import Queue
from trigpoint.remote import RemoteUnavailable

FUNCTION_KIND = "labeling-function"
STORE_RETRY_S = 5.0
BUSY_RETRY_S = 2.0

log = logging.getLogger(__name__)


class FunctionSteps:
    """The steps of all jobs with functions of their requesters.

    run_round: consolidates the objects of the job that are ready. fail: ends the job with a reason.
    """

    def __init__(
        self,
        db: Database,
        job_queue: Queue,
        preparing: PreAnnotating,
        run_round: Callable[[Job], None],
        fail: Callable[[Job, str], None],
        clock: Clock,
    ) -> None:
        self._db = db
        self._job_queue = job_queue
        self._preparing = preparing
        self._run_round = run_round
        self._fail = fail
        self._clock = clock

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job's next step of this kind. Returns the seconds until it is due again; None: it has none."""
        with self._db.read() as connection:
            job = jobs.find(connection, job_id)
        if job is None or job.status.is_terminal or not job.inputs_read:
            return None
        try:
            again_s = self._step(job)
        except CallsStopped:
            return 0.0
        except CallsBusy:
            again_s = BUSY_RETRY_S
        except RemoteUnavailable as problem:
            log.warning("labeling_function_waits_for_store job=%s reason=%s", job.name, problem.message)
            again_s = STORE_RETRY_S
        except TrigpointError as problem:
            self._fail(job, problem.message)
            again_s = None
        with self._db.write() as connection:
            self._job_queue.enqueue(connection, KIND, job.id)
        self._job_queue.poke()
        return again_s

    def _step(self, job: Job) -> float | None:
        workflow = workflow_of_job(job)
        more = False
        if workflow.pre is not None and job.status is JobStatus.IN_PROGRESS:
            more = self._preparing.prepare_some(job, workflow.pre)
        round_s = self._round_due_s(job) if workflow.post is not None else None
        if round_s is not None and round_s <= 0:
            self._run_round(job)
            round_s = 0.0  # others may be ready by now
        return 0.0 if more else round_s

    def _round_due_s(self, job: Job) -> float | None:
        """Seconds until a round is due; None when no object is ready. The last objects of a batch do not wait."""
        with self._db.read() as connection:
            if rounds.unfinished(connection, job.id) is not None:
                return 0.0
            present = data_objects.unfinished_statuses(connection, job.id)
            last_at = rounds.last_created_at(connection, job.id)
        if ObjectStatus.READY not in present:
            return None
        if last_at is None or ObjectStatus.OPEN not in present:
            return 0.0
        return max(0.0, (last_at - self._clock.now()).total_seconds() + ROUND_SPACING_S)
