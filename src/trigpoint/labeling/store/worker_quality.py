"""The SQL of what is known about the workers of a job."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.db.tables.labeling import labeling_worker_quality as known
from trigpoint.labeling.model import WorkerQuality


def of_job(connection: Connection, job_id: str) -> dict[str, WorkerQuality]:
    """What is known about the job's workers, by worker id."""
    rows = connection.execute(select(known).where(known.c.job_id == job_id).order_by(known.c.worker_id))
    return {
        row.worker_id: WorkerQuality(row.answers, row.agreement, row.accuracy, row.details) for row in rows
    }


def put(connection: Connection, job_id: str, workers: Mapping[str, WorkerQuality]) -> None:
    """Replaces what is known about these workers of the job."""
    if not workers:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(known).values(
        [
            {
                "job_id": job_id,
                "worker_id": worker_id,
                "answers": quality.answers,
                "agreement": quality.agreement,
                "accuracy": quality.accuracy,
                "details": dict(quality.details),
            }
            for worker_id, quality in workers.items()
        ]
    )
    new = {name: insert.excluded[name] for name in ("answers", "agreement", "accuracy", "details")}
    connection.execute(insert.on_conflict_do_update(index_elements=["job_id", "worker_id"], set_=new))
