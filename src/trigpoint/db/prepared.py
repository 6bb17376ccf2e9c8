"""Statements that every request runs: compiled once, then handed to the driver as text.

SQLAlchemy spends 100 us on a statement that SQLite answers in 10. On SQLite a `Prepared` bypasses it; on
PostgreSQL, where the way to the server costs more, the statement is executed like any other.
docs/architecture/fast-paths.md has the figures.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Executable, Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Compiled

Processor = Callable[[Any], Any]
_DIALECT = SQLiteDialect_pysqlite()


class Prepared:
    """One statement with named parameters, which must all be given. Values keep their columns' types.

    Its methods need a connection in a transaction.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement

    def execute(self, connection: Connection, parameters: Mapping[str, Any]) -> None:
        """Runs a statement without rows."""
        self.changed(connection, parameters)

    def changed(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """Runs a statement without rows; returns how many it changed."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters).rowcount
        cursor = driver_of(connection).execute(self._sql, self._bound(parameters))
        count = cursor.rowcount
        cursor.close()
        return count

    def one_or_none(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The only row, with one attribute per column. None when there is none."""
        return _only(self.all(connection, parameters))

    def scalar(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The first column of the only row. None when there is none."""
        row = self.one_or_none(connection, parameters)
        return None if row is None else row[0]

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """All rows."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters).all()
        return self.look_up_all(driver_of(connection), parameters)

    def look_up(self, raw: sqlite3.Connection, parameters: Mapping[str, Any]) -> Any:
        """The only row, straight from SQLite's driver. None when there is none."""
        return _only(self.look_up_all(raw, parameters))

    def look_up_all(self, raw: sqlite3.Connection, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """All rows, straight from SQLite's driver."""
        # All rows are fetched: an unfinished statement would keep its view of the database.
        return [self._made(row) for row in raw.execute(self._sql, self._bound(parameters)).fetchall()]

    def _made(self, values: Sequence[Any]) -> Any:
        row = list(values)
        for index, processor in self._results:
            row[index] = processor(row[index])
        return self._row(*row)

    def _bound(self, parameters: Mapping[str, Any]) -> Sequence[Any]:
        return [
            parameters.get(name, default) if processor is None else processor(parameters.get(name, default))
            for name, processor, default in self._order
        ]

    @cached_property
    def _compiled(self) -> Compiled:
        return self._statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined, no-any-return]

    @cached_property
    def _sql(self) -> str:
        return str(self._compiled)

    @cached_property
    def _order(self) -> list[tuple[str, Processor | None, Any]]:
        """The names of the parameters as the text has them, with their converters and the statement's own values."""
        binds: Mapping[str, Any] = self._compiled.binds  # type: ignore[attr-defined]
        names: Sequence[str] = self._compiled.positiontup  # type: ignore[attr-defined]
        return [
            (name, binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT), binds[name].value)
            for name in names
        ]

    @cached_property
    def _results(self) -> list[tuple[int, Processor]]:
        """The columns whose values differ from those of the driver, with their converters."""
        types = [column.type.dialect_impl(_DIALECT) for column in self._columns]
        processors = [kind.result_processor(_DIALECT, None) for kind in types]
        return [(index, found) for index, found in enumerate(processors) if found is not None]

    @cached_property
    def _row(self) -> Callable[..., Any]:
        return namedtuple("Row", [column.name for column in self._columns])

    @property
    def _columns(self) -> Sequence[Any]:
        assert isinstance(self._statement, Select)
        return list(self._statement.selected_columns)


def _only(rows: Sequence[Any]) -> Any:
    assert len(rows) <= 1, "a look-up is by a key"
    return rows[0] if rows else None


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw
