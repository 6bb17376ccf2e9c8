"""The SQL of the job log: the events of a job that are not in it yet.

Everything that records an event of a job has locked or changed the job's row before in the same transaction. So the
events of a job become visible in the order of their ids, and none appears below one that was already read.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from trigpoint.db.tables.events import events
from trigpoint.db.tables.labeling import labeling_jobs as jobs
from trigpoint.labeling.model import KIND


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An event of the job of this name: a status of the job, or what else happened."""

    id: int
    job_name: str
    status: str
    detail: str


def unlogged(connection: Connection, job_id: str, limit: int) -> list[LogEvent]:
    """The job's oldest events that are not in its log."""
    found = connection.execute(_UNLOGGED.limit(limit), {"job_id": job_id})
    return [LogEvent(row.id, row.name, row.status, row.detail) for row in found]


def set_logged(connection: Connection, job_id: str, event_id: int) -> None:
    """Records that the events up to this one are in the log."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.logged_event_id < event_id)
        .values(logged_event_id=event_id)
    )


_UNLOGGED = (
    select(events.c.id, jobs.c.name, events.c.status, events.c.detail)
    .join_from(jobs, events, (events.c.resource_id == jobs.c.id) & (events.c.id > jobs.c.logged_event_id))
    .where(jobs.c.id == bindparam("job_id"), events.c.kind == KIND)
    .order_by(events.c.id)
)
