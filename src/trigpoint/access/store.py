"""The SQL of access keys."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from trigpoint.db import Connection, Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.access import access_keys


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A row of the table. Its secret is encrypted."""

    access_key_id: str
    name: str
    secret_encrypted: str
    identity: str
    read_only: bool
    created_at: datetime
    revoked_at: datetime | None


_KEY = Prepared(
    select(*(access_keys.c[field.name] for field in fields(StoredKey))).where(
        access_keys.c.access_key_id == bindparam("access_key_id"), access_keys.c.revoked_at.is_(None)
    )
)


def find_key(database: Database, access_key_id: str) -> StoredKey | None:
    """The key of this id, read from the database each time. None if it is unknown or revoked."""
    row = database.look_up(_KEY, {"access_key_id": access_key_id})
    return None if row is None else StoredKey(*row)


def find_key_named(connection: Connection, name: str) -> StoredKey | None:
    """The key of this name. None if it is unknown or revoked."""
    row = connection.execute(
        select(access_keys).where(access_keys.c.name == name, access_keys.c.revoked_at.is_(None))
    ).one_or_none()
    return StoredKey(**row._mapping) if row else None


def all_keys(connection: Connection) -> list[StoredKey]:
    """All keys, revoked ones too, oldest first."""
    order = access_keys.c.created_at, access_keys.c.access_key_id
    return [StoredKey(**row._mapping) for row in connection.execute(select(access_keys).order_by(*order))]


def revoke_key(connection: Connection, access_key_id: str, revoked_at: datetime) -> None:
    """Revokes a key: removes its secret and frees its name. Its identity stays readable."""
    connection.execute(
        update(access_keys)
        .where(access_keys.c.access_key_id == access_key_id)
        .values(name=access_key_id, secret_encrypted="", revoked_at=revoked_at)
    )


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
