"""Tables of work in progress: resources that are due, and log streams."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from trigpoint.db.tables.metadata import KeyText, UtcDateTime, metadata

reconcile_items = Table(
    "reconcile_items",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    # NULL while a handler runs and no other look was requested since it began
    Column("due_at", UtcDateTime),
    # one claim of one process; NULL when no handler runs
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Index("ix_reconcile_items_due_at", "due_at"),
    Index("ix_reconcile_items_lease_until", "lease_until"),
)

log_streams = Table(
    "log_streams",
    metadata,
    Column("group_name", KeyText, primary_key=True),
    Column("stream_name", KeyText, primary_key=True),
    Column("path", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
