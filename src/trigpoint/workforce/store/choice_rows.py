"""The SQL of what workers chose on the task page of a job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.db import Connection
from trigpoint.db.tables.workforce import worker_choices as choices


def get(connection: Connection, worker_id: str, job_name: str) -> str | None:
    """The choices as JSON text; None if there are none."""
    query = select(choices.c.content).where(choices.c.worker_id == worker_id, choices.c.job_name == job_name)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def put(connection: Connection, worker_id: str, job_name: str, content: str, at: datetime) -> None:
    """Adds or replaces the choices."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = {"content": content, "saved_at": at}
    statement = dialect.insert(choices).values(worker_id=worker_id, job_name=job_name, **new)
    connection.execute(statement.on_conflict_do_update(index_elements=["worker_id", "job_name"], set_=new))


def keep_newest(connection: Connection, worker_id: str, count: int) -> None:
    """Deletes the worker's choices in all jobs but those saved last."""
    newest = (
        select(choices.c.job_name)
        .where(choices.c.worker_id == worker_id)
        .order_by(choices.c.saved_at.desc(), choices.c.job_name)
        .limit(count)
    )
    connection.execute(
        delete(choices).where(choices.c.worker_id == worker_id, choices.c.job_name.not_in(newest))
    )
