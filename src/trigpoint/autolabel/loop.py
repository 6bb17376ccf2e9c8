"""Takes the automated labeling of jobs forward, one step at a time.

The reconcile loop calls `reconcile`. Every step is files and jobs whose names and contents follow from what is recorded,
then one transaction. So the process may be killed at any point, and calling `reconcile` again completes the step.
"""

from __future__ import annotations

import logging

from trigpoint.autolabel import store
from trigpoint.autolabel.audit_step import audit_step, settle, write_last_report
from trigpoint.autolabel.giving_up import round_failed, stop_jobs
from trigpoint.autolabel.infer_step import infer_step
from trigpoint.autolabel.label_step import label_step
from trigpoint.autolabel.model import Phase, State
from trigpoint.autolabel.people_step import people_step
from trigpoint.autolabel.resources import PEOPLE_LOOK_S, Resources
from trigpoint.autolabel.sizes import batch_size
from trigpoint.autolabel.train_step import train_step
from trigpoint.core.errors import TrigpointError
from trigpoint.labeling.model import Job, JobStatus
from trigpoint.labeling.store import jobs
from trigpoint.remote import RemoteUnavailable

STORE_RETRY_S = 5.0

log = logging.getLogger(__name__)


class AutomatedLabeling:
    """The automated labeling of all jobs that have it."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def reconcile(self, job_id: str) -> float | None:
        """Takes the job forward. Returns the seconds until it is due again, None when there is nothing left to do."""
        with self._resources.db.read() as connection:
            job, state = jobs.find(connection, job_id), store.get(connection, job_id)
        if job is None:
            return None
        if job.status not in (JobStatus.INITIALIZING, JobStatus.IN_PROGRESS):
            return None if state is None else self._end(job, state)
        if not job.inputs_read:
            return PEOPLE_LOOK_S
        if state is None:
            self._begin(job)
            return 0.0
        return self._step(job, state)

    def _end(self, job: Job, state: State) -> float | None:
        """When the labeling job ends: stops the jobs of the round, and ends the audit, for which a stopping job waits."""
        stop_jobs(self._resources, job, state)
        if job.spec.audit_share is None:
            return None
        if job.status is JobStatus.STOPPING and self._resources.people_work(job):
            return PEOPLE_LOOK_S
        try:
            settle(self._resources, job, drop=True)
        except RemoteUnavailable as problem:
            return self._later(job, problem)
        write_last_report(self._resources, job, state)
        return None

    def _later(self, job: Job, problem: RemoteUnavailable) -> float:
        log.warning("automated_labeling_waits_for_store job=%s reason=%s", job.name, problem.message)
        return STORE_RETRY_S

    def _begin(self, job: Job) -> None:
        with self._resources.db.write() as connection:
            if store.get(connection, job.id) is None:
                store.add(connection, State(job.id, first=min(batch_size(job), job.counters.unlabeled)))

    def _step(self, job: Job, state: State) -> float | None:
        try:
            match state.phase:
                case Phase.PEOPLE:
                    return people_step(self._resources, job, state)
                case Phase.TRAIN:
                    return train_step(self._resources, job, state)
                case Phase.INFER:
                    return infer_step(self._resources, job, state)
                case Phase.LABEL:
                    return label_step(self._resources, job, state)
                case Phase.AUDIT:
                    return audit_step(self._resources, job, state)
                case Phase.DONE:
                    return None
        except RemoteUnavailable as problem:
            return self._later(job, problem)
        except TrigpointError as problem:
            return round_failed(self._resources, job, state, problem.message)
