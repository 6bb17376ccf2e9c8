"""The SQL of labeling jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, func, select, update
from sqlalchemy import insert as insert_into

from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.core.stored import stored
from trigpoint.db import Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.events import events, record_event
from trigpoint.db.tables.labeling import labeling_jobs as jobs
from trigpoint.labeling.model import KIND, Counters, Job, JobSpec, JobStatus

_spec = stored(JobSpec)


@dataclass(frozen=True, slots=True)
class Standing:
    """Which job a name belongs to, whose it is, and its status now."""

    id: str
    team_arn: str
    status: JobStatus


def insert(connection: Connection, job: Job) -> bool:
    """Adds the job; False when a job of that name exists, in upper or lower case."""
    if connection.dialect.name == "postgresql":
        key = func.hashtextextended(f"{KIND}/{job.name.lower()}", 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
    if find_by_name(connection, job.name) is not None:
        return False
    connection.execute(
        insert_into(jobs).values(
            id=job.id,
            name=job.name,
            name_key=job.name.lower(),
            arn=job.arn,
            reference_code=job.reference_code,
            team_arn=job.team_arn,
            task_type=job.task_type,
            spec=msgspec.to_builtins(job.spec),
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


def find_by_name(connection: Connection, name: str) -> Job | None:
    """The job of that name, in upper or lower case."""
    row = connection.execute(_query().where(jobs.c.name_key == name.lower())).one_or_none()
    return None if row is None else _job(row)


def look_up_standing(database: Database, name: str) -> Standing | None:
    """The status of the job of that name, in upper or lower case; read outside of any transaction."""
    row = database.look_up(_STANDING, {"name_key": name.lower()})
    return None if row is None else Standing(row.id, row.team_arn, JobStatus(row.status))


def of_teams(connection: Connection, team_arns: Sequence[str], status: JobStatus) -> list[Job]:
    """The jobs of these teams in that status, oldest first."""
    query = _query().where(jobs.c.team_arn.in_(list(team_arns)), jobs.c.status == status)
    return [_job(row) for row in connection.execute(query.order_by(jobs.c.created_at, jobs.c.id))]


def template(connection: Connection, job_id: str) -> str:
    """The task template as it was when the job started."""
    found: str | None = connection.execute(select(jobs.c.template).where(jobs.c.id == job_id)).scalar_one()
    assert found is not None, "tasks are offered only after the template was read"
    return found


def lock(connection: Connection, job_id: str) -> None:
    """Makes transactions on the same job wait for each other; on SQLite all writers wait anyway."""
    connection.execute(select(jobs.c.id).where(jobs.c.id == job_id).with_for_update(key_share=True))


def set_inputs(
    connection: Connection,
    job_id: str,
    labels: Sequence[str],
    category_file: Mapping[str, Any],
    template: str,
    counters: Counters,
) -> None:
    """Stores the label categories and their file, the task template and the manifest's counts."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            labels=list(labels),
            category_file=dict(category_file),
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
    """Changes the status if it is still the expected one, and records the event; False otherwise."""
    changed = connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.status == expected)
        .values(status=status, updated_at=at, failure_reason=reason, **values)
    )
    if changed.rowcount != 1:
        return False
    record_event(connection, KIND, job_id, at, status, reason or "")
    return True


def stopping_since(connection: Connection, job_id: str) -> datetime | None:
    """When the job became Stopping; None if it did not."""
    found: datetime | None = connection.execute(
        select(func.max(events.c.at)).where(
            events.c.kind == KIND, events.c.resource_id == job_id, events.c.status == JobStatus.STOPPING
        )
    ).scalar_one()
    return found


def begin_iteration(connection: Connection, job_id: str, iteration: int, at: datetime) -> None:
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(iteration=iteration, updated_at=at))


def add_results(connection: Connection, job_id: str, labeled: int, failed: int, at: datetime) -> None:
    """Counts objects that were labeled or failed."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            labeled_count=jobs.c.labeled_count + labeled,
            failed_count=jobs.c.failed_count + failed,
            updated_at=at,
        )
    )


def add_auto_labeled(connection: Connection, job_id: str, count: int, at: datetime) -> None:
    """Counts objects that a model has labeled."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(auto_labeled_count=jobs.c.auto_labeled_count + count, updated_at=at)
    )


def count_changed_by_audit(connection: Connection, job_id: str, count: int, at: datetime) -> None:
    """Counts objects that now have the label of people instead of the machine's; output.manifest is due again."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            labeled_count=jobs.c.labeled_count + count,
            auto_labeled_count=jobs.c.auto_labeled_count - count,
            published_count=-1,
            updated_at=at,
        )
    )


def set_final_model(connection: Connection, job_id: str, model_arn: str) -> None:
    """Records the model of the job's last round of automated labeling."""
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(final_model_arn=model_arn))


def set_published(connection: Connection, job_id: str, finished_count: int, at: datetime) -> None:
    """Records that output.manifest shows `finished_count` results."""
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


def _query() -> Select[Any]:
    return select(*(c for c in jobs.c if c.name != "template"))


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        arn=row.arn,
        reference_code=row.reference_code,
        team_arn=row.team_arn,
        task_type=row.task_type,
        spec=_spec(row.spec),
        status=JobStatus(row.status),
        failure_reason=row.failure_reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
        inputs_read=row.labels is not None,
        labels=tuple(row.labels or ()),
        counters=Counters(
            total=row.total_count,
            carried_human=row.carried_human_count,
            carried_machine=row.carried_machine_count,
            labeled=row.labeled_count,
            failed=row.failed_count,
            auto_labeled=row.auto_labeled_count,
        ),
        iteration=row.iteration,
        published_count=row.published_count,
        published_at=row.published_at,
        stop_reason=row.stop_reason,
        category_file=row.category_file or {},
        final_model_arn=row.final_model_arn,
    )


_STANDING = Prepared(
    select(jobs.c.id, jobs.c.team_arn, jobs.c.status).where(jobs.c.name_key == bindparam("name_key"))
)
