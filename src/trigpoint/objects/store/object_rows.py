"""SQL of the rows of objects. Functions take a connection, as in `bucket_rows`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from trigpoint.db import Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.objects import buckets, objects
from trigpoint.objects.files import Fingerprint
from trigpoint.objects.model import Bucket, ObjectInfo
from trigpoint.objects.names import after_prefix
from trigpoint.objects.store.bucket_rows import bucket_of

_MAX_BATCH = 1001


@dataclass(frozen=True, slots=True)
class Entry:
    """An object's row: its attributes and its file."""

    info: ObjectInfo
    path: str
    fingerprint: Fingerprint
    upload_id: str = ""

    @property
    def key(self) -> str:
        return self.info.key


def look_up_bucket_and_object(
    database: Database, bucket: str, key: str
) -> tuple[Bucket | None, Entry | None]:
    """The bucket, and its object if it is indexed, read outside of any transaction."""
    return _bucket_and_entry(database.look_up(_PREPARED_BUCKET_AND_OBJECT, {"bucket": bucket, "key": key}))


def keep_bucket_and_find_object(
    connection: Connection, bucket: str, key: str
) -> tuple[Bucket | None, Entry | None]:
    """The bucket, which cannot be deleted before this write transaction ends, and its object if it is indexed."""
    parameters = {"bucket": bucket, "key": key}
    return _bucket_and_entry(_KEPT_BUCKET_AND_OBJECT.one_or_none(connection, parameters))


def find_object(connection: Connection, bucket: str, key: str) -> Entry | None:
    row = connection.execute(_OBJECT, {"bucket": bucket, "key": key}).one_or_none()
    return None if row is None else _entry(row)


def keys_of_time(connection: Connection, bucket: str, mtime_ns: int) -> list[str]:
    """The keys of the objects whose files have this time; reads all of the bucket's rows."""
    query = select(objects.c.key).where(objects.c.bucket == bucket, objects.c.mtime_ns == mtime_ns)
    return list(connection.execute(query).scalars())


def find_objects(connection: Connection, bucket: str, keys: Iterable[str]) -> list[Entry]:
    query = select(objects).where(objects.c.bucket == bucket, objects.c.key.in_(list(keys)))
    return [_entry(row) for row in connection.execute(query)]


def find_places(
    connection: Connection, bucket: str, keys: Sequence[str]
) -> list[tuple[str, str, Fingerprint]]:
    """(key, path, fingerprint) of those of these objects that exist."""
    query = select(objects.c.key, objects.c.path, objects.c.size_bytes, objects.c.mtime_ns)
    rows = connection.execute(query.where(objects.c.bucket == bucket, objects.c.key.in_(keys)))
    return [(row.key, row.path, Fingerprint(row.size_bytes, row.mtime_ns)) for row in rows]


def put_object(connection: Connection, entry: Entry, *, replaces: bool) -> None:
    """Writes an object's row; `replaces` says whether there is one, which the caller, holding the lock,
    knows.
    """
    values = _values(entry)
    if replaces:
        _REPLACE_OBJECT.execute(connection, values | {"old_bucket": entry.info.bucket, "old_key": entry.key})
    else:
        _ADD_OBJECT.execute(connection, values)


def set_tags(connection: Connection, bucket: str, key: str, tags: Mapping[str, str]) -> bool:
    """False when there is no such object."""
    changed = connection.execute(update(objects).where(_is_object(bucket, key)).values(tags=dict(tags)))
    return changed.rowcount == 1


def remove_objects(connection: Connection, bucket: str, keys: Iterable[str]) -> None:
    connection.execute(delete(objects).where(objects.c.bucket == bucket, objects.c.key.in_(list(keys))))


def scan_objects(
    connection: Connection, bucket: str, prefix: str, lower: str, inclusive: bool, batch: int
) -> Iterator[Entry]:
    """The objects whose keys begin with `prefix`, from `lower` on, in byte order.

    Rows are fetched `batch` at first, then twice as many each time: a reader that stops early does not pay for a page.
    """
    end = after_prefix(prefix)
    while True:
        conditions = [
            objects.c.bucket == bucket,
            objects.c.key >= lower if inclusive else objects.c.key > lower,
        ]
        if end is not None:
            conditions.append(objects.c.key < end)
        rows = connection.execute(
            select(objects).where(*conditions).order_by(objects.c.key).limit(batch)
        ).all()
        yield from map(_entry, rows)
        if len(rows) < batch:
            return
        lower, inclusive, batch = rows[-1].key, False, min(2 * batch, _MAX_BATCH)


_ADD_OBJECT = Prepared(insert(objects))
_REPLACE_OBJECT = Prepared(
    update(objects)
    .where(objects.c.bucket == bindparam("old_bucket"), objects.c.key == bindparam("old_key"))
    .values({column: bindparam(column.name) for column in objects.c})
)
_OBJECT = select(objects).where(objects.c.bucket == bindparam("bucket"), objects.c.key == bindparam("key"))
_BUCKET_AND_OBJECT = (
    select(buckets, *objects.c)
    .select_from(
        buckets.outerjoin(
            objects, and_(objects.c.bucket == buckets.c.name, objects.c.key == bindparam("key"))
        )
    )
    .where(buckets.c.name == bindparam("bucket"))
)
_PREPARED_BUCKET_AND_OBJECT = Prepared(_BUCKET_AND_OBJECT)
_KEPT_BUCKET_AND_OBJECT = Prepared(_BUCKET_AND_OBJECT.with_for_update(read=True, of=buckets))


def _is_object(bucket: str, key: str) -> ColumnElement[bool]:
    return and_(objects.c.bucket == bucket, objects.c.key == key)


def _bucket_and_entry(row: Any) -> tuple[Bucket | None, Entry | None]:
    if row is None:
        return None, None
    return bucket_of(row), None if row.key is None else _entry(row)


def _entry(row: Row[Any]) -> Entry:
    info = ObjectInfo(
        row.bucket,
        row.key,
        row.size_bytes,
        row.etag,
        row.content_type,
        row.metadata,
        row.modified_at,
        row.headers,
        row.tags,
        row.checksums,
        row.checksum_type,
        tuple(row.part_sizes),
        tuple(row.part_checksums or ()),
    )
    return Entry(info, row.path, Fingerprint(row.size_bytes, row.mtime_ns), row.upload_id)


def _values(entry: Entry) -> dict[str, Any]:
    info = entry.info
    return {
        "bucket": info.bucket,
        "key": info.key,
        "size_bytes": info.size_bytes,
        "etag": info.etag,
        "content_type": info.content_type,
        "headers": dict(info.headers),
        "metadata": dict(info.metadata),
        "tags": dict(info.tags),
        "checksums": dict(info.checksums),
        "checksum_type": info.checksum_type,
        "part_sizes": list(info.part_sizes),
        "part_checksums": list(info.part_checksums),
        "upload_id": entry.upload_id,
        "modified_at": info.modified_at,
        "path": entry.path,
        "mtime_ns": entry.fingerprint.mtime_ns,
    }
