"""The SQL of transform jobs."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from trigpoint.core.stored import stored
from trigpoint.db.tables.transform import transform_jobs
from trigpoint.hosting.store import NamedTable
from trigpoint.hosting.transform.model import TransformInstance, TransformJob, TransformOutcome, TransformSpec

_spec, _outcome, _instances = (
    stored(TransformSpec),
    stored(TransformOutcome),
    stored(tuple[TransformInstance, ...]),
)


def get(connection: Connection, job_id: str) -> TransformJob | None:
    row = connection.execute(select(transform_jobs).where(transform_jobs.c.id == job_id)).first()
    return _from_row(row) if row else None


def replace(connection: Connection, job: TransformJob) -> bool:
    """Writes the job with the next revision if it still has the one it was read with; False when it was changed."""
    changed = connection.execute(
        update(transform_jobs)
        .where(transform_jobs.c.id == job.id, transform_jobs.c.revision == job.revision)
        .values(**_to_row(job) | {"revision": job.revision + 1})
    )
    return changed.rowcount == 1


def _to_row(job: TransformJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        "arn": job.arn,
        "spec": msgspec.to_builtins(job.spec),
        "request": dict(job.request),
        "revision": job.revision,
        "status": job.status,
        "failure_reason": job.failure_reason,
        "outcome": msgspec.to_builtins(job.outcome) or {},  # the column may not be NULL
        "workers": msgspec.to_builtins(job.instances),
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
    }


def _from_row(row: Row[Any]) -> TransformJob:
    values = {name: value for name, value in row._mapping.items() if name != "name_key"}
    values["spec"] = _spec(row.spec)
    values["outcome"] = _outcome(row.outcome) if row.outcome else None
    values["instances"] = _instances(values.pop("workers"))
    return TransformJob(**values)


JOBS = NamedTable(transform_jobs, _to_row, _from_row)
