"""The SQL of log streams: the rows that connect a stream's name with its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from trigpoint.db.tables.compute import log_streams


@dataclass(frozen=True, slots=True)
class LogStream:
    """The log of one program; its supervisor writes the file at `path`."""

    group: str
    name: str
    path: Path
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A name that log streams share; it exists when its first stream does."""

    name: str
    created_at: datetime


def put(connection: Connection, group: str, stream: str, path: Path, at: datetime) -> None:
    """Adds the stream. A stream that exists keeps its time and gets the path."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(log_streams).values(
        group_name=group, stream_name=stream, path=str(path), created_at=at
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["group_name", "stream_name"], set_={"path": str(path)}
        )
    )


def remove(connection: Connection, groups: str, before: datetime) -> list[Path]:
    """Deletes the streams from before this time in all groups whose names begin with `groups`; their files."""
    old = (
        log_streams.c.group_name.startswith(groups, autoescape=True),
        log_streams.c.created_at < before,
    )
    paths = [Path(row.path) for row in connection.execute(select(log_streams.c.path).where(*old))]
    if paths:
        connection.execute(delete(log_streams).where(*old))
    return paths


def groups(connection: Connection) -> list[LogGroup]:
    """All groups, by name."""
    rows = connection.execute(
        select(log_streams.c.group_name, func.min(log_streams.c.created_at).label("created_at"))
        .group_by(log_streams.c.group_name)
        .order_by(log_streams.c.group_name)
    )
    return [LogGroup(row.group_name, row.created_at) for row in rows]


def streams(connection: Connection, group: str, prefix: str = "") -> list[LogStream]:
    """The streams of a group whose names begin with `prefix`, by name."""
    rows = connection.execute(
        select(log_streams)
        .where(
            log_streams.c.group_name == group, log_streams.c.stream_name.startswith(prefix, autoescape=True)
        )
        .order_by(log_streams.c.stream_name)
    )
    # SQLite's LIKE takes a for A
    return [_stream(row) for row in rows if row.stream_name.startswith(prefix)]


def stream(connection: Connection, group: str, name: str) -> LogStream | None:
    """One stream; None when it does not exist."""
    row = connection.execute(
        select(log_streams).where(log_streams.c.group_name == group, log_streams.c.stream_name == name)
    ).first()
    return _stream(row) if row else None


def _stream(row: object) -> LogStream:
    return LogStream(row.group_name, row.stream_name, Path(row.path), row.created_at)  # type: ignore[attr-defined]
