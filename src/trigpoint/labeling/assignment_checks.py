"""Checks before a worker acts on an assignment: it is theirs, and it is still active."""

from __future__ import annotations

from datetime import datetime

from trigpoint.core.errors import Conflict, NotFound
from trigpoint.db import Connection
from trigpoint.labeling.model import AssignmentStatus, DataObject
from trigpoint.labeling.store import assignments, data_objects
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.language import translatable
from trigpoint.workforce.people import Worker

_OVER = {
    AssignmentStatus.SUBMITTED: translatable("this task was already submitted"),
    AssignmentStatus.DECLINED: translatable("this task was declined; you will not get it again"),
    AssignmentStatus.RELEASED: translatable("this task was released and went back to the pool"),
    AssignmentStatus.EXPIRED: translatable("this task went back to the pool when its time limit passed"),
    AssignmentStatus.WITHDRAWN: translatable(
        "this task was withdrawn: the job has ended, or its object is no longer offered"
    ),
}


def own(connection: Connection, worker: Worker, assignment_id: str) -> StoredAssignment:
    """The worker's assignment. Raises: NotFound: it belongs to another worker, or does not exist."""
    stored = assignments.get(connection, assignment_id)
    if stored is None or stored.worker_id != worker.id:
        raise NotFound(translatable("you have no task %(task)r", task=assignment_id))
    return stored


def locked(connection: Connection, stored: StoredAssignment) -> tuple[DataObject, StoredAssignment]:
    """The object, which no other transaction changes before this one ends, and the current assignment."""
    data_object = data_objects.get(connection, stored.job_id, stored.object_index, lock=True)
    again = assignments.get(connection, stored.id)
    assert again is not None
    return data_object, again


def check_active(stored: StoredAssignment, now: datetime) -> None:
    """Raises: Conflict: the assignment is over; says how it ended."""
    if not stored.status.is_active:
        raise Conflict(_over(stored.status, stored.ended_at))
    if stored.expires_at <= now:
        raise Conflict(_over(AssignmentStatus.EXPIRED, stored.expires_at))


def _over(status: AssignmentStatus, at: datetime | None) -> str:
    if at is None:
        return _OVER[status]
    return translatable("%(what)s at %(time)s UTC", what=_OVER[status], time=f"{at:%Y-%m-%d %H:%M:%S}")
