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
    """One statement with named parameters, which must all be given. Values keep their columns' types."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement

    def execute(self, connection: Connection, parameters: Mapping[str, Any]) -> None:
        """Runs a statement without rows, in a write transaction."""
        if connection.dialect.name != "sqlite":
            connection.execute(self._statement, parameters)
            return
        _driver(connection).execute(self._sql, self._bound(parameters)).close()

    def one_or_none(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The only row, in a write transaction, with one attribute per column. None when there is none."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._statement, parameters).one_or_none()
        return self.look_up(_driver(connection), parameters)

    def look_up(self, raw: sqlite3.Connection, parameters: Mapping[str, Any]) -> Any:
        """The only row, straight from SQLite's driver. None when there is none."""
        # All rows are fetched: an unfinished statement would keep its view of the database.
        rows = raw.execute(self._sql, self._bound(parameters)).fetchall()
        if not rows:
            return None
        assert len(rows) == 1, "a look-up is by a key"
        row = list(rows[0])
        for index, processor in self._results:
            row[index] = processor(row[index])
        return self._row(*row)

    def _bound(self, parameters: Mapping[str, Any]) -> Sequence[Any]:
        return [
            parameters[name] if processor is None else processor(parameters[name])
            for name, processor in self._order
        ]

    @cached_property
    def _compiled(self) -> Compiled:
        return self._statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined, no-any-return]

    @cached_property
    def _sql(self) -> str:
        return str(self._compiled)

    @cached_property
    def _order(self) -> list[tuple[str, Processor | None]]:
        binds: Mapping[str, Any] = self._compiled.binds  # type: ignore[attr-defined]
        names: Sequence[str] = self._compiled.positiontup  # type: ignore[attr-defined]
        return [(name, binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for name in names]

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


def _driver(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw
