"""The part of one thread in a write transaction that several threads share, on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from trigpoint.db.prepared import driver_of

Work = Callable[[Connection], Any]
"""Reads and writes in the transaction of the connection that it is given."""


@dataclass(eq=False, slots=True)
class SharedWrite:
    """Works that are done one after the other, and what they returned."""

    works: Sequence[Work]
    results: list[Any] = field(default_factory=list)

    def do(self, connection: Connection) -> BaseException | None:
        """Does the works. One that raises is undone and ends them; returns its error.

        Raises: an error that has ended the whole transaction.
        """
        raw = driver_of(connection)
        for work in self.works:
            raw.execute("SAVEPOINT work")
            try:
                self.results.append(work(connection))
            except BaseException as problem:  # noqa: BLE001 - raised by the thread whose work it is
                try:
                    raw.execute("ROLLBACK TO work")
                except (
                    sqlite3.Error
                ):  # SQLite has rolled back the whole transaction, for example on a full disk
                    raise problem from None
                raw.execute("RELEASE work")
                return problem
            raw.execute("RELEASE work")
        return None
