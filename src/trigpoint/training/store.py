"""How are training jobs kept: the SQL of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from trigpoint.core.paging import Page, beyond, cut_page, decode_position
from trigpoint.db.tables.training import training_jobs as jobs
from trigpoint.training.model import Metric, TrainingJob, TrainingSpec, Transition

_SORT_COLUMNS = {
    "CreationTime": [jobs.c.created_at, jobs.c.name],
    "Name": [jobs.c.name],
    "Status": [jobs.c.status, jobs.c.name],
}


@dataclass(frozen=True, slots=True)
class Query:
    """Which jobs are listed, in which order; `..._after` includes the time itself, `..._before` does not."""

    name_contains: str = ""
    status: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    sort_by: str = "CreationTime"
    descending: bool = False
    limit: int = 10
    next_token: str | None = None


def add(connection: Connection, job: TrainingJob) -> bool:
    """Adds the job; False when its name is taken."""
    try:
        with connection.begin_nested():
            connection.execute(insert(jobs).values(_to_row(job)))
    except IntegrityError:
        return False
    return True


def get(connection: Connection, job_id: str) -> TrainingJob | None:
    row = connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
    return None if row is None else _from_row(row)


def find(connection: Connection, name: str) -> TrainingJob | None:
    """The job of exactly this name."""
    row = connection.execute(select(jobs).where(jobs.c.name == name)).mappings().first()
    return None if row is None else _from_row(row)


def arn_of_namesake(connection: Connection, name: str) -> str | None:
    """The ARN of the job whose name is this one but for the case of its letters."""
    found: str | None = connection.execute(
        select(jobs.c.arn).where(jobs.c.name_key == name.lower())
    ).scalar_one_or_none()
    return found


def replace(connection: Connection, job: TrainingJob) -> bool:
    """Writes the job if it still has the revision that it was read with, and counts that up; else False."""
    row = _to_row(job)
    row["revision"] = job.revision + 1
    changed = connection.execute(
        update(jobs).where(jobs.c.id == job.id, jobs.c.revision == job.revision).values(row)
    )
    return changed.rowcount == 1


def remove(connection: Connection, job: TrainingJob) -> bool:
    """Deletes the job if it still has the revision it was read with."""
    gone = connection.execute(delete(jobs).where(jobs.c.id == job.id, jobs.c.revision == job.revision))
    return gone.rowcount == 1


def find_page(connection: Connection, query: Query) -> Page[TrainingJob]:
    """One page of jobs."""
    columns = _SORT_COLUMNS[query.sort_by]
    statement = select(jobs).where(*_conditions(query)).limit(query.limit + 1)
    if query.next_token:
        kinds = {column.name: datetime if column.name == "created_at" else str for column in columns}
        after = decode_position(query.next_token, kinds)
        statement = statement.where(beyond(columns, after, descending=query.descending))
    statement = statement.order_by(*(c.desc() if query.descending else c.asc() for c in columns))
    found = [_from_row(row) for row in connection.execute(statement).mappings()]
    return cut_page(found, query.limit, lambda job: {c.name: getattr(job, c.name) for c in columns})


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.name_contains:
        conditions.append(func.lower(jobs.c.name).contains(query.name_contains.lower(), autoescape=True))
    if query.status is not None:
        conditions.append(jobs.c.status == query.status)
    if query.created_after is not None:
        conditions.append(jobs.c.created_at >= query.created_after)
    if query.created_before is not None:
        conditions.append(jobs.c.created_at < query.created_before)
    if query.updated_after is not None:
        conditions.append(jobs.c.updated_at >= query.updated_after)
    if query.updated_before is not None:
        conditions.append(jobs.c.updated_at < query.updated_before)
    return conditions


def _to_row(job: TrainingJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        "name_key": job.name.lower(),
        "arn": job.arn,
        "spec": job.spec.to_json(),
        "request": dict(job.request),
        "revision": job.revision,
        "status": job.status,
        "secondary_status": job.secondary_status,
        "transitions": [_transition_to_json(each) for each in job.transitions],
        "stop_cause": job.stop_cause,
        "failure_reason": job.failure_reason,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "launched_at": job.launched_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "metrics": [[metric.name, metric.value, metric.at.isoformat()] for metric in job.metrics],
        "log_offset": job.log_offset,
    }


def _from_row(row: Mapping[Any, Any]) -> TrainingJob:
    values = {key: row[key] for key in row if key != "name_key"}
    values["spec"] = TrainingSpec.from_json(row["spec"])
    values["transitions"] = tuple(_transition_from_json(each) for each in row["transitions"])
    values["metrics"] = tuple(
        Metric(name, value, datetime.fromisoformat(at)) for name, value, at in row["metrics"]
    )
    return TrainingJob(**values)


def _transition_to_json(each: Transition) -> list[str | None]:
    ended_at = None if each.ended_at is None else each.ended_at.isoformat()
    return [each.status, each.started_at.isoformat(), ended_at, each.message]


def _transition_from_json(each: list[Any]) -> Transition:
    status, started_at, ended_at, message = each
    return Transition(
        status,
        datetime.fromisoformat(started_at),
        None if ended_at is None else datetime.fromisoformat(ended_at),
        message,
    )
