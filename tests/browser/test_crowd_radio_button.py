"""crowd-radio-button: one choice of several."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_a_click_chooses_it_and_a_second_click_keeps_it_chosen(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-radio-button name="good">Good</crowd-radio-button>') as page:
        page.evaluate("count('crowd-change')")
        button = page.get_by_role("radio", name="Good")
        button.click()
        button.click()
        expect(button).to_be_checked()
        assert page.evaluate("counts['crowd-change']") == 1
        assert page.evaluate("document.querySelector('crowd-radio-button')._submittableValue") == {"on": True}


def test_a_saved_choice_is_restored(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-radio-button name="good">Good</crowd-radio-button>') as page:
        page.evaluate("document.querySelector('crowd-radio-button').restoreState(true)")
        expect(page.get_by_role("radio", name="Good")).to_be_checked()


def test_radio_buttons_are_accessible(browser_page: Page) -> None:
    body = """<crowd-radio-button name="a" checked>Good</crowd-radio-button>
      <crowd-radio-button name="b" disabled>Off</crowd-radio-button>"""
    with open_elements(browser_page, body) as page:
        expect(page.get_by_role("radio", name="Off")).to_be_disabled()
        assert_accessible(page)
