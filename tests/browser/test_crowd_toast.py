"""crowd-toast: a short message that disappears by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_one_toast_is_open_at_a_time_and_closes_after_its_duration(browser_page: Page) -> None:
    body = """<crowd-toast id="one" text="First message" duration="2000"></crowd-toast>
      <crowd-toast id="two" text="Second message" opened duration="0"></crowd-toast>"""
    browser_page.clock.install()
    with open_elements(browser_page, body) as page:
        expect(page.get_by_text("Second message")).to_be_visible()
        assert_accessible(page)  # before the clock stands still, because axe waits
        page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
        page.evaluate("count('opened-changed'), one.show()")
        expect(page.get_by_text("First message")).to_be_visible()
        expect(page.get_by_text("Second message")).to_be_hidden()
        assert page.evaluate("[one.opened, two.opened]") == [True, False]
        page.clock.run_for(1900)
        expect(page.get_by_text("First message")).to_be_visible()
        page.clock.run_for(200)
        expect(page.get_by_text("First message")).to_be_hidden()
        assert page.evaluate("one.hasAttribute('opened')") is False
        page.evaluate("two.opened = true")
        page.clock.run_for(1_000_000)
        expect(page.get_by_text("Second message")).to_be_visible()
        page.evaluate("two.hide()")
        expect(page.get_by_text("Second message")).to_be_hidden()
        page.wait_for_function("counts['opened-changed'] === 5")
