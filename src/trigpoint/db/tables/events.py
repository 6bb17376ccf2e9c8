"""Table of events: one row for every status change of any resource."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, insert

from trigpoint.db.tables.metadata import UtcDateTime, metadata

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("resource_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Index("ix_events_kind_resource_id", "kind", "resource_id"),
)


def record_event(
    connection: Connection, kind: str, resource_id: str, at: datetime, status: str, detail: str = ""
) -> None:
    """Adds the row that says resource `resource_id` took `status`."""
    connection.execute(
        insert(events).values(kind=kind, resource_id=resource_id, at=at, status=status, detail=detail)
    )


def record_events(
    connection: Connection, kind: str, resource_id: str, at: datetime, found: Iterable[tuple[str, str]]
) -> None:
    """Adds a row for each status and detail."""
    rows = [
        {"kind": kind, "resource_id": resource_id, "at": at, "status": status, "detail": detail}
        for status, detail in found
    ]
    if rows:
        connection.execute(insert(events), rows)
