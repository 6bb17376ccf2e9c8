"""Table of access keys, which sign AWS requests."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Table, Text

from trigpoint.db.tables.metadata import UtcDateTime, metadata

access_keys = Table(
    "access_keys",
    metadata,
    Column("access_key_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("secret_encrypted", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("read_only", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    # the worker whose role limits the key; NULL for keys of the installation
    Column("owner_id", Text),
    Index("ix_access_keys_owner_id", "owner_id"),
)
