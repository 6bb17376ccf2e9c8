"""Creating a labeling job in a browser: the form is alive, and a reload loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.cast import PASSWORD
from helpers.chromium import open_page
from helpers.console import ConsoleServer
from helpers.elements import assert_accessible
from helpers.live_server import serving
from helpers.photos import photo
from trigpoint.core.clock import SystemClock
from trigpoint.settings import Settings
from trigpoint.workforce.people import Role

pytestmark = pytest.mark.browser

PASTE = """lines => {
  const data = new DataTransfer();
  data.setData("text/plain", lines);
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(event);
}"""


def test_a_job_is_created_with_a_live_count_label_rows_an_editor_and_a_preview(
    tmp_path: Path, chromium: Browser
) -> None:
    server = ConsoleServer(Settings(data_dir=tmp_path / "data"), SystemClock())
    server.invited("rita@example.com", Role.REQUESTER)
    server.create_job("taken")  # with the team street
    objects = server.application.objects
    objects.create_bucket("photos")
    for number in range(14):
        objects.put("photos", f"in/{number}.jpg", photo(number))
    with (
        serving(server.application.asgi) as url,
        open_page(chromium, viewport={"width": 1440, "height": 900}) as page,
    ):
        _enter(page, url)
        page.goto(f"{url}/console/labeling-jobs")
        page.get_by_role("link", name="Create labeling job").click()
        page.get_by_label("Name of the job").fill("taken")
        expect(page.get_by_text("There is already a labeling job of this name.")).to_be_visible()
        page.get_by_label("Name of the job").fill("street-boxes")
        expect(page.get_by_text("This name is free.")).to_be_visible()
        page.get_by_role("button", name="Browse: Folder").press("Enter")
        places = page.get_by_role("dialog", name="Browse: Folder")
        expect(places.get_by_role("link", name="photos")).to_be_focused()
        page.keyboard.press("Enter")
        expect(places.get_by_role("link", name="in/")).to_be_focused()
        assert_accessible(page)
        page.keyboard.press("Enter")
        expect(places.get_by_text("0.jpg", exact=True)).to_be_visible()
        places.get_by_role("button", name="Use this folder").click()
        expect(page.get_by_label("Folder", exact=True)).to_have_value("s3://photos/in/")
        page.get_by_role("button", name="Count and show objects").click()
        expect(page.locator(".found-count")).to_have_text("14 data objects")
        expect(page.locator(".samples img")).to_have_count(12)
        page.reload()
        expect(page.get_by_label("Name of the job")).to_have_value("street-boxes")
        assert_accessible(page)
        page.get_by_role("button", name="Next").last.click()

        editor = page.get_by_role("textbox", name="Short instructions")
        expect(editor).to_contain_text("Draw a tight box around")
        page.get_by_label("New label").focus()
        page.evaluate(PASTE, "Car #e11d48\nPerson\nTree")
        page.get_by_role("button", name="Move Tree up").click()
        expect(page.locator("#field-labels")).to_have_value("Car #e11d48\nTree\nPerson")
        editor.click()
        page.keyboard.press("Control+End")
        page.keyboard.type(" Also those in the dark.")
        frame = page.frame_locator("iframe[name=preview]")
        expect(
            frame.get_by_text("Also those in the dark.")
        ).to_be_attached()  # behind a button in a small frame
        expect(frame.get_by_role("option", name="Tree").or_(frame.get_by_text("Tree")).first).to_be_visible()
        page.reload()
        expect(page.get_by_role("textbox", name="Short instructions")).to_contain_text("in the dark")
        assert_accessible(page)
        page.get_by_role("button", name="Create").last.click()
        expect(page.get_by_text("The labeling job street-boxes is created.")).to_be_visible()
        page.get_by_role("button", name="New job from this").click()
        page.get_by_role("link", name="Copy").click()
        expect(page.get_by_label("Name of the job")).to_have_value("street-boxes-copy")
    server.close()


def _enter(page: Page, url: str) -> None:
    page.goto(f"{url}/console/")
    page.get_by_label("User name").fill("rita@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
