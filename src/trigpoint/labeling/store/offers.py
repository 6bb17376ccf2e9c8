"""The SQL of offers: which data objects a worker can be given."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, select

from trigpoint.db import Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.labeling import KNOWN_OBJECT, TAKEN
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.db.tables.labeling import labeling_objects as data_objects
from trigpoint.db.tables.labeling import labeling_reservations as reservations
from trigpoint.labeling.model import DataObject, ObjectStatus
from trigpoint.labeling.store.data_objects import select_objects, to_object


def first(
    connection: Connection,
    job_id: str,
    worker_id: str,
    now: datetime,
    *,
    skip_locked: bool = False,
    known: bool | None = None,
    free: bool = False,
) -> DataObject | None:
    """The first object that the worker can be given, locked; None when there is none.

    On PostgreSQL `skip_locked` leaves out objects that another transaction is changing. `known` leaves out those with
    or without a known label. `free` leaves out those whose slots other workers have reserved.
    """
    found = _FIRST[skip_locked, known, free]
    row = found.one_or_none(connection, _parameters(job_id, worker_id, now))
    return None if row is None else to_object(row)


def one(connection: Connection, job_id: str, worker_id: str, now: datetime, index: int) -> DataObject | None:
    """The object at this index, locked; None if the worker cannot be given it now."""
    row = _ONE.one_or_none(connection, {**_parameters(job_id, worker_id, now), "index": index})
    return None if row is None else to_object(row)


def any_for(database: Database, job_id: str, worker_id: str, now: datetime) -> bool:
    """Whether there is an object that the worker can be given; read outside of any transaction."""
    return database.look_up(_ANY, _parameters(job_id, worker_id, now)) is not None


def count(connection: Connection, job_id: str, worker_id: str, now: datetime) -> int:
    """How many objects the worker can be given now."""
    found: int = _COUNT.scalar(connection, _parameters(job_id, worker_id, now))
    return found


def labeled_and_known(connection: Connection, job_id: str, worker_id: str) -> DataObject | None:
    """The first object with a known label that already has its label, and that the worker has not had."""
    row = _LABELED_AND_KNOWN.one_or_none(connection, {"job_id": job_id, "worker_id": worker_id})
    return None if row is None else to_object(row)


def _parameters(job_id: str, worker_id: str, now: datetime) -> dict[str, Any]:
    return {"job_id": job_id, "worker_id": worker_id, "now": now}


def _offered(columns: Select[Any]) -> Select[Any]:
    return columns.select_from(data_objects).where(
        data_objects.c.job_id == bindparam("job_id"),
        data_objects.c.open_slots > 0,
        data_objects.c.status == ObjectStatus.OPEN.value,
        data_objects.c.expires_at > bindparam("now"),
        ~_taken(),
    )


def _taken() -> ColumnElement[bool]:
    """Whether the worker has or had an object of the query."""
    return exists().where(
        assignments.c.job_id == bindparam("job_id"),
        assignments.c.object_index == data_objects.c.object_index,
        assignments.c.worker_id == bindparam("worker_id"),
        TAKEN,
    )


def _is_free() -> ColumnElement[bool]:
    """Whether an object of the query has a slot that no other worker has reserved."""
    reserved = (
        select(func.count())
        .select_from(reservations)
        .where(
            reservations.c.job_id == bindparam("job_id"),
            reservations.c.object_index == data_objects.c.object_index,
            reservations.c.worker_id != bindparam("worker_id"),
            reservations.c.expires_at > bindparam("now"),
        )
        .scalar_subquery()
    )
    return data_objects.c.open_slots > reserved


def _first(skip_locked: bool, known: bool | None, free: bool) -> Prepared:
    found = _offered(select_objects()).order_by(data_objects.c.object_index).limit(1)
    if known is not None:
        found = found.where(KNOWN_OBJECT if known else data_objects.c.is_known == 0)
    if free:
        found = found.where(_is_free())
    return Prepared(found.with_for_update(skip_locked=skip_locked, of=data_objects))


_FIRST = {
    (skip, known, free): _first(skip, known, free)
    for skip in (True, False)
    for known in (None, True, False)
    for free in (True, False)
}
_ONE = Prepared(
    _offered(select_objects())
    .where(data_objects.c.object_index == bindparam("index"))
    .with_for_update(of=data_objects)
)
_ANY = Prepared(_offered(select(data_objects.c.object_index)).limit(1))
_COUNT = Prepared(_offered(select(func.count().label("count"))))
_LABELED_AND_KNOWN = Prepared(
    select_objects()
    .where(
        data_objects.c.job_id == bindparam("job_id"),
        data_objects.c.status == ObjectStatus.LABELED.value,
        KNOWN_OBJECT,
        ~_taken(),
    )
    .order_by(data_objects.c.object_index)
    .limit(1)
)
