"""What does the index say: the SQL of buckets, objects, uploads and parts.

Functions take a connection, so that the caller decides what is one transaction. `lock_keys` makes writers of
one key take turns: on SQLite a write transaction is alone anyway, on PostgreSQL it takes an advisory lock for
each key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from trigpoint.db import Database
from trigpoint.db.prepared import Prepared
from trigpoint.db.tables.objects import buckets, objects, upload_parts, uploads
from trigpoint.objects.files import Fingerprint
from trigpoint.objects.model import Attributes, Bucket, ObjectInfo, Part, RemoteLocation, Upload
from trigpoint.objects.names import after_prefix

_MAX_BATCH = 1001


@dataclass(frozen=True, slots=True)
class Entry:
    """An object's row: what is known of it, and which file holds it."""

    info: ObjectInfo
    path: str
    fingerprint: Fingerprint
    upload_id: str = ""

    @property
    def key(self) -> str:
        return self.info.key


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part's row: what is known of it, and which file of the upload's folder holds it."""

    part: Part
    file_name: str


def lock_keys(connection: Connection, bucket: str, keys: Iterable[str]) -> None:
    """Waits until no other transaction writes any of these keys, and keeps others out until this one ends."""
    if connection.dialect.name != "postgresql":
        return
    for number in sorted({_lock_number(bucket, key) for key in keys}):
        connection.execute(select(func.pg_advisory_xact_lock(number)))


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
    return None if row is None else _bucket(row)


def look_up_bucket(database: Database, name: str) -> Bucket | None:
    """The bucket as it is now, outside of any transaction."""
    row = database.look_up(_PREPARED_BUCKET, {"bucket": name})
    return None if row is None else _bucket(row)


def look_up_bucket_and_object(
    database: Database, bucket: str, key: str
) -> tuple[Bucket | None, Entry | None]:
    """The bucket, and its object if it is indexed, as they are now, outside of any transaction."""
    return _bucket_and_entry(database.look_up(_PREPARED_BUCKET_AND_OBJECT, {"bucket": bucket, "key": key}))


def keep_bucket_and_find_object(
    connection: Connection, bucket: str, key: str
) -> tuple[Bucket | None, Entry | None]:
    """The bucket, which cannot be deleted before this write transaction ends, and its object if it is indexed."""
    parameters = {"bucket": bucket, "key": key}
    return _bucket_and_entry(_KEPT_BUCKET_AND_OBJECT.one_or_none(connection, parameters))


def all_buckets(connection: Connection) -> list[Bucket]:
    return [_bucket(row) for row in connection.execute(select(buckets).order_by(buckets.c.name))]


def set_cors_rules(connection: Connection, name: str, rules: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(cors_rules=list(rules)))


def set_bucket_tags(connection: Connection, name: str, tags: Mapping[str, str]) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(bucket_tags=dict(tags)))


def remove_bucket(connection: Connection, name: str) -> bool:
    """Removes the bucket and its unfinished uploads; False, with nothing done, when it holds objects."""
    connection.execute(select(buckets.c.name).where(buckets.c.name == name).with_for_update())
    if connection.execute(select(exists().where(objects.c.bucket == name))).scalar_one():
        return False
    connection.execute(delete(buckets).where(buckets.c.name == name))
    return True


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
    """(key, path, fingerprint) of those of these objects that there are."""
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

    Rows are fetched `batch` at first, then twice as many each time: who stops early has not paid for a page.
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


def add_upload(connection: Connection, upload: Upload) -> None:
    attributes = upload.attributes
    connection.execute(
        insert(uploads).values(
            id=upload.id,
            bucket=upload.bucket,
            key=upload.key,
            content_type=attributes.content_type,
            headers=dict(attributes.headers),
            metadata=dict(attributes.metadata),
            tags=dict(attributes.tags),
            checksum_algorithm=upload.checksum_algorithm,
            checksum_type=upload.checksum_type,
            initiated_at=upload.initiated_at,
        )
    )


def find_upload(
    connection: Connection, bucket: str, key: str, upload_id: str, *, to_change: bool = False
) -> Upload | None:
    """The upload; with `to_change` no other transaction changes it or its parts before this one ends."""
    query = select(uploads).where(uploads.c.id == upload_id, uploads.c.bucket == bucket, uploads.c.key == key)
    row = connection.execute(query.with_for_update() if to_change else query).one_or_none()
    return None if row is None else _upload(row)


def remove_upload(connection: Connection, upload_id: str) -> None:
    connection.execute(delete(uploads).where(uploads.c.id == upload_id))


def scan_uploads(
    connection: Connection, bucket: str, prefix: str, after: tuple[str, str], limit: int
) -> list[Upload]:
    """Unfinished uploads of keys with `prefix`, by key and then by id, behind `after` = (key, id)."""
    key, upload_id = after
    conditions = [
        uploads.c.bucket == bucket,
        uploads.c.key >= prefix,
        or_(uploads.c.key > key, and_(uploads.c.key == key, uploads.c.id > upload_id)),
    ]
    end = after_prefix(prefix)
    if end is not None:
        conditions.append(uploads.c.key < end)
    query = select(uploads).where(*conditions).order_by(uploads.c.key, uploads.c.id).limit(limit)
    return [_upload(row) for row in connection.execute(query)]


def upload_ids(connection: Connection, bucket: str) -> set[str]:
    """The ids of the bucket's unfinished uploads."""
    return set(connection.execute(select(uploads.c.id).where(uploads.c.bucket == bucket)).scalars())


def put_part(connection: Connection, upload_id: str, stored: StoredPart) -> str | None:
    """Writes a part's row; the file name of the part that it replaces, if any."""
    part = stored.part
    is_part = and_(upload_parts.c.upload_id == upload_id, upload_parts.c.part_number == part.part_number)
    old = connection.execute(select(upload_parts.c.file_name).where(is_part)).scalar_one_or_none()
    connection.execute(delete(upload_parts).where(is_part))
    connection.execute(
        insert(upload_parts).values(
            upload_id=upload_id,
            part_number=part.part_number,
            size_bytes=part.size_bytes,
            etag=part.etag,
            checksums=dict(part.checksums),
            file_name=stored.file_name,
            modified_at=part.modified_at,
        )
    )
    return old


def parts_of(
    connection: Connection, upload_id: str, after: int = 0, limit: int | None = None
) -> list[StoredPart]:
    """The parts with a number above `after`, in ascending order."""
    query = (
        select(upload_parts)
        .where(upload_parts.c.upload_id == upload_id, upload_parts.c.part_number > after)
        .order_by(upload_parts.c.part_number)
        .limit(limit)
    )
    return [_stored_part(row) for row in connection.execute(query)]


# Statements that every request runs are built once: building one costs more than running it.
_BUCKET = select(buckets).where(buckets.c.name == bindparam("bucket"))
_KEPT_BUCKET = _BUCKET.with_for_update(read=True)
_PREPARED_BUCKET = Prepared(_BUCKET)
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


def _lock_number(bucket: str, key: str) -> int:
    digest = hashlib.blake2b(f"{bucket}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _bucket_and_entry(row: Any) -> tuple[Bucket | None, Entry | None]:
    if row is None:
        return None, None
    return _bucket(row), None if row.key is None else _entry(row)


def _bucket(row: Row[Any]) -> Bucket:
    folder = None if row.linked_folder is None else Path(row.linked_folder)
    remote = None
    if row.remote is not None:
        remote = RemoteLocation(**row.remote, sealed_secret=row.remote_secret)
    return Bucket(row.name, row.created_at, folder, tuple(row.cors_rules), remote, row.bucket_tags or {})


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


def _upload(row: Row[Any]) -> Upload:
    attributes = Attributes(row.content_type, row.metadata, row.headers, row.tags)
    return Upload(
        row.id, row.bucket, row.key, attributes, row.checksum_algorithm, row.checksum_type, row.initiated_at
    )


def _stored_part(row: Row[Any]) -> StoredPart:
    part = Part(row.part_number, row.size_bytes, row.etag, row.checksums, row.modified_at)
    return StoredPart(part, row.file_name)
