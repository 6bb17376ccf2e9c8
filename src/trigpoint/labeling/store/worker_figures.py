"""The SQL of figures per worker and job."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from trigpoint.db.tables.labeling import labeling_assignments as assignments
from trigpoint.db.tables.labeling import labeling_jobs as jobs
from trigpoint.db.tables.labeling import labeling_worker_quality as quality
from trigpoint.labeling.model import AssignmentStatus, JobStatus
from trigpoint.labeling.worker_figures import JobFigures


def find(
    connection: Connection, *, worker_id: str | None = None, job_id: str | None = None
) -> list[JobFigures]:
    """The figures of each worker in each job in which they had a task, the newest job first, then by worker id."""
    query = (
        select(
            assignments.c.worker_id,
            jobs.c.name,
            jobs.c.status,
            _count(AssignmentStatus.SUBMITTED).label("answers"),
            _count(AssignmentStatus.DECLINED).label("declined"),
            _count(AssignmentStatus.RELEASED).label("returned"),
            _count(AssignmentStatus.EXPIRED).label("expired"),
            func.sum(
                case(
                    (assignments.c.status == AssignmentStatus.SUBMITTED, assignments.c.time_spent_s),
                    else_=0.0,
                )
            ).label("time_s"),
            func.max(assignments.c.ended_at).label("last_at"),
            func.max(quality.c.answers).label("judged"),
            func.max(quality.c.agreement).label("agreement"),
            func.max(quality.c.accuracy).label("accuracy"),
        )
        .join(jobs, jobs.c.id == assignments.c.job_id)
        .outerjoin(
            quality,
            and_(quality.c.job_id == assignments.c.job_id, quality.c.worker_id == assignments.c.worker_id),
        )
        .group_by(assignments.c.worker_id, jobs.c.id, jobs.c.name, jobs.c.status, jobs.c.created_at)
        .order_by(jobs.c.created_at.desc(), jobs.c.id, assignments.c.worker_id)
    )
    if worker_id is not None:
        query = query.where(assignments.c.worker_id == worker_id)
    if job_id is not None:
        query = query.where(assignments.c.job_id == job_id)
    return [
        JobFigures(
            worker_id=row.worker_id,
            job_name=row.name,
            job_status=JobStatus(row.status),
            answers=row.answers,
            declined=row.declined,
            returned=row.returned,
            expired=row.expired,
            time_s=row.time_s,
            last_at=row.last_at,
            judged=row.judged or 0,
            agreement=row.agreement / row.judged if row.judged else None,
            accuracy=row.accuracy,
        )
        for row in connection.execute(query)
    ]


def _count(status: AssignmentStatus) -> ColumnElement[int]:
    return func.sum(case((assignments.c.status == status, 1), else_=0))
