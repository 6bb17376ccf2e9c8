"""The SQL that counts what each worker has done in all labeling jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, TextClause, and_, func, select, type_coerce

from trigpoint.db.tables.labeling import ACTIVE
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.db.tables.labeling import labeling_worker_totals as totals
from trigpoint.labeling.model import AssignmentStatus

_DAY_US = 86400 * 1_000_000


def open_tasks(connection: Connection) -> dict[str, int]:
    """The number of tasks that each worker holds, by worker id."""
    return _by_worker(connection, ACTIVE)


def of_workers(connection: Connection, worker_ids: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Tasks that each of these workers holds, and answers that they have submitted. Those without tasks are missing."""
    held = _by_worker(connection, and_(assignments.c.worker_id.in_(worker_ids), ACTIVE))
    query = (
        select(totals.c.worker_id, func.sum(totals.c.answers))
        .where(totals.c.worker_id.in_(worker_ids))
        .group_by(totals.c.worker_id)
    )
    given = {row[0]: int(row[1]) for row in connection.execute(query)}
    return {each: (held.get(each, 0), given.get(each, 0)) for each in held.keys() | given.keys()}


def answers_by_day(connection: Connection, worker_id: str, since: datetime) -> Mapping[int, int]:
    """Answers of the worker on each day from this time on, by the number of days since 1970 in UTC."""
    day = (type_coerce(assignments.c.ended_at, BigInteger) // _DAY_US).label("day")
    query = (
        select(day, func.count())
        .where(
            assignments.c.worker_id == worker_id,
            assignments.c.status == AssignmentStatus.SUBMITTED,
            assignments.c.ended_at >= since,
        )
        .group_by(day)
    )
    return {int(row[0]): row[1] for row in connection.execute(query)}


def held_by(connection: Connection, worker_id: str) -> list[str]:
    """The ids of the tasks that the worker holds."""
    query = select(assignments.c.id).where(assignments.c.worker_id == worker_id, ACTIVE)
    return list(connection.execute(query).scalars())


def _by_worker(connection: Connection, condition: ColumnElement[bool] | TextClause) -> dict[str, int]:
    query = select(assignments.c.worker_id, func.count()).where(condition).group_by(assignments.c.worker_id)
    return {row[0]: row[1] for row in connection.execute(query)}
