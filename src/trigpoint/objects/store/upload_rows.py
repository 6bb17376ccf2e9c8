"""SQL of the rows of multipart uploads and their parts. Functions take a connection, as in `bucket_rows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    delete,
    insert,
    or_,
    select,
)

from trigpoint.db.tables.objects import upload_parts, uploads
from trigpoint.objects.model import Attributes, Part, Upload
from trigpoint.objects.names import after_prefix


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part's row: the part, and its file in the upload's folder."""

    part: Part
    file_name: str


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
    """Unfinished uploads of keys with `prefix`, by key and then by id, after `after` = (key, id)."""
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


def _upload(row: Row[Any]) -> Upload:
    attributes = Attributes(row.content_type, row.metadata, row.headers, row.tags)
    return Upload(
        row.id, row.bucket, row.key, attributes, row.checksum_algorithm, row.checksum_type, row.initiated_at
    )


def _stored_part(row: Row[Any]) -> StoredPart:
    part = Part(row.part_number, row.size_bytes, row.etag, row.checksums, row.modified_at)
    return StoredPart(part, row.file_name)
