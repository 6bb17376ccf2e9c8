"""Tables of the object store: buckets, the index of their objects, and unfinished multipart uploads."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from trigpoint.db.tables.metadata import Json, KeyText, UtcDateTime, metadata

buckets = Table(
    "buckets",
    metadata,
    Column("name", KeyText, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("linked_folder", Text),
    Column("cors_rules", Json, nullable=False),
    Column("bucket_tags", Json),
    Column("settings", Json),  # documents of S3 that were accepted, by the word that names them in the query
    Column("remote", Json),  # the place of a remote bucket, and the access key id for it
    Column("remote_secret", Text),  # the secret access key, sealed
)

objects = Table(
    "objects",
    metadata,
    Column("bucket", KeyText, ForeignKey("buckets.name"), primary_key=True),
    Column("key", KeyText, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("checksums", Json, nullable=False),
    Column("checksum_type", Text, nullable=False),
    Column("part_sizes", Json, nullable=False),
    Column("part_checksums", Json),  # of the parts, in the algorithm of the object's own
    Column("upload_id", Text, nullable=False, server_default=""),
    Column("modified_at", UtcDateTime, nullable=False),
    Column("path", Text, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    sqlite_with_rowid=False,  # rows are stored in key order, so that a page of a listing is one sequential read
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("bucket", KeyText, ForeignKey("buckets.name", ondelete="CASCADE"), nullable=False),
    Column("key", KeyText, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("metadata", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("checksum_algorithm", Text, nullable=False),
    Column("checksum_type", Text, nullable=False),
    Column("initiated_at", UtcDateTime, nullable=False),
    Index("ix_uploads_bucket_key_id", "bucket", "key", "id"),
)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("upload_id", Text, ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("part_number", Integer, primary_key=True, autoincrement=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("checksums", Json, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("modified_at", UtcDateTime, nullable=False),
)
