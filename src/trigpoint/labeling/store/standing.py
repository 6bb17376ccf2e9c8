"""The SQL of how labeling jobs stand. It reads indexes, and objects that are offered."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from trigpoint.db.tables.events import events
from trigpoint.db.tables.labeling import labeling_jobs as jobs
from trigpoint.db.tables.labeling import labeling_objects as objects
from trigpoint.labeling.model import JobStatus, ObjectStatus

_OFFERED = (ObjectStatus.OPEN, ObjectStatus.READY)


def counts(connection: Connection) -> dict[JobStatus, int]:
    """How many jobs have each status."""
    query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
    return {JobStatus(row[0]): row[1] for row in connection.execute(query)}


def activity(connection: Connection, name: str) -> tuple[int, int, int] | None:
    """Objects on offer, their answers, and their tasks that workers hold; None without such a job."""
    job_id = connection.execute(select(jobs.c.id).where(jobs.c.name_key == name.lower())).scalar_one_or_none()
    if job_id is None:
        return None
    row = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(objects.c.answer_count), 0),
            func.coalesce(func.sum(objects.c.active_count), 0),
        ).where(objects.c.job_id == job_id, objects.c.status.in_(_OFFERED))
    ).one()
    return row[0], int(row[1]), int(row[2])


def version_of_all(connection: Connection) -> str:
    # Whatever changes a status or a counter records an event in the same transaction.
    return str(connection.execute(select(func.max(events.c.id))).scalar_one())


def version(connection: Connection, name: str) -> str | None:
    columns = (
        jobs.c.status,
        jobs.c.updated_at,
        jobs.c.total_count,
        jobs.c.iteration,
        jobs.c.published_count,
        jobs.c.logged_event_id,
    )
    row = connection.execute(select(*columns).where(jobs.c.name_key == name.lower())).one_or_none()
    return None if row is None else f"{tuple(row)} {activity(connection, name)}"
