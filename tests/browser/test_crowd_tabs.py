"""crowd-tabs: one of several pages at a time."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

TABS = """<crowd-form><crowd-tabs>
    <crowd-tab header="First"><p>Page one</p></crowd-tab>
    <crowd-tab header="Second"><crowd-input name="a" label="A" required></crowd-input></crowd-tab>
    <crowd-tab header="Third"><crowd-tabs><crowd-tab header="Inner"><p>Inner page</p></crowd-tab>
      <crowd-tab header="Deep"><input name="deep" required aria-label="Deep field"></crowd-tab></crowd-tabs></crowd-tab>
  </crowd-tabs></crowd-form>"""


def test_clicks_and_keys_choose_the_page_that_is_shown(browser_page: Page) -> None:
    with open_task(browser_page, TABS) as task:
        frame = task.frame
        first = frame.get_by_role("tab", name="First")
        expect(frame.get_by_role("tabpanel", name="First")).to_be_visible()
        expect(frame.get_by_role("tabpanel", name="Second")).to_be_hidden()
        assert_accessible(frame)
        first.press("ArrowRight")
        expect(frame.get_by_role("tab", name="Second")).to_be_focused()
        expect(frame.get_by_role("textbox", name="A")).to_be_visible()
        expect(frame.get_by_text("Page one")).to_be_hidden()
        frame.get_by_role("tab", name="Second").press("End")
        expect(frame.get_by_text("Inner page")).to_be_visible()
        frame.get_by_role("tab", name="Third").press("ArrowRight")
        expect(first).to_have_attribute("aria-selected", "true")
        frame.evaluate("document.querySelector('crowd-tab').header = 'Renamed'")
        expect(frame.get_by_role("tab", name="Renamed")).to_be_visible()
        frame.evaluate("document.querySelector('crowd-tab').remove()")
        expect(frame.get_by_role("tabpanel", name="Second")).to_be_visible()


def test_a_problem_in_a_closed_page_opens_it_and_all_pages_belong_to_the_answer(browser_page: Page) -> None:
    with open_task(browser_page, TABS) as task:
        submit = task.frame.get_by_role("button", name="Submit")
        submit.click()
        expect(task.frame.get_by_role("textbox", name="A")).to_be_focused()
        task.frame.get_by_role("textbox", name="A").fill("x")
        submit.click()
        deep = task.frame.get_by_role("textbox", name="Deep field")
        expect(deep).to_be_focused()
        deep.fill("y")
        task.frame.get_by_role("tab", name="First").click()
        submit.click()
        assert task.wait_for("submit")["answer"] == {"a": "x", "deep": "y"}
