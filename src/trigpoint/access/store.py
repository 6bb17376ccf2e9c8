"""The SQL of access keys."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import and_, bindparam, insert, or_, select, update

from trigpoint.db import Connection, Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.access import access_keys
from trigpoint.db.tables.workforce import workers


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
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeyInForce:
    """A key that was not revoked, and the role of the person whose key it is."""

    key: StoredKey
    owner_role: str | None


_COLUMNS = tuple(access_keys.c[field.name] for field in fields(StoredKey))
_KEY = Prepared(
    # A key of a person ends with the account and with the role in the console.
    select(*_COLUMNS, workers.c.console_role)
    .join(workers, workers.c.id == access_keys.c.owner_id, isouter=True)
    .where(
        access_keys.c.access_key_id == bindparam("access_key_id"),
        access_keys.c.revoked_at.is_(None),
        or_(
            access_keys.c.owner_id.is_(None),
            and_(workers.c.console_role.is_not(None), workers.c.disabled.is_(False)),
        ),
    )
)


def find_key(database: Database, access_key_id: str) -> KeyInForce | None:
    """The key of this id, read from the database each time. None if it is unknown, revoked, or its owner's role is."""
    row = database.look_up(_KEY, {"access_key_id": access_key_id})
    return None if row is None else KeyInForce(StoredKey(*row[:-1]), row[-1])


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


def keys_of(connection: Connection, owner_id: str) -> list[StoredKey]:
    """The keys of a person that were not revoked, oldest first."""
    query = select(access_keys).where(access_keys.c.owner_id == owner_id, access_keys.c.revoked_at.is_(None))
    rows = connection.execute(query.order_by(access_keys.c.created_at, access_keys.c.access_key_id))
    return [StoredKey(**row._mapping) for row in rows]


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
            owner_id=key.owner_id,
        )
    )
