"""Fixtures that every test may use: a database of each kind, a clock, settings of a fresh data directory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import psutil
import pytest

from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from helpers.postgres import PostgresServer

# One thread in each process that computes, so that several trainings and test processes can share a small machine.
# Threads that wait for each other keep a core busy: on two cores two threads take twice the time of the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Images of containers often set this. Each of the many processes that tests start would then compile all that it
# imports: torch alone for two seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest_plugins = [
    "helpers.chromium",  # one browser for the whole run: Playwright allows one at a time
    "helpers.leftovers",
]


# The first example may wait for an import or for another process of a busy machine: no limit of time for an example.
hypothesis.settings.register_profile("trigpoint", deadline=None)
hypothesis.settings.load_profile("trigpoint")


def pytest_xdist_auto_num_workers() -> int:
    """One process more than the machine has processors: the tests of servers, jobs and browsers often wait."""
    return 1 + (psutil.cpu_count() or 1)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that the test moves."""
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of this test's own data directory."""
    return Settings(data_dir=tmp_path / "data", correction_s=1)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A fresh SQLite database with all tables."""
    from helpers.databases import new_sqlite  # the helpers import a plugin, which pytest must import first

    database = new_sqlite(tmp_path / "test.db")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database with all tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    from helpers.databases import new_postgres

    with new_postgres(request.getfixturevalue("postgres_server")) as database:
        yield database


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    from helpers.databases import new_postgres_url

    with new_postgres_url(postgres_server) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One database for all tests of a file that only read what one of them prepared."""
    from helpers.databases import new_postgres, new_sqlite

    if request.param == "sqlite":
        database = new_sqlite(tmp_path_factory.mktemp("database") / "test.db")
        yield database
        database.close()
        return
    with new_postgres(request.getfixturevalue("postgres_server")) as database:
        yield database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """This test run's own PostgreSQL server. Skips where PostgreSQL is not installed."""
    from helpers.postgres import running_postgres

    with running_postgres() as server:
        yield server
