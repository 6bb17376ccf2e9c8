"""short-instructions: instructions that are always visible next to the task."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def form(inside: str) -> str:
    return f"""<crowd-form><short-instructions>{inside}</short-instructions>
      <crowd-input name="a" label="Title"></crowd-input></crowd-form>"""


def test_the_instructions_are_shown_above_the_fields_of_a_form(browser_page: Page) -> None:
    with open_elements(browser_page, form("<h2>Rules</h2><p>Look closely.</p>")) as page:
        text, field = page.get_by_text("Look closely."), page.get_by_label("Title")
        expect(text).to_be_visible()
        upper, lower = text.bounding_box(), field.bounding_box()
        assert upper is not None and lower is not None
        assert upper["y"] < lower["y"]
        assert_accessible(page)


def test_empty_instructions_take_no_space(browser_page: Page) -> None:
    with open_elements(browser_page, form("  ")) as page:
        expect(page.locator("crowd-form .short")).to_be_hidden()


def test_instructions_added_by_a_script_are_shown(browser_page: Page) -> None:
    with open_elements(browser_page, "<crowd-form></crowd-form>") as page:
        page.evaluate(
            """() => {
                 const region = document.createElement("short-instructions");
                 region.textContent = "Added later";
                 document.querySelector("crowd-form").append(region);
               }"""
        )
        expect(page.get_by_text("Added later")).to_be_visible()
