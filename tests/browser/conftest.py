"""The portal that the browser tests visit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from helpers.desk import Desk
from helpers.portal_server import PortalServer, serve_portal
from trigpoint.db import Database
from trigpoint.settings import Settings


@pytest.fixture
def server(sqlite_database: Database, settings: Settings) -> Iterator[PortalServer]:
    """A running portal on a fresh data directory."""
    settings.data_dir.mkdir()
    with serve_portal(sqlite_database, settings) as running:
        yield running


@pytest.fixture
def desk(browser_page: Page, server: PortalServer) -> Desk:
    """Bob's browser, not yet at work."""
    return Desk(browser_page, server)
