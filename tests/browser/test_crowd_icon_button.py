"""crowd-icon-button: a round button with an icon."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_it_is_a_button_named_by_its_title_or_its_icon(browser_page: Page) -> None:
    body = """<crowd-icon-button icon="search"></crowd-icon-button>
      <crowd-icon-button icon="delete" title="Remove it"></crowd-icon-button>
      <crowd-icon-button icon="nothing-like-this" disabled></crowd-icon-button>"""
    with open_elements(browser_page, body) as page:
        page.evaluate("count('click')")
        expect(page.get_by_role("button", name="search").locator("svg")).to_be_visible()
        page.get_by_role("button", name="search").click()
        page.get_by_role("button", name="Remove it").press("Space")
        assert page.evaluate("counts.click") == 2
        expect(page.get_by_role("button", name="nothing-like-this")).to_be_disabled()
        expect(page.get_by_text("nothing-like-this")).to_be_visible()
        assert_accessible(page)
