"""crowd-tab: one page of a crowd-tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import open_elements

pytestmark = pytest.mark.browser


def test_a_page_is_named_by_its_header_and_visible_without_tabs_around_it(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-tab header="Alone">Text</crowd-tab>') as page:
        expect(page.get_by_role("tabpanel", name="Alone")).to_have_text("Text")
        page.evaluate(
            """() => {
              const tabs = document.createElement("crowd-tabs");
              document.body.append(tabs);
              tabs.append(document.querySelector("crowd-tab"));
            }"""
        )
        expect(page.get_by_role("tab", name="Alone")).to_have_attribute("aria-selected", "true")
