"""crowd-modal: a dialog with any content."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser


def test_the_link_opens_the_dialog_and_its_fields_belong_to_the_answer(browser_page: Page) -> None:
    body = """<crowd-form><crowd-modal><p>Inside</p></crowd-modal>
      <crowd-modal link-text="Details" link-type="button"><crowd-input name="a" label="A" required></crowd-input></crowd-modal>
      </crowd-form>"""
    with open_task(browser_page, body) as task:
        frame = task.frame
        expect(frame.get_by_text("Inside")).to_be_hidden()
        frame.get_by_role("button", name="Click to open modal").click()
        expect(frame.get_by_role("dialog", name="Click to open modal")).to_be_visible()
        expect(frame.get_by_text("Inside")).to_be_visible()
        assert_accessible(frame)
        task.press("Escape")
        expect(frame.get_by_text("Inside")).to_be_hidden()
        frame.get_by_role("button", name="Submit").click()
        expect(frame.get_by_role("dialog", name="Details")).to_be_visible()
        frame.get_by_role("textbox", name="A").fill("x")
        frame.evaluate("document.querySelectorAll('crowd-modal')[1].close()")
        frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {"a": "x"}
