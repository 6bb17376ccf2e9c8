"""The SQL of links for new passwords."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from trigpoint.db import Connection
from trigpoint.db.tables.workforce import password_resets


def add(connection: Connection, token_sha256: str, worker_id: str, expires_at: datetime) -> None:
    connection.execute(
        insert(password_resets).values(token_sha256=token_sha256, worker_id=worker_id, expires_at=expires_at)
    )


def find(connection: Connection, token_sha256: str, now: datetime) -> str | None:
    """The id of the worker whose link it is; None if it has expired or is unknown."""
    query = select(password_resets.c.worker_id).where(
        password_resets.c.token_sha256 == token_sha256, password_resets.c.expires_at > now
    )
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def remove_all_of(connection: Connection, worker_id: str) -> None:
    connection.execute(delete(password_resets).where(password_resets.c.worker_id == worker_id))


def remove_expired(connection: Connection, now: datetime) -> None:
    connection.execute(delete(password_resets).where(password_resets.c.expires_at <= now))
