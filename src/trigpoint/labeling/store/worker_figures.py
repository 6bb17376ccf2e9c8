"""The SQL of figures per worker and job."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from trigpoint.db.tables.labeling import labeling_jobs as jobs
from trigpoint.db.tables.labeling import labeling_worker_quality as quality
from trigpoint.db.tables.labeling import labeling_worker_totals as counted
from trigpoint.labeling.model import JobStatus
from trigpoint.labeling.worker_figures import JobFigures, Totals

_COUNTS = ("answers", "declined", "returned", "expired", "time_s")
_SAME = and_(quality.c.job_id == counted.c.job_id, quality.c.worker_id == counted.c.worker_id)


def find(
    connection: Connection,
    *,
    worker_id: str | None = None,
    job_id: str | None = None,
    limit: int | None = None,
) -> list[JobFigures]:
    """The figures of each worker in each job in which a task of theirs has ended, the newest job first, then by worker id."""
    query = (
        select(
            counted,
            jobs.c.name,
            jobs.c.status,
            quality.c.answers.label("judged"),
            quality.c.agreement,
            quality.c.accuracy,
        )
        .join(jobs, jobs.c.id == counted.c.job_id)
        .outerjoin(quality, _SAME)
        .order_by(jobs.c.created_at.desc(), jobs.c.id, counted.c.worker_id)
        .limit(limit)
    )
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
        for row in connection.execute(_of(query, worker_id, job_id))
    ]


def in_all(connection: Connection, worker_id: str) -> tuple[Totals, int]:
    """What the worker has done in all jobs, and in how many. As `totals` of all their figures."""
    known = case((quality.c.accuracy.is_not(None), quality.c.answers), else_=0)
    row = connection.execute(
        _of(
            select(
                func.count().label("jobs"),
                *(_sum(counted.c[name]).label(name) for name in _COUNTS),
                _sum(quality.c.answers).label("judged"),
                _sum(quality.c.agreement).label("agreed"),
                _sum(known).label("known"),
                _sum(quality.c.accuracy * quality.c.answers).label("right"),
            )
            .select_from(counted)
            .outerjoin(quality, _SAME),
            worker_id,
            None,
        )
    ).one()
    found = Totals(
        **{name: row._mapping[name] for name in _COUNTS},
        judged=row.judged,
        agreement=row.agreed / row.judged if row.judged else None,
        accuracy=row.right / row.known if row.known else None,
    )
    return found, row.jobs


def _of(query: Select[Any], worker_id: str | None, job_id: str | None) -> Select[Any]:
    if worker_id is not None:
        query = query.where(counted.c.worker_id == worker_id)
    return query if job_id is None else query.where(counted.c.job_id == job_id)


def _sum(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(value), 0)
