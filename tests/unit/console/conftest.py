"""A server with its console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.console import ConsoleServer
from trigpoint.core.clock import FakeClock
from trigpoint.settings import Settings


@pytest.fixture
def server(tmp_path: Path, clock: FakeClock) -> Iterator[ConsoleServer]:
    """A server at its first start."""
    made = ConsoleServer(Settings(data_dir=tmp_path / "data"), clock)
    yield made
    made.close()
