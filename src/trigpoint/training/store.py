"""How are training jobs kept: the SQL of this package."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db.tables.training import training_jobs as jobs
from trigpoint.training.model import Metric, TrainingJob, TrainingSpec, Transition


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


def find_page(connection: Connection, wanted: ListFilter) -> Page[TrainingJob]:
    """One page of jobs."""
    rows = connection.execute(wanted.narrow(select(jobs), jobs.c, tie_break=jobs.c.name)).all()
    return wanted.page_of(rows, lambda row: _from_row(row._mapping), tie_break=jobs.c.name)


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
