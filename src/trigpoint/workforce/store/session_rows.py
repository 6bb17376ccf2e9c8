"""The SQL of sessions and one-time entry tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from trigpoint.db import Connection, Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.workforce import entry_tokens, worker_sessions, workers
from trigpoint.workforce.people import Worker
from trigpoint.workforce.store.worker_rows import worker_in


def add(
    connection: Connection, token_sha256: str, worker_id: str, created_at: datetime, expires_at: datetime
) -> None:
    connection.execute(
        insert(worker_sessions).values(
            token_sha256=token_sha256, worker_id=worker_id, created_at=created_at, expires_at=expires_at
        )
    )


def look_up(database: Database, token_sha256: str, now: datetime) -> tuple[Worker, datetime] | None:
    """The worker of a session and the session's end. None if it has expired or the worker is disabled."""
    row = database.look_up(_SESSION, {"token_sha256": token_sha256, "now": now})
    return None if row is None else (worker_in(row), row.expires_at)


def extend(connection: Connection, token_sha256: str, expires_at: datetime) -> None:
    mine = worker_sessions.c.token_sha256 == token_sha256
    connection.execute(update(worker_sessions).where(mine).values(expires_at=expires_at))


def remove(connection: Connection, token_sha256: str) -> None:
    connection.execute(delete(worker_sessions).where(worker_sessions.c.token_sha256 == token_sha256))


def remove_all_of(connection: Connection, worker_id: str) -> None:
    """Ends every session of the worker and every entry token that was issued to them."""
    connection.execute(delete(worker_sessions).where(worker_sessions.c.worker_id == worker_id))
    connection.execute(delete(entry_tokens).where(entry_tokens.c.worker_id == worker_id))


def remove_expired(connection: Connection, now: datetime) -> None:
    connection.execute(delete(worker_sessions).where(worker_sessions.c.expires_at <= now))
    connection.execute(delete(entry_tokens).where(entry_tokens.c.expires_at <= now))


def add_entry_token(connection: Connection, token_sha256: str, worker_id: str, expires_at: datetime) -> None:
    connection.execute(
        insert(entry_tokens).values(token_sha256=token_sha256, worker_id=worker_id, expires_at=expires_at)
    )


def take_entry_token(connection: Connection, token_sha256: str, now: datetime) -> str | None:
    """The id of the entry token's worker. The token is used up. None if it was used, expired or unknown."""
    mine = entry_tokens.c.token_sha256 == token_sha256
    row = connection.execute(select(entry_tokens).where(mine)).one_or_none()
    taken = connection.execute(delete(entry_tokens).where(mine)).rowcount
    return row.worker_id if row is not None and taken == 1 and row.expires_at > now else None


_SESSION = Prepared(
    select(workers, worker_sessions.c.expires_at)
    .join(worker_sessions, worker_sessions.c.worker_id == workers.c.id)
    .where(
        worker_sessions.c.token_sha256 == bindparam("token_sha256"),
        worker_sessions.c.expires_at > bindparam("now"),
        workers.c.disabled.is_(False),
        workers.c.deleted_at.is_(None),
    )
)
