"""A running server for each test, and the shared scripts and data where they are available."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.server_process import ServerProcess


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A fresh server on a fresh data directory."""
    process = ServerProcess(tmp_path / "data").start()
    yield process
    process.stop()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared scripts and data next to the checkout. Skips the test where it is absent."""
    named = os.environ.get("TRIGPOINT_SHARED_DATA")
    folder = Path(named).parent if named else Path(__file__).resolve().parents[3] / "shared"
    if not folder.is_dir():
        pytest.skip("the shared folder is not next to this checkout")
    return folder
