"""crowd-text-area: several lines of text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_typed_lines_become_the_value(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-text-area name="a" label="Notes"></crowd-text-area>') as page:
        page.get_by_label("Notes").fill("one\ntwo")
        assert page.evaluate("document.querySelector('crowd-text-area')._submittableValue") == "one\ntwo"
        page.evaluate("count('crowd-change')")
        page.get_by_label("Notes").press("x")
        assert page.evaluate("counts['crowd-change']") == 1


def test_the_counter_shows_the_length_and_the_limit(browser_page: Page) -> None:
    body = '<crowd-text-area name="a" label="Notes" char-counter max-length="10"></crowd-text-area>'
    with open_elements(browser_page, body) as page:
        area = page.get_by_role("textbox", name="Notes")
        expect(page.get_by_text("0 / 10")).to_be_visible()
        area.press_sequentially("twelve chars")
        expect(page.get_by_text("10 / 10")).to_be_visible()
        assert_accessible(page)


def test_it_grows_with_its_text_up_to_max_rows(browser_page: Page) -> None:
    body = '<crowd-text-area name="a" label="Notes" rows="2" max-rows="4"></crowd-text-area>'
    with open_elements(browser_page, body) as page:
        area = page.get_by_label("Notes")

        def height() -> float:
            box = area.bounding_box()
            assert box is not None
            return box["height"]

        empty = height()
        area.fill("1\n2\n3")
        grown = height()
        area.fill("\n".join("123456789"))
        largest = height()
        area.fill("\n" * 40)
        assert empty < grown < largest == height()


def test_an_empty_required_area_shows_a_message(browser_page: Page) -> None:
    body = '<crowd-text-area name="a" label="Notes" required></crowd-text-area>'
    with open_elements(browser_page, body) as page:
        page.evaluate("document.querySelector('crowd-text-area').showProblem()")
        expect(page.get_by_role("alert")).to_have_text("Please fill this in.")
        expect(page.get_by_role("textbox", name="Notes")).to_be_focused()
        assert_accessible(page)
