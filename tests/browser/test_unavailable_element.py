"""The notice shown in place of an unsupported crowd-* element."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_the_notice_names_the_element_and_keeps_its_content(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-nothing name="a"><p>Inside</p></crowd-nothing>') as page:
        expect(page.get_by_role("alert")).to_contain_text("<crowd-nothing> is not available here")
        expect(page.get_by_text("Inside")).to_be_visible()
        assert_accessible(page)


def test_an_element_added_later_by_a_script_gets_the_notice(browser_page: Page) -> None:
    with open_elements(browser_page, "") as page:
        page.evaluate("document.body.append(document.createElement('crowd-later'))")
        expect(page.get_by_role("alert")).to_contain_text("<crowd-later> is not available here")
