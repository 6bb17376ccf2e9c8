"""The SQL that counts what each worker has done in all labeling jobs."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, TextClause, func, select

from trigpoint.db.tables.labeling import ACTIVE
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.labeling.model import AssignmentStatus


def open_tasks(connection: Connection) -> dict[str, int]:
    """The number of tasks that each worker holds, by worker id."""
    return _by_worker(connection, ACTIVE)


def answers(connection: Connection) -> dict[str, int]:
    """The number of answers that each worker has submitted, by worker id."""
    return _by_worker(connection, assignments.c.status == AssignmentStatus.SUBMITTED)


def held_by(connection: Connection, worker_id: str) -> list[str]:
    """The ids of the tasks that the worker holds."""
    query = select(assignments.c.id).where(assignments.c.worker_id == worker_id, ACTIVE)
    return list(connection.execute(query).scalars())


def _by_worker(connection: Connection, condition: ColumnElement[bool] | TextClause) -> dict[str, int]:
    query = select(assignments.c.worker_id, func.count()).where(condition).group_by(assignments.c.worker_id)
    return {row[0]: row[1] for row in connection.execute(query)}
