"""Giving a worker their next task."""

from __future__ import annotations

from datetime import datetime, timedelta

from trigpoint.core.ids import new_id
from trigpoint.db import Connection
from trigpoint.labeling.model import AssignmentStatus, DataObject, Job
from trigpoint.labeling.slots import after_accept
from trigpoint.labeling.store import assignments, data_objects
from trigpoint.labeling.store.assignments import StoredAssignment


def accept_next(
    connection: Connection, job: Job, worker_id: str, now: datetime
) -> tuple[StoredAssignment, DataObject] | None:
    """A new assignment of the first object that is offered to the worker; None when there is none."""
    found = data_objects.offered_to(connection, job.id, worker_id, now, skip_locked=True)
    if found is None:
        found = data_objects.offered_to(connection, job.id, worker_id, now)
    if found is None:
        return None
    taken = after_accept(found)
    data_objects.save(connection, taken)
    stored = _assignment_of(job, taken, worker_id, now)
    assignments.insert_open(connection, stored)
    return stored, taken


def _assignment_of(job: Job, data_object: DataObject, worker_id: str, now: datetime) -> StoredAssignment:
    """A new assignment. Its time ends no later than that of its object."""
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
