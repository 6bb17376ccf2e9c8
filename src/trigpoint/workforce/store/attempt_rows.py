"""The SQL of failed sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from trigpoint.db import Connection
from trigpoint.db.tables.workforce import sign_in_attempts


def find(connection: Connection, key: str) -> tuple[int, float, datetime] | None:
    """The number of failures, the seconds to wait after the last one, and the time of the last one."""
    row = connection.execute(select(sign_in_attempts).where(sign_in_attempts.c.key == key)).one_or_none()
    return None if row is None else (row.failures, row.wait_s, row.last_at)


def put(connection: Connection, key: str, failures: int, wait_s: float, at: datetime) -> None:
    values = {"failures": failures, "wait_s": wait_s, "last_at": at}
    if find(connection, key) is None:
        connection.execute(insert(sign_in_attempts).values(key=key, **values))
    else:
        connection.execute(update(sign_in_attempts).where(sign_in_attempts.c.key == key).values(**values))


def remove(connection: Connection, keys: Iterable[str]) -> None:
    connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.key.in_(list(keys))))


def remove_before(connection: Connection, at: datetime) -> None:
    connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.last_at < at))


def keep_at_most(connection: Connection, rows: int) -> None:
    """Removes the rows beyond this number: those that make somebody wait the shortest, the oldest of them first."""
    table = sign_in_attempts
    surplus = connection.execute(select(func.count()).select_from(table)).scalar_one() - rows
    if surplus > 0:
        least = select(table.c.key).order_by(table.c.wait_s, table.c.last_at).limit(surplus)
        connection.execute(delete(table).where(table.c.key.in_(least)))
