"""Access to the database: one engine over SQLite (WAL) and PostgreSQL, with read and write transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url

from trigpoint.core.errors import OutOfSpace
from trigpoint.db.group_commit import GroupCommit, Waiting
from trigpoint.db.outages import DATABASE_ERRORS, database_outage
from trigpoint.db.prepared import Prepared
from trigpoint.db.shared_writes import SharedWrite, Work

SQLITE_BUSY_S = 30.0
POSTGRES_CONNECT_S = 10
MOST_IDLE_LOOKERS = 16
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
        self.engine = _pooled_postgres(url) if self.is_postgres else _sqlite_engine(url)
        if not self.is_postgres:
            _create_file(url)
        self._writers = threading.Lock()
        self._group = GroupCommit(self._write_together)
        self._lookers: deque[sqlite3.Connection] = deque()  # idle SQLite connections for look-ups

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent state of the database; writing through it is a mistake.

        Raises: Unavailable, as all methods: the database is down, damaged, read-only or without space.
        """
        with self._outages(), self.engine.connect() as connection:
            connection.begin()  # a prepared statement does not begin a transaction
            yield connection
            connection.rollback()

    def look_up(self, query: Prepared, parameters: Mapping[str, Any]) -> Any:
        """The only row of a query, with one attribute per column, outside of a transaction; None when there is none.

        For queries of every request: on SQLite it costs a tenth of a `read()` with one statement.
        """
        found = self.look_up_all(query, parameters)
        assert len(found) <= 1, "a look-up is by a key"
        return found[0] if found else None

    def look_up_all(self, query: Prepared, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """As `look_up`: all rows of the query."""
        if self.is_postgres:
            with self.read() as connection:
                return query.all(connection, parameters)
        try:
            looker = self._lookers.pop()
        except IndexError:
            looker = self._new_looker()
        try:
            found = query.look_up_all(looker, parameters)
        except DATABASE_ERRORS:
            looker.close()
            with self._outages():
                raise
        self._keep(looker)
        return found

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        with self._outages(), self._transaction() as connection:
            yield connection

    def write_each(self, *works: Work) -> list[Any]:
        """What the works return, each done in a write transaction that is committed when this returns.

        A work that raises changes nothing, and the works after it are not done. On SQLite, where one transaction at a
        time writes, those of threads that wait share one and its sync; on PostgreSQL each work has its own. So a work
        must be short and must not depend on being alone in its transaction.
        Raises: the error of the work that raised; those before it are committed.
        """
        if not self.is_postgres:
            shared = SharedWrite(works)
            with self._outages():
                self._group.run(shared, shared)
            return shared.results
        results = []
        for work in works:
            with self.write() as connection:
                results.append(work(connection))
        return results

    def _write_together(self, batch: Sequence[Waiting[SharedWrite]]) -> None:
        with self.write() as connection:
            for waiting in batch:
                waiting.problem = waiting.write.do(connection)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
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
        with self._outages(), self._schema_lock() if self.is_postgres else nullcontext():
            yield

    @contextmanager
    def _schema_lock(self) -> Iterator[None]:
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
        with suppress(IndexError):  # another thread may take the last one
            while True:
                self._lookers.pop().close()
        self.engine.dispose()

    @contextmanager
    def _outages(self) -> Iterator[None]:
        """Raises errors that report an outage as that outage. After it all connections are opened again."""
        try:
            yield
        except DATABASE_ERRORS as error:
            outage = database_outage(error)
            if outage is None:
                raise
            if not isinstance(outage, OutOfSpace):
                self.close()
            raise outage from error

    def _keep(self, looker: sqlite3.Connection) -> None:
        """Keeps an idle connection for the next look-up; each of them has two open files."""
        if len(self._lookers) < MOST_IDLE_LOOKERS:
            self._lookers.append(looker)
        else:
            looker.close()

    def _new_looker(self) -> sqlite3.Connection:
        with self._outages():
            looker = _connect(self.url)
            looker.isolation_level = None
            looker.execute("PRAGMA query_only = ON")
            return looker


def postgres_engine(url: str, **options: Any) -> Engine:
    """An engine with these options. Connecting takes `POSTGRES_CONNECT_S` at most, unless the URL has its own limit."""
    drivered = make_url(url).set(drivername="postgresql+psycopg")
    limit = {} if "connect_timeout" in drivered.query else {"connect_timeout": POSTGRES_CONNECT_S}
    return create_engine(drivered, connect_args=limit, **options)


def _pooled_postgres(url: str) -> Engine:
    return postgres_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)


def _connect(url: str) -> sqlite3.Connection:
    """A connection to an existing file: one that was removed is not replaced by an empty one without notice."""
    name = make_url(url).database
    assert name, "the database of a server is a file"
    uri = f"file:{quote(name)}?mode=rw"
    return sqlite3.connect(uri, SQLITE_BUSY_S, uri=True, check_same_thread=False)


def _create_file(url: str) -> None:
    """Creates the database's file, if it does not exist, readable only by its owner.

    SQLite gives its other files the same mode.
    """
    name = make_url(url).database
    if name:
        with suppress(FileNotFoundError):  # no such folder: connecting reports it
            os.close(os.open(name, os.O_RDWR | os.O_CREAT, 0o600))


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=40,
        creator=lambda: _connect(url),
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
