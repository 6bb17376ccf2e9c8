"""crowd-instructions: instructions in a dialog with tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_the_regions_that_exist_are_tabs_and_each_example_is_shown(browser_page: Page) -> None:
    body = """<crowd-instructions link-text="How to" link-type="button">
        <short-summary>In short</short-summary><detailed-instructions>In full</detailed-instructions>
        <positive-example>Good one</positive-example><positive-example>Good two</positive-example>
        <negative-example>Bad one</negative-example></crowd-instructions>
      <crowd-instructions><detailed-instructions>Only this</detailed-instructions></crowd-instructions>"""
    with open_elements(browser_page, body) as page:
        expect(page.get_by_text("In short")).to_be_hidden()
        page.get_by_role("button", name="How to").click()
        expect(page.get_by_role("dialog", name="Instructions")).to_be_visible()
        expect(page.get_by_text("In short")).to_be_visible()
        page.get_by_role("tab", name="Summary").press("ArrowRight")
        expect(page.get_by_text("In full")).to_be_visible()
        page.get_by_role("tab", name="Examples").click()
        for text in ("Good examples", "Good one", "Good two", "Bad examples", "Bad one"):
            expect(page.get_by_text(text, exact=True)).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Click for instructions").click()
        expect(page.get_by_text("Only this")).to_be_visible()
        expect(page.get_by_role("tab")).to_have_count(0)
