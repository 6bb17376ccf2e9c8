"""The SQL that counts what each worker has done in each job, in the transactions that end their tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.labeling import labeling_worker_totals as totals
from trigpoint.labeling.model import AssignmentStatus

_COUNTED = ("answers", "declined", "returned", "expired")
_COLUMNS = {
    AssignmentStatus.SUBMITTED: "answers",
    AssignmentStatus.DECLINED: "declined",
    AssignmentStatus.RELEASED: "returned",
    AssignmentStatus.EXPIRED: "expired",
}


def count(
    connection: Connection,
    job_id: str,
    worker_id: str,
    how: AssignmentStatus,
    ended_at: datetime,
    time_s: float,
) -> None:
    """Counts a task of the worker that has ended. One that was withdrawn does not count."""
    column = _COLUMNS.get(how)
    if column is None:
        return
    values = dict.fromkeys(_COUNTED, 0) | {column: 1}
    spent_s = time_s if how is AssignmentStatus.SUBMITTED else 0.0
    keys = {"job_id": job_id, "worker_id": worker_id, "time_s": spent_s, "last_at": ended_at}
    _ADD[connection.dialect.name].execute(connection, values | keys)


def correct(connection: Connection, job_id: str, worker_id: str, more_s: float, at: datetime) -> None:
    """Counts the time that a correction of an answer took in addition."""
    connection.execute(
        update(totals)
        .where(totals.c.job_id == job_id, totals.c.worker_id == worker_id)
        .values(time_s=totals.c.time_s + more_s, last_at=at)
    )


def _added(dialect: Any) -> Prepared:
    names = ("job_id", "worker_id", *_COUNTED, "time_s", "last_at")
    new: dict[str, Any] = {name: bindparam(name) for name in names}
    statement = dialect.insert(totals).values(**new)
    sums = {name: totals.c[name] + statement.excluded[name] for name in (*_COUNTED, "time_s")}
    changes = sums | {"last_at": statement.excluded.last_at}
    return Prepared(statement.on_conflict_do_update(index_elements=["job_id", "worker_id"], set_=changes))


_ADD = {"postgresql": _added(postgresql), "sqlite": _added(sqlite)}
