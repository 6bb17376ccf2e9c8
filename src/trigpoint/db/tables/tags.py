"""Table of resource tags, and the three operations on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, delete, insert, select

from trigpoint.db.tables.metadata import UtcDateTime, metadata

tags = Table(
    "tags",
    metadata,
    Column("arn", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)


def put_tags(connection: Connection, arn: str, pairs: Mapping[str, str], at: datetime) -> None:
    """Sets the tags in `pairs`, replacing equal keys; other tags of the resource stay."""
    delete_tags(connection, arn, pairs)
    if pairs:
        connection.execute(
            insert(tags), [{"arn": arn, "key": k, "value": v, "created_at": at} for k, v in pairs.items()]
        )


def get_tags(connection: Connection, arn: str) -> dict[str, str]:
    """The tags of a resource, by key in alphabetical order."""
    rows = connection.execute(select(tags.c.key, tags.c.value).where(tags.c.arn == arn).order_by(tags.c.key))
    return {row.key: row.value for row in rows}


def delete_tags(connection: Connection, arn: str, keys: Iterable[str]) -> None:
    """Removes the named tags; names that are not there are passed over."""
    connection.execute(delete(tags).where(tags.c.arn == arn, tags.c.key.in_(list(keys))))
