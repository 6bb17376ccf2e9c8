"""Access to the database: one engine over SQLite (WAL) and PostgreSQL, with read and write transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url

from trigpoint.db.prepared import Prepared

SQLITE_BUSY_S = 30.0
_SCHEMA_LOCK = 0x7472696770  # an advisory lock's number that no other program uses


class Database:
    """Connections to one database. Thread-safe; transactions are short.

    On SQLite a write transaction takes the write lock at its beginning (BEGIN IMMEDIATE), so that nothing read in it
    can be stale when it writes. Threads of this process queue on a lock first, which is fair, unlike SQLite's polling.
    `synchronous=FULL` makes a commit durable before it returns.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_postgres = make_url(url).get_backend_name() == "postgresql"
        self.engine = _postgres_engine(url) if self.is_postgres else _sqlite_engine(url)
        self._writers = threading.Lock()
        self._lookers: deque[sqlite3.Connection] = deque()  # idle SQLite connections for look-ups

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent state of the database; writing through it is a mistake."""
        with self.engine.connect() as connection:
            yield connection
            connection.rollback()

    def look_up(self, query: Prepared, parameters: Mapping[str, Any]) -> Any:
        """The only row of a query, with one attribute per column, outside of a transaction; None when there is none.

        For queries of every request: on SQLite it costs a tenth of a `read()` with one statement.
        """
        if self.is_postgres:
            with self.read() as connection:
                return query.one_or_none(connection, parameters)
        try:
            looker = self._lookers.pop()
        except IndexError:
            looker = self._new_looker()
        try:
            return query.look_up(looker, parameters)
        finally:
            self._lookers.append(looker)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        if self.is_postgres:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writers, self.engine.connect().execution_options(trigpoint_write=True) as connection:
            connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Excludes all other callers, in every process; for changes of the schema.

        On SQLite, where only the server of the data directory opens a database, it does nothing.
        """
        if not self.is_postgres:
            yield
            return
        with self.engine.connect() as connection:
            connection.execute(select(func.pg_advisory_lock(_SCHEMA_LOCK)))
            connection.commit()  # the session keeps the lock; an open transaction would block others
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(_SCHEMA_LOCK)))
                connection.commit()

    def create_all(self) -> None:
        """Creates all tables without migrations; for tests."""
        from trigpoint.db import tables

        tables.load_all().create_all(self.engine)

    def close(self) -> None:
        """Closes all connections."""
        while self._lookers:
            self._lookers.pop().close()
        self.engine.dispose()

    def _new_looker(self) -> sqlite3.Connection:
        path = make_url(self.url).database
        assert path is not None, "the database of a server is a file"
        looker = sqlite3.connect(path, SQLITE_BUSY_S, isolation_level=None, check_same_thread=False)
        looker.execute("PRAGMA query_only = ON")
        return looker


def _postgres_engine(url: str) -> Engine:
    drivered = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(drivered, pool_size=20, max_overflow=20, pool_pre_ping=True)


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=40,
        connect_args={"timeout": SQLITE_BUSY_S, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _configure(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # transactions are begun below, not by the driver
        cursor = raw.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {int(SQLITE_BUSY_S * 1000)}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("trigpoint_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
