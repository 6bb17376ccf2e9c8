"""SQL of the rows of buckets. Functions take a connection: the caller decides what is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from trigpoint.db import Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.objects import buckets, objects
from trigpoint.objects.model import Bucket, RemoteLocation
from trigpoint.objects.store.locks import lock_keys


def add_bucket(connection: Connection, bucket: Bucket) -> bool:
    """False when a bucket of the name exists."""
    lock_keys(connection, bucket.name, [""])
    if find_bucket(connection, bucket.name) is not None:
        return False
    folder = None if bucket.linked_folder is None else str(bucket.linked_folder)
    values = {"name": bucket.name, "created_at": bucket.created_at, "linked_folder": folder, "cors_rules": []}
    if bucket.remote is not None:
        location = asdict(bucket.remote)
        values |= {"remote_secret": location.pop("sealed_secret"), "remote": location}
    connection.execute(insert(buckets).values(values))
    return True


def find_bucket(connection: Connection, name: str, *, keep: bool = False) -> Bucket | None:
    """The bucket; with `keep` it cannot be deleted before this transaction ends."""
    row = connection.execute(_KEPT_BUCKET if keep else _BUCKET, {"bucket": name}).one_or_none()
    return None if row is None else bucket_of(row)


def look_up_bucket(database: Database, name: str) -> Bucket | None:
    """The bucket, read outside of any transaction."""
    row = database.look_up(_PREPARED_BUCKET, {"bucket": name})
    return None if row is None else bucket_of(row)


def all_buckets(connection: Connection) -> list[Bucket]:
    return [bucket_of(row) for row in connection.execute(select(buckets).order_by(buckets.c.name))]


def sizes(connection: Connection) -> dict[str, tuple[int, int]]:
    """How many objects each bucket has, and their bytes together. It reads the whole index. Empty buckets are missing."""
    query = select(objects.c.bucket, func.count(), func.sum(objects.c.size_bytes)).group_by(objects.c.bucket)
    return {row[0]: (row[1], int(row[2])) for row in connection.execute(query)}


def set_cors_rules(connection: Connection, name: str, rules: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(cors_rules=list(rules)))


def set_bucket_tags(connection: Connection, name: str, tags: Mapping[str, str]) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(bucket_tags=dict(tags)))


def set_settings(connection: Connection, name: str, settings: Mapping[str, str]) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(settings=dict(settings)))


def remove_bucket(connection: Connection, name: str) -> bool:
    """Removes the bucket and its unfinished uploads; False, with nothing done, when it holds objects."""
    connection.execute(select(buckets.c.name).where(buckets.c.name == name).with_for_update())
    if connection.execute(select(exists().where(objects.c.bucket == name))).scalar_one():
        return False
    connection.execute(delete(buckets).where(buckets.c.name == name))
    return True


# Statements that every request runs are built once: building one costs more than running it.
_BUCKET = select(buckets).where(buckets.c.name == bindparam("bucket"))
_KEPT_BUCKET = _BUCKET.with_for_update(read=True)
_PREPARED_BUCKET = Prepared(_BUCKET)


def bucket_of(row: Row[Any]) -> Bucket:
    folder = None if row.linked_folder is None else Path(row.linked_folder)
    remote = None
    if row.remote is not None:
        remote = RemoteLocation(**row.remote, sealed_secret=row.remote_secret)
    return Bucket(
        row.name,
        row.created_at,
        folder,
        tuple(row.cors_rules),
        remote,
        row.bucket_tags or {},
        row.settings or {},
    )
