"""crowd-fab: a round, raised button."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_it_is_a_button_with_an_icon_or_a_letter(browser_page: Page) -> None:
    body = """<crowd-fab icon="add" label="x" title="Add one"></crowd-fab> <crowd-fab label="A"></crowd-fab>
      <crowd-fab label="B" disabled></crowd-fab>"""
    with open_elements(browser_page, body) as page:
        page.evaluate("count('click')")
        add = page.get_by_role("button", name="Add one")
        expect(add.locator("svg")).to_be_visible()
        add.click()
        page.get_by_role("button", name="A", exact=True).press("Enter")
        assert page.evaluate("counts.click") == 2
        expect(page.get_by_role("button", name="B", exact=True)).to_be_disabled()
        assert page.evaluate("document.querySelector('crowd-fab').title") == "Add one"
        assert_accessible(page)
