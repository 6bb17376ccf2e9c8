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
from trigpoint.labeling.store import assignments, data_objects, known_answers, offers, reservations
from trigpoint.labeling.store.assignments import StoredAssignment


@dataclass(frozen=True, slots=True)
class Taken:
    """A worker's open assignment; with its object if it `is_new`."""

    stored: StoredAssignment
    data_object: DataObject | None = None

    @property
    def is_new(self) -> bool:
        return self.data_object is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """The object that a worker should get. `is_extra`: it has its label; the answer only measures the worker."""

    data_object: DataObject
    is_extra: bool


def accept_next(connection: Connection, job: Job, worker_id: str, now: datetime) -> Taken | None:
    """The worker's open assignment in the job, or a new one: of the object that they have reserved, if it is still
    offered to them, or else of the first that is.

    None when there is none.
    """
    held = assignments.open_of(connection, job.id, worker_id, now)
    if held is not None:
        return Taken(held)
    reserved = reservations.of_worker(connection, job.id, worker_id)
    prefer = None if reserved is None else reserved.object_index
    choice = choose(connection, job, worker_id, now, prefer=prefer)
    if choice is None and begin_next(connection, job.id, now):
        # the answer before was the last one of a batch: who gave it does not wait for the reconciler
        choice = choose(connection, job, worker_id, now)
    if choice is None:
        return None
    # The lock on the offered object keeps the job from ending before an extra assignment is stored.
    taken = choice.data_object if choice.is_extra else after_accept(choice.data_object)
    if not choice.is_extra:
        data_objects.save(connection, taken)
    is_reserved = reserved is not None and reserved.object_index == taken.index
    assignment_id = reserved.id if reserved is not None and is_reserved else new_id()
    stored = _assignment_of(assignment_id, job, taken, worker_id, now, is_extra=choice.is_extra)
    assignments.insert_open(connection, stored)
    if reserved is not None:
        reservations.drop(connection, job.id, worker_id)
    return Taken(stored, taken)


def choose(
    connection: Connection,
    job: Job,
    worker_id: str,
    now: datetime,
    *,
    prefer: int | None = None,
    only_free: bool = False,
) -> Choice | None:
    """The object that the worker should get; None when there is none. An offered object is locked with it.

    prefer:    the index of the object to choose if it is offered to the worker
    only_free: leave out objects whose slots other workers have reserved, which are otherwise the last resort
    """
    is_due = job.spec.gold_attribute is not None and _is_gold_due(connection, job, worker_id)
    found = None
    if prefer is not None:
        found = offers.one(connection, job.id, worker_id, now, prefer)
    if found is None:
        found = _offered(connection, job, worker_id, now, gold_first=is_due, only_free=only_free)
    if found is None:
        return None
    extra = None
    if is_due and not found.is_known:
        extra = offers.labeled_and_known(connection, job.id, worker_id)
    return Choice(found, False) if extra is None else Choice(extra, True)


def _is_gold_due(connection: Connection, job: Job, worker_id: str) -> bool:
    tasks, known = known_answers.count_taken(connection, job.id, worker_id)
    return gold.is_due(job.id, worker_id, tasks, known)


def _offered(
    connection: Connection, job: Job, worker_id: str, now: datetime, *, gold_first: bool, only_free: bool
) -> DataObject | None:
    """The object that the worker should get, locked.

    Decision: objects with a known label wait for a worker for whom one is due, unless there are no others.
    """
    order: tuple[bool | None, ...] = (None,)
    if job.spec.gold_attribute is not None:
        order = (True, False) if gold_first else (False, True)
    for free in (True,) if only_free else (True, False):
        for known in order:
            found = offers.first(connection, job.id, worker_id, now, skip_locked=True, known=known, free=free)
            if found is not None:
                return found
    return None if only_free else offers.first(connection, job.id, worker_id, now)


def _assignment_of(
    assignment_id: str, job: Job, data_object: DataObject, worker_id: str, now: datetime, *, is_extra: bool
) -> StoredAssignment:
    """A new assignment. Its time ends no later than that of its object; the time of a labeled one is over."""
    until = now + timedelta(seconds=job.spec.time_limit_s)
    latest = job.expires_at if is_extra else data_object.expires_at
    return StoredAssignment(
        id=assignment_id,
        job_id=job.id,
        object_index=data_object.index,
        worker_id=worker_id,
        status=AssignmentStatus.OPEN,
        accepted_at=now,
        expires_at=min(until, latest or until),
        is_known=data_object.is_known,
        is_extra=is_extra,
    )
