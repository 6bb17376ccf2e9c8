"""The SQL of reservations: the object that a worker's page has loaded as their next task of a job."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.labeling import labeling_reservations as reservations


@dataclass(frozen=True, slots=True)
class Reservation:
    """`id` is that of the assignment that it becomes."""

    id: str
    job_id: str
    worker_id: str
    object_index: int
    expires_at: datetime


def of_worker(connection: Connection, job_id: str, worker_id: str) -> Reservation | None:
    """The worker's reservation in the job, also one that has expired."""
    row = _OF_WORKER.one_or_none(connection, {"job_id": job_id, "worker_id": worker_id})
    return None if row is None else Reservation(**row._asdict())


def get(connection: Connection, reservation_id: str) -> Reservation | None:
    row = _GET.one_or_none(connection, {"id": reservation_id})
    return None if row is None else Reservation(**row._asdict())


def put(connection: Connection, made: Reservation) -> None:
    """Replaces the worker's reservation in the job. The caller has the worker's turn."""
    drop(connection, made.job_id, made.worker_id)
    _INSERT.execute(connection, asdict(made))


def drop(connection: Connection, job_id: str, worker_id: str) -> None:
    """Deletes the worker's reservation in the job, if there is one."""
    _DROP.execute(connection, {"job_id": job_id, "worker_id": worker_id})


_MINE = (
    reservations.c.job_id == bindparam("job_id"),
    reservations.c.worker_id == bindparam("worker_id"),
)
_OF_WORKER = Prepared(select(reservations).where(*_MINE))
_GET = Prepared(select(reservations).where(reservations.c.id == bindparam("id")))
_DROP = Prepared(delete(reservations).where(*_MINE))
_INSERT = Prepared(
    insert(reservations).values({column.name: bindparam(column.name) for column in reservations.c})
)
