"""The console in a browser: it lives, it is accessible in both themes and on a phone, and it works without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
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

PATHS = (
    "/",
    "/first-steps",
    "/labeling-jobs",
    "/labeling-jobs/street",
    "/people",
    "/people/invite",
    "/settings",
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[ConsoleServer, str]]:
    """A server with an administrator, a job, and its address."""
    server = ConsoleServer(Settings(data_dir=tmp_path / "data"), SystemClock())
    server.invited("alice@example.com", Role.ADMIN)
    server.create_job("street")
    with serving(server.application.asgi) as url:
        yield server, url
    server.close()


def _enter(page: Page, url: str) -> None:
    page.goto(f"{url}/console/")
    page.get_by_label("User name").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_pages_follow_changes_and_keep_what_somebody_does_on_them(
    running: tuple[ConsoleServer, str], chromium: Browser
) -> None:
    server, url = running
    with open_page(chromium, viewport={"width": 1440, "height": 900}) as page:
        _enter(page, url)
        page.goto(f"{url}/console/labeling-jobs")
        page.get_by_label("Search by name").fill("typed but not sent")
        server.create_job("harbour")
        expect(page.get_by_role("link", name="harbour")).to_be_visible(timeout=5000)
        expect(page.get_by_label("Search by name")).to_have_value("typed but not sent")
        page.get_by_role("link", name="street").click()
        page.get_by_role("button", name="Stop").first.click()
        question = page.get_by_role("dialog")
        expect(question).to_be_visible()
        expect(question.get_by_role("button", name="Cancel")).to_be_focused()
        assert_accessible(page)
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        page.get_by_role("button", name="API call").first.click()
        expect(page.get_by_text("aws sagemaker describe-labeling-job")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Escape")
        server.aws("sagemaker", "StopLabelingJob", {"LabelingJobName": "street"})
        expect(page.locator("h1 + span").get_by_text("Stopping")).to_be_visible(timeout=5000)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_is_accessible_and_as_wide_as_its_window(
    running: tuple[ConsoleServer, str], chromium: Browser, theme: str, width: int
) -> None:
    _, url = running
    size = {"width": width, "height": 844}
    with open_page(chromium, viewport=size, color_scheme=theme, has_touch=width < 800) as page:
        _enter(page, url)
        for path in PATHS:
            page.goto(f"{url}/console{path}")
            assert_accessible(page)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide in a window of {width}"
        if width < 800:
            expect(page.get_by_role("link", name="Labeling jobs")).to_be_hidden()
            page.get_by_role("button", name="Sections").click()
            page.get_by_role("link", name="Labeling jobs").click()
            expect(page.get_by_role("heading", name="Labeling jobs")).to_be_visible()


def test_everything_works_without_javascript(running: tuple[ConsoleServer, str], chromium: Browser) -> None:
    _, url = running
    with open_page(chromium, viewport={"width": 1440, "height": 900}, java_script_enabled=False) as page:
        _enter(page, url)
        page.get_by_role("link", name="Labeling jobs", exact=True).click()
        page.get_by_label("Search by name").fill("stre")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="street").click()
        page.get_by_role("button", name="Stop").first.click()
        page.get_by_role("button", name="Stop job").click()
        expect(page.get_by_text("The job street stops.")).to_be_visible()
        page.get_by_role("link", name="Settings").click()
        page.get_by_label("Name of the key").fill("no good")
        page.get_by_role("button", name="Create access key").click()
        expect(page.get_by_label("Name of the key")).to_have_value("no good")
        page.get_by_label("Name of the key").fill("laptop")
        page.get_by_role("button", name="Create access key").click()
        expect(page.get_by_text("AWS_SECRET_ACCESS_KEY=")).to_be_visible()
