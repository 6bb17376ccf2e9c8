"""The SQL of labeling jobs and their consolidation rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db.tables.events import record_event
from trigpoint.db.tables.labeling import labeling_jobs as jobs
from trigpoint.db.tables.labeling import labeling_rounds as rounds
from trigpoint.labeling.model import KIND, Counters, Job, JobSpec, JobStatus, Round

_TUPLES = ("keywords", "content_classifiers")


def insert_job(connection: Connection, job: Job) -> bool:
    """Adds the job; False when a job of the name, in whatever case, exists."""
    if connection.dialect.name == "postgresql":
        key = func.hashtextextended(f"{KIND}/{job.name.lower()}", 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
    if by_name(connection, job.name) is not None:
        return False
    connection.execute(
        insert(jobs).values(
            id=job.id,
            name=job.name,
            name_key=job.name.lower(),
            arn=job.arn,
            reference_code=job.reference_code,
            team_arn=job.team_arn,
            spec=asdict(job.spec),
            status=job.status,
            created_at=job.created_at,
            updated_at=job.updated_at,
        )
    )
    record_event(connection, KIND, job.id, job.created_at, job.status)
    return True


def get(connection: Connection, job_id: str) -> Job:
    return _job(connection.execute(_query().where(jobs.c.id == job_id)).one())


def find(connection: Connection, job_id: str) -> Job | None:
    row = connection.execute(_query().where(jobs.c.id == job_id)).one_or_none()
    return None if row is None else _job(row)


def by_name(connection: Connection, name: str) -> Job | None:
    """The job of that name, in whatever case it is written."""
    row = connection.execute(_query().where(jobs.c.name_key == name.lower())).one_or_none()
    return None if row is None else _job(row)


def of_teams(connection: Connection, team_arns: Sequence[str], status: JobStatus) -> list[Job]:
    """The jobs of these teams in that status, oldest first."""
    query = _query().where(jobs.c.team_arn.in_(list(team_arns)), jobs.c.status == status)
    return [_job(row) for row in connection.execute(query.order_by(jobs.c.created_at, jobs.c.id))]


def template(connection: Connection, job_id: str) -> str:
    """The task template as it was when the job began."""
    found: str | None = connection.execute(select(jobs.c.template).where(jobs.c.id == job_id)).scalar_one()
    assert found is not None, "tasks are offered only after the template was read"
    return found


def lock(connection: Connection, job_id: str) -> None:
    """Makes transactions that take the same job forward wait for each other; on SQLite all writers do
    anyway."""
    connection.execute(select(jobs.c.id).where(jobs.c.id == job_id).with_for_update(key_share=True))


def set_inputs(
    connection: Connection, job_id: str, labels: Sequence[str], template: str, counters: Counters
) -> None:
    """Keeps the label categories and the task template as they are now, and what the manifest has."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            labels=list(labels),
            template=template,
            total_count=counters.total,
            carried_human_count=counters.carried_human,
            carried_machine_count=counters.carried_machine,
        )
    )


def change_status(
    connection: Connection,
    job_id: str,
    expected: JobStatus,
    status: JobStatus,
    at: datetime,
    *,
    reason: str | None = None,
    **values: Any,
) -> bool:
    """Moves the job on if it still has the expected status, and notes the event; False when it has not."""
    changed = connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.status == expected)
        .values(status=status, updated_at=at, failure_reason=reason, **values)
    )
    if changed.rowcount != 1:
        return False
    record_event(connection, KIND, job_id, at, status, reason or "")
    return True


def begin_iteration(connection: Connection, job_id: str, iteration: int, at: datetime) -> None:
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(iteration=iteration, updated_at=at))


def add_results(connection: Connection, job_id: str, labeled: int, failed: int, at: datetime) -> None:
    """Counts objects that came to their end."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            labeled_count=jobs.c.labeled_count + labeled,
            failed_count=jobs.c.failed_count + failed,
            updated_at=at,
        )
    )


def set_published(connection: Connection, job_id: str, finished_count: int, at: datetime) -> None:
    """Notes that output.manifest shows the first `finished_count` results."""
    connection.execute(
        update(jobs).where(jobs.c.id == job_id).values(published_count=finished_count, published_at=at)
    )


def page(
    connection: Connection,
    wanted: ListFilter,
    *,
    team_arn: str | None = None,
    reference_code_contains: str | None = None,
) -> Page[Job]:
    """One page of jobs: all, or those of a work team. The reference code is compared in lower case."""
    query = _query()
    if team_arn is not None:
        query = query.where(jobs.c.team_arn == team_arn)
    if reference_code_contains is not None:
        code = func.lower(jobs.c.reference_code)
        query = query.where(code.contains(reference_code_contains.lower(), autoescape=True))
    rows = connection.execute(wanted.narrow(query, jobs.c, tie_break=jobs.c.id)).all()
    return wanted.page_of(rows, _job, tie_break=jobs.c.id)


# -- rounds


def insert_round(connection: Connection, made: Round) -> None:
    connection.execute(insert(rounds).values(**asdict(made)))


def unfinished_round(connection: Connection, job_id: str) -> Round | None:
    """The round that was begun and not finished; a job has one at most."""
    query = select(rounds).where(rounds.c.job_id == job_id, rounds.c.finished_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else Round(row.id, row.job_id, row.iteration, row.stamp_at, row.created_at)


def last_stamp_at(connection: Connection, job_id: str) -> datetime | None:
    """The latest stamp of the job's rounds."""
    found: datetime | None = connection.execute(
        select(func.max(rounds.c.stamp_at)).where(rounds.c.job_id == job_id)
    ).scalar_one()
    return found


def last_round_at(connection: Connection, job_id: str) -> datetime | None:
    """When the latest of the job's rounds was begun."""
    found: datetime | None = connection.execute(
        select(func.max(rounds.c.created_at)).where(rounds.c.job_id == job_id)
    ).scalar_one()
    return found


def finish_round(connection: Connection, round_id: str, at: datetime) -> bool:
    """False when it was finished before."""
    changed = connection.execute(
        update(rounds).where(rounds.c.id == round_id, rounds.c.finished_at.is_(None)).values(finished_at=at)
    )
    return changed.rowcount == 1


def _query() -> Select[Any]:
    return select(*(c for c in jobs.c if c.name != "template"))


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        arn=row.arn,
        reference_code=row.reference_code,
        team_arn=row.team_arn,
        spec=_spec(row.spec),
        status=JobStatus(row.status),
        failure_reason=row.failure_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
        labels=None if row.labels is None else tuple(row.labels),
        counters=Counters(
            total=row.total_count,
            carried_human=row.carried_human_count,
            carried_machine=row.carried_machine_count,
            labeled=row.labeled_count,
            failed=row.failed_count,
        ),
        iteration=row.iteration,
        published_count=row.published_count,
        published_at=row.published_at,
        stop_reason=row.stop_reason,
    )


def _spec(stored: Mapping[str, Any]) -> JobSpec:
    tuples = {key: tuple(stored[key]) for key in _TUPLES if stored.get(key) is not None}
    return JobSpec(**{**stored, **tuples})
