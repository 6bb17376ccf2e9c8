"""The SQL of access keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from trigpoint.db import Connection
from trigpoint.db.tables.access import access_keys


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A row of the table; the secret is still sealed."""

    access_key_id: str
    name: str
    secret_encrypted: str
    identity: str
    read_only: bool
    created_at: datetime
    revoked_at: datetime | None


def find_key(connection: Connection, access_key_id: str) -> StoredKey | None:
    """The key that is not revoked and has this id."""
    row = connection.execute(
        select(access_keys).where(
            access_keys.c.access_key_id == access_key_id, access_keys.c.revoked_at.is_(None)
        )
    ).one_or_none()
    return StoredKey(**row._mapping) if row else None


def find_key_named(connection: Connection, name: str) -> StoredKey | None:
    """The key that is not revoked and has this name."""
    row = connection.execute(
        select(access_keys).where(access_keys.c.name == name, access_keys.c.revoked_at.is_(None))
    ).one_or_none()
    return StoredKey(**row._mapping) if row else None


def add_key(connection: Connection, key: StoredKey) -> None:
    """Adds a key; its id and name must be new."""
    connection.execute(
        insert(access_keys).values(
            access_key_id=key.access_key_id,
            name=key.name,
            secret_encrypted=key.secret_encrypted,
            identity=key.identity,
            read_only=key.read_only,
            created_at=key.created_at,
            revoked_at=key.revoked_at,
        )
    )
