"""The lock under which workers, teams and the workforce are changed."""

from __future__ import annotations

from sqlalchemy import text

from trigpoint.db import Connection

_LOCK_KEY = 0x74726967_70656F70  # "trigpeop"; no other code uses this advisory lock


def lock(connection: Connection) -> None:
    """Waits until no other transaction changes people, so that what this one reads stays true until it commits.

    SQLite's write transactions exclude each other without it. PostgreSQL holds the lock until the commit.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
