"""The SQL of how far a worker is in a job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, case, func, select

from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.labeling.model import AssignmentStatus


def find(connection: Connection, job_id: str, worker_id: str, since: datetime) -> tuple[int, int, float]:
    """How many answers the worker has given in the job, how many of them since that time, and the time on all, in s."""
    row = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((assignments.c.ended_at >= since, 1), else_=0)), 0),
            func.coalesce(func.sum(assignments.c.time_spent_s), 0.0),
        ).where(
            assignments.c.worker_id == worker_id,
            assignments.c.job_id == job_id,
            assignments.c.status == AssignmentStatus.SUBMITTED,
        )
    ).one()
    return row[0], row[1], row[2]
