"""The portal next to which the second app runs."""

from __future__ import annotations

import pytest

from helpers.portal import Portal, make_portal
from trigpoint.core.clock import FakeClock
from trigpoint.db import Database
from trigpoint.settings import Settings


@pytest.fixture
def portal(sqlite_database: Database, settings: Settings, clock: FakeClock) -> Portal:
    """A portal with its cast and no job."""
    settings.data_dir.mkdir()
    return make_portal(sqlite_database, settings, clock)
