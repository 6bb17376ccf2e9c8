"""What a database holds, found out without changing it: before a start, which would migrate it."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, exc, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from trigpoint.core.errors import Invalid, Unavailable
from trigpoint.db.engine import postgres_engine
from trigpoint.db.migrate import check_revision, foreign_database
from trigpoint.db.outages import DATABASE_ERRORS, database_outage

CHECK_S = 5.0
"""A SQLite file is checked for damage for at most this time."""
_MOST_BUCKETS = 1000


@dataclass(frozen=True, slots=True)
class Inspection:
    """A database as it is found.

    Args:   is_empty: it has no tables.
            sealed_root_secret: the encrypted secret of the root key; '' before the first start is complete.
            filled_buckets: some of the local buckets that hold objects, at most 1,000.
    """

    is_empty: bool
    sealed_root_secret: str = ""
    filled_buckets: tuple[str, ...] = ()


def inspect_database(url: str) -> Inspection:
    """What the database of a URL holds. A SQLite file must exist.

    Raises: Invalid: it is damaged, belongs to another program, or was written by a newer version of Trigpoint.
            Unavailable: it does not answer.
    """
    shown = shown_url(url)
    try:
        engine = _engine(url)
    except ModuleNotFoundError as missing:
        raise Invalid(
            f"PostgreSQL needs the Python package {missing.name}; run: pip install 'trigpoint[postgres]'"
        ) from None
    try:
        with engine.connect() as connection:
            return _inspect(connection, shown)
    except DATABASE_ERRORS as error:
        outage = database_outage(error)
        if outage is None:
            raise
        raise Unavailable(f"the database {shown} cannot be used: {outage.message}") from error


def shown_url(url: str) -> str:
    """The URL without its password.

    Raises: Invalid: it cannot be read.
    """
    try:
        return make_url(url).render_as_string()
    except (exc.ArgumentError, ValueError):
        raise Invalid(
            "TRIGPOINT_DATABASE_URL cannot be read; it must look like postgresql://user:password@host:5432/name, with "
            "special characters of the password percent-encoded"
        ) from None


def check_file(path: Path) -> None:
    """Looks for damage in a SQLite file, for a few seconds at most. Changes nothing.

    Raises: Invalid: the file is damaged or is no SQLite database.
    """
    ends_at = time.monotonic() + CHECK_S
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    try:
        connection.set_progress_handler(lambda: time.monotonic() > ends_at, 10_000)
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return
        found = str(error)
    finally:
        connection.close()
    if found != "ok":
        raise Invalid(
            f"the database file {path} is damaged ({' '.join(found.split())}); restore it from your backup, "
            f"and remove {path.name}-wal and {path.name}-shm"
        )


def _engine(url: str) -> Engine:
    """An engine that creates no SQLite file and does not write to one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return postgres_engine(url, poolclass=NullPool)
    file = quote(str(Path(parsed.database or "")))
    return create_engine(f"sqlite:///file:{file}?mode=ro&uri=true", poolclass=NullPool)


def _inspect(connection: Connection, shown: str) -> Inspection:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return Inspection(is_empty=True)
    if "alembic_version" not in tables:
        # PostgreSQL's extensions may have tables of their own in an empty database
        if connection.dialect.name == "sqlite" or tables & {"access_keys", "buckets", "objects"}:
            raise foreign_database(shown)
        return Inspection(is_empty=True)
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().first()
    check_revision(revision, shown)
    if not {"access_keys", "buckets", "objects"} <= tables:
        return Inspection(is_empty=True)  # a first start was killed while it created the tables
    return Inspection(False, _root_secret(connection), _filled_buckets(connection))


def _root_secret(connection: Connection) -> str:
    query = "SELECT secret_encrypted FROM access_keys WHERE name = 'root' AND revoked_at IS NULL"
    return connection.execute(text(query)).scalars().first() or ""


def _filled_buckets(connection: Connection) -> tuple[str, ...]:
    query = (
        "SELECT name FROM buckets WHERE EXISTS (SELECT 1 FROM objects WHERE objects.bucket = buckets.name) "
        "ORDER BY name LIMIT :most"
    )
    return tuple(connection.execute(text(query), {"most": _MOST_BUCKETS}).scalars())
