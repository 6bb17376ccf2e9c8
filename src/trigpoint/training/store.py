"""The SQL of training jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from trigpoint.compute.group import Group, Member
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.core.stored import stored
from trigpoint.db.tables.training import training_jobs as jobs
from trigpoint.training.model import TERMINAL, Metric, StatusTransition, TrainingJob, TrainingSpec


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
    """The ARN of the job with this name in any case."""
    found: str | None = connection.execute(
        select(jobs.c.arn).where(jobs.c.name_key == name.lower())
    ).scalar_one_or_none()
    return found


def replace(connection: Connection, job: TrainingJob) -> bool:
    """Writes the job with the next revision; False when somebody changed it since it was read."""
    row = _to_row(job)
    row["revision"] = job.revision + 1
    changed = connection.execute(
        update(jobs).where(jobs.c.id == job.id, jobs.c.revision == job.revision).values(row)
    )
    return changed.rowcount == 1


def remove(connection: Connection, job: TrainingJob) -> bool:
    """Deletes the job; False when somebody changed it since it was read."""
    gone = connection.execute(delete(jobs).where(jobs.c.id == job.id, jobs.c.revision == job.revision))
    return gone.rowcount == 1


def find_page(connection: Connection, wanted: ListFilter) -> Page[TrainingJob]:
    """One page of jobs."""
    rows = connection.execute(wanted.narrow(select(jobs), jobs.c, tie_break=jobs.c.name)).all()
    return wanted.page_of(rows, lambda row: _from_row(row._mapping), tie_break=jobs.c.name)


# A transition and a metric are stored as lists, which take less room than objects.
_TransitionRow = tuple[str, datetime, datetime | None, str]
_MetricRow = tuple[str, float, datetime]
_transitions = stored(list[_TransitionRow])
_metrics = stored(list[_MetricRow], strict=False)  # SQLite gives a whole number back as an int
_spec, _members = stored(TrainingSpec), stored(tuple[Member, ...])


def _to_row(job: TrainingJob) -> dict[str, Any]:
    values = {field.name: getattr(job, field.name) for field in fields(job) if field.name != "group"}
    return values | {
        "name_key": job.name.lower(),
        "spec": msgspec.to_builtins(job.spec),
        "request": dict(job.request),
        "transitions": msgspec.to_builtins([astuple(each) for each in job.transitions]),
        "metrics": msgspec.to_builtins([astuple(each) for each in job.metrics]),
        "members": msgspec.to_builtins(job.group.members),
    }


def _from_row(row: Mapping[Any, Any]) -> TrainingJob:
    values = {key: row[key] for key in row if key not in ("name_key", "members")}
    transitions = _transitions(row["transitions"])
    metrics = _metrics(row["metrics"])
    return TrainingJob(
        **values
        | {
            "spec": _spec(row["spec"]),
            "transitions": tuple(StatusTransition(*each) for each in transitions),
            "metrics": tuple(Metric(*each) for each in metrics),
            "group": Group(_members(row["members"])),
        }
    )


# how jobs stand, for pages


def counts(connection: Connection) -> dict[str, int]:
    """How many jobs have each status. A status without jobs is missing."""
    query = select(jobs.c.status, func.count()).group_by(jobs.c.status)
    return {row[0]: row[1] for row in connection.execute(query)}


def version_of_all(connection: Connection) -> str:
    """A text that changes when a job is created, deleted, or changes its status."""
    newest = connection.execute(select(func.max(jobs.c.created_at))).scalar_one()
    active = connection.execute(
        select(func.count(), func.max(jobs.c.updated_at)).where(jobs.c.status.not_in(sorted(TERMINAL)))
    ).one()
    return f"{newest} {tuple(active)} {sorted(counts(connection).items())}"


def version(connection: Connection, name: str) -> str | None:
    """A text that changes with the job, and with what is read from its log; None without such a job."""
    columns = (jobs.c.revision, jobs.c.status, jobs.c.updated_at)
    row = connection.execute(select(*columns).where(jobs.c.name == name)).one_or_none()
    return None if row is None else str(tuple(row))
