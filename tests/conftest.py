"""Fixtures that every test may use: a database of each kind, a clock, settings of a fresh data directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.settings import Settings

pytest_plugins = [
    "helpers.chromium",  # one browser for the whole run: Playwright allows one at a time
    "helpers.leftovers",
]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that the test moves."""
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of this test's own data directory."""
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database with all tables."""
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    database.create_all()
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database with all tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'test.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    database.create_all()
    yield database
    database.close()


@pytest.fixture
def postgres_url(postgres_server: Path) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    with _fresh_postgres(postgres_server) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One database for all tests of a file that only read what one of them prepared."""
    with ExitStack() as until_the_end:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.db'}"
        else:
            server = request.getfixturevalue("postgres_server")
            url = until_the_end.enter_context(_fresh_postgres(server))
        database = Database(url)
        database.create_all()
        until_the_end.callback(database.close)
        yield database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The socket folder of this test run's own PostgreSQL server. Skips where PostgreSQL is not installed."""
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    from helpers.leftovers import new_folder  # a plugin, which pytest must import first

    folder = new_folder("pg")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    options = (
        f"-k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c max_connections=200"
    )
    _run([*as_user, str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"])
    _run(
        [
            *as_user,
            str(binaries / "pg_ctl"),
            "-D",
            str(data),
            "-o",
            options,
            "-w",
            "-l",
            str(folder / "log"),
            "start",
        ]
    )
    try:
        yield folder
    finally:
        _run([*as_user, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _fresh_postgres(socket_folder: Path) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = create_engine(_postgres_url("postgres", socket_folder, "+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield _postgres_url(name, socket_folder)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _postgres_url(name: str, socket_folder: Path, driver: str = "") -> str:
    return f"postgresql{driver}://postgres@/{name}?host={socket_folder}"


def _postgres_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if found:
        return found[-1].parent
    on_path = shutil.which("pg_ctl")
    return Path(on_path).resolve().parent if on_path else None


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
