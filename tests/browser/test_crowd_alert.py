"""crowd-alert: a message in a coloured box."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

ALERTS = """<crowd-alert>Plain</crowd-alert>
  <crowd-alert type="success">Good</crowd-alert>
  <crowd-alert type="warning">Careful</crowd-alert>
  <crowd-alert type="error" dismissible>Broken</crowd-alert>
  <crowd-alert type="purple">Unknown</crowd-alert>"""


def test_warnings_and_errors_are_alerts_and_the_rest_are_status_messages(browser_page: Page) -> None:
    with open_elements(browser_page, ALERTS) as page:
        expect(page.get_by_role("alert")).to_have_count(2)
        expect(page.get_by_role("status")).to_have_count(3)
        expect(page.get_by_text("Broken")).to_be_visible()


def test_an_unknown_type_is_shown_as_info(browser_page: Page) -> None:
    with open_elements(browser_page, ALERTS) as page:
        colours = page.evaluate(
            """[...document.querySelectorAll("crowd-alert")].map(
                 alert => getComputedStyle(alert.shadowRoot.querySelector(".alert")).backgroundColor)"""
        )
        assert colours[4] == colours[0]
        assert len(set(colours)) == 4


def test_only_a_dismissible_alert_can_be_dismissed(browser_page: Page) -> None:
    with open_elements(browser_page, ALERTS) as page:
        dismiss = page.get_by_role("button", name="Dismiss")
        expect(dismiss).to_have_count(1)
        dismiss.click()
        expect(page.get_by_text("Broken")).to_be_hidden()


def test_alerts_are_accessible(browser_page: Page) -> None:
    with open_elements(browser_page, ALERTS) as page:
        assert_accessible(page)
