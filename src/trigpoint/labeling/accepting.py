"""Giving a worker their next task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from trigpoint.core.ids import new_id
from trigpoint.db import Connection
from trigpoint.labeling import gold
from trigpoint.labeling.batches import begin_next
from trigpoint.labeling.model import AssignmentStatus, DataObject, Job
from trigpoint.labeling.slots import after_accept
from trigpoint.labeling.store import assignments, data_objects, known_answers, offers
from trigpoint.labeling.store.assignments import StoredAssignment


@dataclass(frozen=True, slots=True)
class Taken:
    """A worker's open assignment; with its object if it `is_new`."""

    stored: StoredAssignment
    data_object: DataObject | None = None

    @property
    def is_new(self) -> bool:
        return self.data_object is not None


def accept_next(connection: Connection, job: Job, worker_id: str, now: datetime) -> Taken | None:
    """The worker's open assignment in the job, or a new one of the first object that is offered to them.

    None when there is none.
    """
    held = assignments.open_of(connection, job.id, worker_id, now)
    if held is not None:
        return Taken(held)
    is_due = job.spec.gold_attribute is not None and _is_gold_due(connection, job, worker_id)
    found = _offered(connection, job, worker_id, now, gold_first=is_due)
    if found is None and begin_next(connection, job.id, now):
        # the answer before was the last one of a batch: who gave it does not wait for the reconciler
        found = _offered(connection, job, worker_id, now, gold_first=is_due)
    if found is None:
        return None
    # The lock on the offered object keeps the job from ending before an extra assignment is stored.
    extra = None
    if is_due and not found.is_known:
        extra = offers.labeled_and_known(connection, job.id, worker_id)
    taken = after_accept(found) if extra is None else extra
    if extra is None:
        data_objects.save(connection, taken)
    stored = _assignment_of(job, taken, worker_id, now, is_extra=extra is not None)
    assignments.insert_open(connection, stored)
    return Taken(stored, taken)


def _is_gold_due(connection: Connection, job: Job, worker_id: str) -> bool:
    tasks, known = known_answers.count_taken(connection, job.id, worker_id)
    return gold.is_due(job.id, worker_id, tasks, known)


def _offered(
    connection: Connection, job: Job, worker_id: str, now: datetime, *, gold_first: bool
) -> DataObject | None:
    """The object that the worker should get, locked.

    Decision: objects with a known label wait for a worker for whom one is due, unless there are no others.
    """
    if job.spec.gold_attribute is not None:
        for known in (True, False) if gold_first else (False, True):
            found = offers.first(connection, job.id, worker_id, now, skip_locked=True, known=known)
            if found is not None:
                return found
    else:
        found = offers.first(connection, job.id, worker_id, now, skip_locked=True)
        if found is not None:
            return found
    return offers.first(connection, job.id, worker_id, now)


def _assignment_of(
    job: Job, data_object: DataObject, worker_id: str, now: datetime, *, is_extra: bool
) -> StoredAssignment:
    """A new assignment. Its time ends no later than that of its object; the time of a labeled one is over."""
    until = now + timedelta(seconds=job.spec.time_limit_s)
    latest = job.expires_at if is_extra else data_object.expires_at
    return StoredAssignment(
        id=new_id(),
        job_id=job.id,
        object_index=data_object.index,
        worker_id=worker_id,
        status=AssignmentStatus.OPEN,
        accepted_at=now,
        expires_at=min(until, latest or until),
        is_known=data_object.is_known,
        is_extra=is_extra,
    )
