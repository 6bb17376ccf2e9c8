"""The SQL of forms that people of the console have begun to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.db import Connection
from trigpoint.db.tables.workforce import form_drafts as drafts


def get(
    connection: Connection, draft_id: str, worker_id: str, form: str, *, lock: bool = False
) -> str | None:
    """The values as JSON text; None if the person has no such draft. `lock` locks it until the transaction ends."""
    query = select(drafts.c.content).where(
        drafts.c.id == draft_id, drafts.c.worker_id == worker_id, drafts.c.form == form
    )
    if lock:
        query = query.with_for_update()
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def put(connection: Connection, draft_id: str, worker_id: str, form: str, content: str, at: datetime) -> bool:
    """Adds or replaces the draft. False if somebody else has one of that id, which stays."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = {"content": content, "saved_at": at}
    statement = dialect.insert(drafts).values(id=draft_id, worker_id=worker_id, form=form, **new)
    done = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_=new,
            where=(drafts.c.worker_id == worker_id) & (drafts.c.form == form),
        )
    )
    return done.rowcount > 0


def newest(connection: Connection, worker_id: str, form: str, limit: int) -> Sequence[Row[Any, Any, Any]]:
    """Id, content and time of the person's drafts, the one saved last first."""
    query = (
        select(drafts.c.id, drafts.c.content, drafts.c.saved_at)
        .where(drafts.c.worker_id == worker_id, drafts.c.form == form)
        .order_by(drafts.c.saved_at.desc(), drafts.c.id)
        .limit(limit)
    )
    return connection.execute(query).all()


def keep_newest(connection: Connection, worker_id: str, form: str, count: int) -> None:
    """Deletes the person's drafts of the form but those saved last."""
    kept = (
        select(drafts.c.id)
        .where(drafts.c.worker_id == worker_id, drafts.c.form == form)
        .order_by(drafts.c.saved_at.desc(), drafts.c.id)
        .limit(count)
    )
    connection.execute(
        delete(drafts).where(drafts.c.worker_id == worker_id, drafts.c.form == form, drafts.c.id.not_in(kept))
    )


def remove(connection: Connection, draft_id: str, worker_id: str) -> None:
    connection.execute(delete(drafts).where(drafts.c.id == draft_id, drafts.c.worker_id == worker_id))
