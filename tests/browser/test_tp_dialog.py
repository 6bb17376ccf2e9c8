"""tp-dialog: the modal dialog of the crowd elements."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser_page: Page) -> Iterator[Page]:
    with open_elements(browser_page, '<tp-dialog header="Title"><p>Text</p></tp-dialog>') as page:
        expect(page.get_by_text("Text")).to_be_hidden()
        page.evaluate("document.querySelector('tp-dialog').show()")
        expect(page.get_by_role("dialog", name="Title")).to_be_visible()
        yield page


def test_escape_closes_it(opened: Page) -> None:
    opened.keyboard.press("Escape")
    expect(opened.get_by_text("Text")).to_be_hidden()


def test_the_close_button_closes_it(opened: Page) -> None:
    opened.get_by_role("button", name="Close").click()
    expect(opened.get_by_text("Text")).to_be_hidden()


def test_a_click_outside_closes_it_and_one_inside_does_not(opened: Page) -> None:
    opened.get_by_text("Text").click()
    expect(opened.get_by_text("Text")).to_be_visible()
    opened.mouse.click(5, 5)
    expect(opened.get_by_text("Text")).to_be_hidden()


def test_keys_pressed_in_it_do_not_reach_the_task(opened: Page) -> None:
    opened.evaluate("count('keydown')")
    opened.keyboard.press("n")
    assert opened.evaluate("counts.keydown") == 0


def test_a_dialog_is_accessible(opened: Page) -> None:
    assert_accessible(opened)
