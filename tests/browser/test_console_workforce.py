"""The workforce in a browser: a worker is invited, signs in, and loses and gets back their access."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.cast import PASSWORD
from helpers.chromium import open_page
from helpers.console import ConsoleServer
from helpers.elements import assert_accessible
from helpers.live_server import serving
from trigpoint.core.clock import SystemClock
from trigpoint.settings import Settings
from trigpoint.workforce.people import Role

pytestmark = pytest.mark.browser


def test_a_worker_is_invited_into_a_team_and_disabled_while_they_work(
    tmp_path: Path, chromium: Browser
) -> None:
    server = ConsoleServer(Settings(data_dir=tmp_path / "data"), SystemClock())
    server.invited("alice@example.com", Role.ADMIN)
    with (
        serving(server.application.asgi) as url,
        open_page(chromium, viewport={"width": 390, "height": 844}) as page,
        open_page(chromium) as workers_page,
    ):
        _sign_in(page, f"{url}/console/workforce/invite", "alice@example.com", PASSWORD)
        page.get_by_label("E-mail addresses").fill("bob@example.com\ncarol@example.com")
        page.get_by_label("Work team").fill("street")
        assert_accessible(page)
        page.get_by_role("button", name="Invite").click()
        row = page.get_by_role("row").filter(has_text="bob@example.com")
        password = row.locator("code").inner_text()
        assert_accessible(page)

        _sign_in(workers_page, f"{url}/portal/", "bob@example.com", password)
        workers_page.get_by_label("Temporary password").fill(password)
        workers_page.get_by_label("New password", exact=True).fill(PASSWORD)
        workers_page.get_by_label("New password again").fill(PASSWORD)
        workers_page.get_by_role("button", name="Save password").click()
        expect(workers_page.get_by_text("Your new password is set.")).to_be_visible()

        page.goto(f"{url}/console/workforce/teams/street")
        expect(page.locator(".row-link")).to_have_count(2)
        page.get_by_role("button", name="Remove").last.click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.locator(".row-link")).to_have_text(["bob@example.com"])
        page.get_by_role("link", name="bob@example.com").click()
        page.get_by_role("button", name="Disable").click()
        assert_accessible(page)
        page.get_by_role("dialog").get_by_role("button", name="Disable").click()
        expect(page.locator("h1 + .status")).to_have_text("Disabled")
        workers_page.reload()
        expect(workers_page.get_by_role("button", name="Sign in")).to_be_visible()
        page.get_by_role("button", name="Enable").click()
        expect(page.locator("h1 + .status")).to_have_text("Active")
        _sign_in(workers_page, f"{url}/portal/", "bob@example.com", PASSWORD)
        expect(workers_page.get_by_role("button", name="Sign in")).to_have_count(0)
    server.close()


def _sign_in(page: Page, address: str, user_name: str, password: str) -> None:
    page.goto(address)
    page.get_by_label("User name").fill(user_name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
