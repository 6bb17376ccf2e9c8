"""Locks by which writers of one key take turns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import (
    Connection,
    func,
    select,
)


def lock_keys(connection: Connection, bucket: str, keys: Iterable[str]) -> None:
    """Waits until no other transaction writes any of these keys, and keeps others out until this one ends."""
    if connection.dialect.name != "postgresql":
        return
    for number in sorted({_lock_number(bucket, key) for key in keys}):
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def _lock_number(bucket: str, key: str) -> int:
    digest = hashlib.blake2b(f"{bucket}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
