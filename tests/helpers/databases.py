"""Databases with all tables, copied from one that each test process makes once.

Creating the tables takes several times as long as a copy: every test of the stores would wait for that.
"""

from __future__ import annotations

import functools
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from helpers.leftovers import new_folder
from helpers.postgres import PostgresServer
from trigpoint.db import Database


def new_sqlite(file: Path) -> Database:
    """A database with all tables in a new file."""
    shutil.copyfile(_sqlite_original(), file)
    return Database(f"sqlite:///{file}")


@contextmanager
def new_postgres(server: PostgresServer) -> Iterator[Database]:
    """A database with all tables on the server, dropped at the end."""
    with new_postgres_url(server, original=_postgres_original(server)) as url:
        database = Database(url)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def new_postgres_url(server: PostgresServer, *, original: str = "template1") -> Iterator[str]:
    """The URL of a copy of the database `original`, which is empty if not given. The copy is dropped at the end."""
    name = _new_name()
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {original}")
    try:
        yield server.url(name)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@functools.cache
def _sqlite_original() -> Path:
    file = new_folder("database") / "original.db"
    _create_tables(f"sqlite:///{file}")
    return file


@functools.cache
def _postgres_original(server: PostgresServer) -> str:
    name = _new_name()
    _administer(server, f"CREATE DATABASE {name}")
    _create_tables(server.url(name))
    return name


def _create_tables(url: str) -> None:
    database = Database(url)
    database.create_all()
    database.close()


def _new_name() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


def _administer(server: PostgresServer, statement: str) -> None:
    engine = create_engine(server.url("postgres", "+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
