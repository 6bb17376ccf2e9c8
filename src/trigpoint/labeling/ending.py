"""Ending a worker's task: its answer or what else became of it, and what that means for its data object and job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trigpoint.db import Connection
from trigpoint.labeling.drafts import key_of
from trigpoint.labeling.model import KIND, AssignmentStatus, DataObject, Job, ObjectStatus
from trigpoint.labeling.slots import after_end
from trigpoint.labeling.store import assignments, data_objects, drafts, worker_totals
from trigpoint.labeling.store.assignments import StoredAssignment
from trigpoint.reconcile import Queue


@dataclass(frozen=True, slots=True)
class Ended:
    """A task that has ended, and whether its job is due at once."""

    how: AssignmentStatus
    accepted_at: datetime
    ended_at: datetime
    time_spent_s: float
    is_job_due: bool


def end(
    connection: Connection,
    queue: Queue,
    job: Job,
    data_object: DataObject,
    stored: StoredAssignment,
    how: AssignmentStatus,
    now: datetime,
    round_delay_s: float,
    **values: Any,
) -> Ended:
    """Ends an active assignment whose object is locked, and makes the job due when the object is ready.

    Objects that become ready within `round_delay_s` are consolidated together.
    """
    changed = assignments.change_active(connection, stored.id, status=how.value, ended_at=now, **values)
    assert changed, "the object's lock keeps others from ending its assignments"
    spent_s = values.get("time_spent_s", stored.time_spent_s)
    worker_totals.count(connection, stored.job_id, stored.worker_id, how, now, spent_s)
    if stored.is_extra:
        return _end_extra(connection, queue, job, stored, how, now, round_delay_s, values)
    after = after_end(data_object, how, job.spec.workers_per_object)
    data_objects.save(connection, after)
    is_job_due = False
    if after.status is ObjectStatus.READY:
        is_job_due = not data_objects.any_in(connection, job.id, (ObjectStatus.OPEN, ObjectStatus.CHOSEN))
        due_at = now if is_job_due else now + timedelta(seconds=round_delay_s)
        queue.enqueue(connection, KIND, job.id, due_at)
    return Ended(how, stored.accepted_at, now, spent_s, is_job_due)


def _end_extra(
    connection: Connection,
    queue: Queue,
    job: Job,
    stored: StoredAssignment,
    how: AssignmentStatus,
    now: datetime,
    round_delay_s: float,
    values: Mapping[str, Any],
) -> Ended:
    """After an assignment that took no slot: the job, which waits for it, learns from an answer."""
    drafts.drop(connection, key_of(stored))
    delay_s = round_delay_s if how is AssignmentStatus.SUBMITTED else 0.0
    queue.enqueue(connection, KIND, job.id, now + timedelta(seconds=delay_s))
    return Ended(how, stored.accepted_at, now, values.get("time_spent_s", stored.time_spent_s), not delay_s)
