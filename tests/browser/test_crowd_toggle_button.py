"""crowd-toggle-button: a switch of a form."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

SWITCHES = """<crowd-toggle-button name="flags" value="blurred">Blurred</crowd-toggle-button>
  <crowd-toggle-button name="on" checked></crowd-toggle-button>
  <crowd-toggle-button name="needed" required invalid>Needed</crowd-toggle-button>
  <crowd-toggle-button name="off" disabled required>Off</crowd-toggle-button>"""


def test_mouse_and_keyboard_switch_it_and_its_value_names_the_choice(browser_page: Page) -> None:
    with open_elements(browser_page, SWITCHES) as page:
        page.evaluate("count('change'), count('crowd-change')")
        switch = page.get_by_role("switch", name="Blurred")
        switch.click()
        expect(switch).to_be_checked()
        switch.press("Space")
        expect(switch).not_to_be_checked()
        page.get_by_text("Blurred").click()
        assert page.evaluate("counts") == {"change": 3, "crowd-change": 3}
        values = "[...document.querySelectorAll('crowd-toggle-button')].map(each => each._submittableValue)"
        assert page.evaluate(values) == [{"blurred": True}, {"on": True}, {"on": False}, {"on": False}]
        expect(page.get_by_role("switch", name="on", exact=True)).to_be_checked()
        expect(page.get_by_role("switch", name="Off", exact=True)).to_be_disabled()
        assert_accessible(page)


def test_a_required_switch_must_be_on_unless_it_is_disabled(browser_page: Page) -> None:
    with open_elements(browser_page, SWITCHES) as page:
        problems = "[...document.querySelectorAll('crowd-toggle-button')].map(each => each.problem())"
        assert page.evaluate(problems) == [None, None, "Please switch this on.", None]
        page.evaluate("document.querySelector('[name=needed]').showProblem()")
        expect(page.get_by_role("alert")).to_have_text("Please switch this on.")
        expect(page.get_by_role("switch", name="Needed")).to_be_focused()
        page.keyboard.press("Space")
        expect(page.get_by_role("alert")).to_have_count(0)
