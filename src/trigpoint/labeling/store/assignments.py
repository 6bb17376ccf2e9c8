"""The SQL of assignments: which worker has, had or answered which task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from trigpoint.db import Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.labeling import ACTIVE, TAKEN
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.labeling.model import Answer, AssignmentStatus


@dataclass(frozen=True, slots=True)
class StoredAssignment:
    """An assignment's row. `answer` is a JSON text.

    `is_known`: its object has a known label. `is_extra`: it takes no slot, because the object already has its label.
    """

    id: str
    job_id: str
    object_index: int
    worker_id: str
    status: AssignmentStatus
    accepted_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    time_spent_s: float = 0.0
    answer: str | None = None
    is_known: bool = False
    is_extra: bool = False


def take_turns(connection: Connection, job_id: str, worker_id: str) -> None:
    """Makes transactions of one worker in one job wait for each other; on SQLite all writers wait anyway."""
    if connection.dialect.name == "postgresql":
        key = func.hashtextextended(f"{job_id}/{worker_id}", 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def insert_open(connection: Connection, made: StoredAssignment) -> None:
    """Adds an assignment that was just accepted."""
    _INSERT.execute(
        connection,
        {
            "id": made.id,
            "job_id": made.job_id,
            "object_index": made.object_index,
            "worker_id": made.worker_id,
            "status": made.status.value,
            "accepted_at": made.accepted_at,
            "expires_at": made.expires_at,
            "is_known": int(made.is_known),
            "is_extra": int(made.is_extra),
        },
    )


def get(connection: Connection, assignment_id: str) -> StoredAssignment | None:
    row = _GET.one_or_none(connection, {"id": assignment_id})
    return None if row is None else _assignment(row)


def open_of(connection: Connection, job_id: str, worker_id: str, now: datetime) -> StoredAssignment | None:
    """The worker's oldest open assignment in the job that has time left."""
    row = _OPEN_OF.one_or_none(connection, {"job_id": job_id, "worker_id": worker_id, "now": now})
    return None if row is None else _assignment(row)


def resumable(connection: Connection, job_id: str, worker_id: str, now: datetime) -> list[str]:
    """The ids of the worker's assignments in the job that are open or stopped, oldest first."""
    query = (
        select(assignments.c.id)
        .where(*_of(job_id, worker_id), ACTIVE, assignments.c.expires_at > now)
        .order_by(assignments.c.accepted_at, assignments.c.id)
    )
    return list(connection.execute(query).scalars())


def count_submitted(connection: Connection, job_id: str, worker_id: str) -> int:
    found: int = _COUNT_SUBMITTED.scalar(connection, {"job_id": job_id, "worker_id": worker_id})
    return found


def change_active(connection: Connection, assignment_id: str, **values: Any) -> bool:
    """Sets columns of an assignment that is open or stopped; False if it is over."""
    return _change(tuple(sorted(values))).changed(connection, {**values, "id_": assignment_id}) == 1


def overdue(
    connection: Connection, job_id: str, now: datetime, limit: int, worker_id: str | None = None
) -> list[StoredAssignment]:
    """Active assignments whose time limit has passed."""
    query = select(assignments).where(assignments.c.job_id == job_id, ACTIVE, assignments.c.expires_at <= now)
    if worker_id is not None:
        query = query.where(assignments.c.worker_id == worker_id)
    rows = connection.execute(query.order_by(assignments.c.expires_at).limit(limit))
    return [_assignment(row) for row in rows]


def look_up_overdue(database: Database, job_id: str, now: datetime, limit: int) -> list[StoredAssignment]:
    """As `overdue`, outside of a transaction."""
    rows = database.look_up_all(_OVERDUE, {"job_id": job_id, "now": now, "limit": limit})
    return [_assignment(row) for row in rows]


def first_expiry(connection: Connection, job_id: str) -> datetime | None:
    """When the time of the first active assignment ends."""
    found: datetime | None = connection.execute(
        select(func.min(assignments.c.expires_at)).where(assignments.c.job_id == job_id, ACTIVE)
    ).scalar_one()
    return found


def withdraw(connection: Connection, job_id: str, object_index: int, now: datetime) -> None:
    """Ends the active assignments of an object, which the caller has locked."""
    connection.execute(
        update(assignments)
        .where(
            assignments.c.job_id == job_id,
            assignments.c.object_index == object_index,
            ACTIVE,
        )
        .values(status=AssignmentStatus.WITHDRAWN, ended_at=now)
    )


def answers(connection: Connection, job_id: str, object_indexes: Sequence[int]) -> Mapping[int, list[Answer]]:
    """The submitted answers of these objects, in order of submission."""
    found: dict[int, list[Answer]] = {}
    rows = connection.execute(
        select(assignments)
        .where(
            assignments.c.job_id == job_id,
            assignments.c.object_index.in_(list(object_indexes)),
            TAKEN,  # as the index says it, which SQLite does not use otherwise
            assignments.c.status == AssignmentStatus.SUBMITTED,
        )
        .order_by(assignments.c.object_index, assignments.c.ended_at, assignments.c.id)
    )
    for row in rows:
        found.setdefault(row.object_index, []).append(to_answer(row))
    return found


@cache
def _change(columns: tuple[str, ...]) -> Prepared:
    """Sets these columns of an active assignment."""
    values: dict[str, Any] = {column: bindparam(column) for column in columns}
    return Prepared(update(assignments).where(assignments.c.id == bindparam("id_"), ACTIVE).values(values))


def _of(job_id: Any, worker_id: Any) -> tuple[Any, Any]:
    return assignments.c.worker_id == worker_id, assignments.c.job_id == job_id


_OF_WORKER = _of(bindparam("job_id"), bindparam("worker_id"))
_GET = Prepared(select(assignments).where(assignments.c.id == bindparam("id")))
_INSERT = Prepared(
    insert(assignments).values(
        {
            column: bindparam(column)
            for column in (
                "id",
                "job_id",
                "object_index",
                "worker_id",
                "status",
                "accepted_at",
                "expires_at",
                "is_known",
                "is_extra",
            )
        }
    )
)
_OPEN_OF = Prepared(
    select(assignments)
    .where(*_OF_WORKER, assignments.c.status == AssignmentStatus.OPEN.value)
    .where(assignments.c.expires_at > bindparam("now"))
    .order_by(assignments.c.accepted_at, assignments.c.id)
    .limit(1)
)
_COUNT_SUBMITTED = Prepared(
    select(func.count().label("count")).where(
        *_OF_WORKER, assignments.c.status == AssignmentStatus.SUBMITTED.value
    )
)
_OVERDUE = Prepared(
    select(assignments)
    .where(assignments.c.job_id == bindparam("job_id"), ACTIVE, assignments.c.expires_at <= bindparam("now"))
    .order_by(assignments.c.expires_at)
    .limit(bindparam("limit"))
)


def to_answer(row: Row[Any]) -> Answer:
    return Answer(
        object_index=row.object_index,
        assignment_id=row.id,
        worker_id=row.worker_id,
        content=row.answer,
        accepted_at=row.accepted_at,
        submitted_at=row.ended_at,
        time_spent_s=row.time_spent_s,
        identity=row.identity or {},
    )


def _assignment(row: Row[Any]) -> StoredAssignment:
    return StoredAssignment(
        id=row.id,
        job_id=row.job_id,
        object_index=row.object_index,
        worker_id=row.worker_id,
        status=AssignmentStatus(row.status),
        accepted_at=row.accepted_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        time_spent_s=row.time_spent_s,
        answer=row.answer,
        is_known=bool(row.is_known),
        is_extra=bool(row.is_extra),
    )
