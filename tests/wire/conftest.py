"""The whole application, for tests of a file that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.scratch_app import ScratchApp, scratch_app
from trigpoint.db import Database


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchApp]:
    folder = tmp_path_factory.mktemp("app")
    database = Database(f"sqlite:///{folder / 'test.db'}")
    database.create_all()
    with scratch_app(database, folder) as app:
        yield app
    database.close()
