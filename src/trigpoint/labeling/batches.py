"""The next batch of a labeling job: choosing its data objects and offering them to the workers.

A batch is finished when no more answers to it can come; its last objects may still have to be consolidated. Objects are
measured ahead of their batch. So workers wait for neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trigpoint.db import Connection
from trigpoint.db.tables.events import record_event
from trigpoint.labeling.gold import BATCH_SHARE
from trigpoint.labeling.model import KIND, Job, JobStatus, ObjectStatus
from trigpoint.labeling.steps import batch_size
from trigpoint.labeling.store import batches, data_objects, held_objects, jobs

_UNFINISHED = (ObjectStatus.OPEN, ObjectStatus.CHOSEN)


def begin_next(connection: Connection, job_id: str, now: datetime) -> bool:
    """Begins the next batch, if the last one is finished, and offers those of its objects that are measured.

    Returns whether it began one.
    """
    if data_objects.any_in(connection, job_id, _UNFINISHED):
        return False
    jobs.lock(connection, job_id)
    job = jobs.get(connection, job_id)
    if job.status is not JobStatus.IN_PROGRESS or data_objects.any_in(connection, job_id, _UNFINISHED):
        return False
    size = batch_size(job, batches.count_ready(connection, job_id))
    count = _choose(connection, job, size) if size > 0 else 0
    if not count:
        return False
    jobs.begin_iteration(connection, job_id, job.iteration + 1, now)
    record_event(connection, KIND, job_id, now, "BatchBegun", f"batch {job.iteration + 1}: {count} objects")
    batches.open_measured(connection, job_id, job.spec.workers_per_object, offered_until(job, now))
    return True


def begin_chosen(connection: Connection, job_id: str, chosen: Sequence[int], now: datetime) -> int | None:
    """Begins a batch with these held objects; its number, or None if the job does not go on or has a batch."""
    jobs.lock(connection, job_id)
    job = jobs.get(connection, job_id)
    if job.status is not JobStatus.IN_PROGRESS or data_objects.any_in(connection, job_id, _UNFINISHED):
        return None
    iteration = job.iteration + 1
    held_objects.choose(connection, job_id, iteration, chosen)
    jobs.begin_iteration(connection, job_id, iteration, now)
    record_event(connection, KIND, job_id, now, "BatchBegun", f"batch {iteration}: {len(chosen)} objects")
    return iteration


def offered_until(job: Job, now: datetime) -> datetime:
    """When the availability of objects that are offered from now on ends."""
    return min(now + job.spec.availability, job.expires_at)


def _choose(connection: Connection, job: Job, size: int) -> int:
    """Chooses the objects in manifest order, except that some with a known label come first; returns how many."""
    iteration, left = job.iteration + 1, size
    if job.spec.gold_attribute is not None:
        ahead = max(1, size // BATCH_SHARE)
        left -= batches.choose(connection, job.id, iteration, ahead, known=True)
        left -= batches.choose(connection, job.id, iteration, left, known=False)
    return size - left + batches.choose(connection, job.id, iteration, left)
