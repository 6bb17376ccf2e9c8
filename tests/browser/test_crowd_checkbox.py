"""crowd-checkbox: a check box of a form."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

CAT = '<crowd-checkbox name="animals" value="cat">Cat</crowd-checkbox>'


def test_mouse_and_keyboard_tick_and_untick_it(browser_page: Page) -> None:
    with open_elements(browser_page, CAT) as page:
        page.evaluate("count('change'), count('crowd-change')")
        box = page.get_by_role("checkbox", name="Cat")
        box.click()
        expect(box).to_be_checked()
        box.press("Space")
        expect(box).not_to_be_checked()
        assert page.evaluate("counts") == {"change": 2, "crowd-change": 2}


def test_its_value_is_an_object_that_names_the_choice(browser_page: Page) -> None:
    with open_elements(
        browser_page, CAT + '<crowd-checkbox name="agree" checked>Agree</crowd-checkbox>'
    ) as page:
        values = page.evaluate(
            "[...document.querySelectorAll('crowd-checkbox')].map(box => box._submittableValue)"
        )
        assert values == [{"cat": False}, {"on": True}]


def test_a_required_box_shows_a_message_until_it_is_ticked(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-checkbox name="a" required>Agree</crowd-checkbox>') as page:
        page.evaluate("document.querySelector('crowd-checkbox').showProblem()")
        expect(page.get_by_role("alert")).to_have_text("Please tick this box.")
        expect(page.get_by_role("checkbox")).to_be_focused()
        assert_accessible(page)
        page.get_by_role("checkbox").click()
        expect(page.get_by_role("alert")).to_have_count(0)


def test_check_boxes_are_accessible(browser_page: Page) -> None:
    body = CAT + '<crowd-checkbox name="b" disabled>Off</crowd-checkbox>'
    with open_elements(browser_page, body) as page:
        expect(page.get_by_role("checkbox", name="Off")).to_be_disabled()
        assert_accessible(page)
