"""Data in the console in a browser: files are uploaded, a lost network and a reload cost nothing, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from helpers.cast import PASSWORD
from helpers.chromium import open_page
from helpers.console import ConsoleServer
from helpers.elements import assert_accessible
from helpers.live_server import serving
from helpers.photos import photo
from trigpoint.core.clock import SystemClock
from trigpoint.objects.receiving import PART_BYTES
from trigpoint.settings import Settings
from trigpoint.workforce.people import Role

pytestmark = pytest.mark.browser


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[ConsoleServer, str]]:
    """A server with a requester, and its address."""
    server = ConsoleServer(Settings(data_dir=tmp_path / "data"), SystemClock())
    server.invited("rita@example.com", Role.REQUESTER)
    with serving(server.application.asgi) as url:
        yield server, url
    server.close()


def test_a_folder_is_uploaded_looked_at_and_goes_on_after_a_reload(
    running: tuple[ConsoleServer, str], chromium: Browser, tmp_path: Path
) -> None:
    server, url = running
    objects = server.application.objects
    folder = tmp_path / "street"
    for number in range(6):
        (folder / f"{number}.jpg").parent.mkdir(exist_ok=True)
        (folder / f"{number}.jpg").write_bytes(photo(number))
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(range(256)) * (3 * PART_BYTES // 256) + b"the end")
    with open_page(chromium, viewport={"width": 1440, "height": 900}) as page:
        _create_bucket(page, url)
        page.locator("input[data-folder]").set_input_files(folder)
        expect(page.get_by_text("6 of 6 files")).to_be_visible(timeout=20_000)
        page.get_by_role("link", name="street/").click()
        expect(page.locator(".row-link")).to_have_count(6)
        assert_accessible(page)
        page.get_by_role("link", name="Pictures").click()
        expect(page.locator(".object-grid img")).to_have_count(6)
        assert_accessible(page)

        page.goto(f"{url}/console/buckets/photos")
        page.locator("input[data-folder]").set_input_files(folder)
        expect(page.get_by_text("6 already there")).to_be_visible(timeout=20_000)

        page.route("**/uploads/part**", _only_the_first_two())
        page.locator("input[data-files]").set_input_files(large)
        expect(page.locator(".uploads li.is-sending progress")).to_be_visible()
        _wait_for_parts(server, page, 2)
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        page.unroute("**/uploads/part**")
        sent: list[str] = []
        page.on(
            "request", lambda request: sent.append(request.url) if "/uploads/part" in request.url else None
        )
        page.locator("input[data-files]").set_input_files(large)
        expect(page.get_by_text("1 uploaded")).to_be_visible(timeout=20_000)
        assert len(sent) == 2 and objects.get("photos", "large.bin") == large.read_bytes()

        large.write_bytes(b"another content")
        page.locator("input[data-files]").set_input_files(large)
        expect(page.get_by_text("The name is taken by another content")).to_be_visible()
        page.get_by_role("button", name="Replace").click()
        expect(page.locator(".uploads li.is-exists")).to_have_count(0)
        expect(page.get_by_text("2 uploaded")).to_be_visible(timeout=20_000)
        assert objects.get("photos", "large.bin") == b"another content"

        page.get_by_label("Choose large.bin").check()
        page.get_by_role("button", name="Delete chosen objects").click()
        page.get_by_role("button", name="Delete", exact=True).click()
        expect(page.get_by_text("Deleted objects: 1.")).to_be_visible()


def _create_bucket(page: Page, url: str) -> None:
    page.goto(f"{url}/console/buckets/create")
    page.get_by_label("User name").fill("rita@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name", exact=True).fill("photos")
    page.get_by_role("button", name="Create bucket").click()
    expect(page.get_by_text("Nothing is here yet")).to_be_visible()


def _only_the_first_two() -> Callable[[Route], None]:
    """Lets two parts through; the network is lost for the others."""
    passed: set[str] = set()

    def handle(route: Route) -> None:
        if len(passed) < 2:
            passed.add(route.request.url)
            route.continue_()
        else:
            route.abort("internetdisconnected")

    return handle


def _wait_for_parts(server: ConsoleServer, page: Page, count: int) -> None:
    objects = server.application.objects
    for _ in range(100):
        uploads = objects.list_uploads("photos").uploads
        if uploads and len(objects.list_parts("photos", "large.bin", uploads[0].id)) >= count:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the parts did not arrive")
