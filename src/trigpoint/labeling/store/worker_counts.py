"""The SQL that counts what each worker has done in all labeling jobs."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from trigpoint.db.tables.labeling import ACTIVE
from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.labeling.model import AssignmentStatus


def open_tasks(connection: Connection) -> dict[str, int]:
    """The number of tasks that each worker holds, by worker id."""
    query = (
        select(assignments.c.worker_id, func.count().label("held"))
        .where(ACTIVE)
        .group_by(assignments.c.worker_id)
    )
    return {row.worker_id: row.held for row in connection.execute(query)}


def answers(connection: Connection) -> dict[str, int]:
    """The number of answers that each worker has submitted, by worker id."""
    query = (
        select(assignments.c.worker_id, func.count().label("answers"))
        .where(assignments.c.status == AssignmentStatus.SUBMITTED)
        .group_by(assignments.c.worker_id)
    )
    return {row.worker_id: row.answers for row in connection.execute(query)}


def held_by(connection: Connection, worker_id: str) -> list[str]:
    """The ids of the tasks that the worker holds."""
    query = select(assignments.c.id).where(assignments.c.worker_id == worker_id, ACTIVE)
    return list(connection.execute(query).scalars())
