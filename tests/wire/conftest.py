"""The whole application, for tests of a file that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.databases import new_sqlite
from helpers.scratch_app import ScratchApp, scratch_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchApp]:
    folder = tmp_path_factory.mktemp("app")
    database = new_sqlite(folder / "test.db")
    with scratch_app(database, folder) as app:
        yield app
    database.close()
