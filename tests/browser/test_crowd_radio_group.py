"""crowd-radio-group: makes the choice among its radio buttons exclusive."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

GROUP = """<crowd-radio-group aria-label="Quality">
  <div><crowd-radio-button name="good">Good</crowd-radio-button></div>
  <crowd-radio-button name="fair" disabled>Fair</crowd-radio-button>
  <crowd-radio-button name="bad">Bad</crowd-radio-button>
</crowd-radio-group>
<crowd-radio-button name="other" checked>Elsewhere</crowd-radio-button>"""


def test_choosing_one_unchooses_the_others_of_its_group(browser_page: Page) -> None:
    with open_elements(browser_page, GROUP) as page:
        page.get_by_role("radio", name="Good").click()
        page.get_by_role("radio", name="Bad").click()
        expect(page.get_by_role("radio", name="Good")).not_to_be_checked()
        expect(page.get_by_role("radio", name="Bad")).to_be_checked()
        expect(page.get_by_role("radio", name="Elsewhere")).to_be_checked()


def test_arrow_keys_move_the_choice_around_and_skip_disabled_buttons(browser_page: Page) -> None:
    with open_elements(browser_page, GROUP) as page:
        good, bad = page.get_by_role("radio", name="Good"), page.get_by_role("radio", name="Bad")
        good.click()
        page.keyboard.press("ArrowDown")
        expect(bad).to_be_checked()
        expect(bad).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(good).to_be_checked()
        page.keyboard.press("ArrowUp")
        expect(bad).to_be_checked()


def test_a_group_is_accessible(browser_page: Page) -> None:
    with open_elements(browser_page, GROUP) as page:
        expect(page.get_by_role("radiogroup", name="Quality")).to_be_visible()
        assert_accessible(page)
