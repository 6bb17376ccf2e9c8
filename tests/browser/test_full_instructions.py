"""full-instructions: instructions that open in a dialog."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("attributes", "title"), [('header="All about cats"', "All about cats"), ("", "Instructions")]
)
def test_a_button_of_the_form_opens_the_instructions_in_a_dialog(
    browser_page: Page, attributes: str, title: str
) -> None:
    body = f"""<crowd-form><full-instructions {attributes}><p>Cats have whiskers.</p></full-instructions>
      <crowd-input name="a" label="Title"></crowd-input></crowd-form>"""
    with open_elements(browser_page, body) as page:
        expect(page.get_by_text("Cats have whiskers.")).to_be_hidden()
        page.get_by_role("button", name="View full instructions").click()
        expect(page.get_by_role("dialog", name=title)).to_be_visible()
        expect(page.get_by_text("Cats have whiskers.")).to_be_visible()
        assert_accessible(page)


def test_empty_instructions_have_no_button(browser_page: Page) -> None:
    body = "<crowd-form><full-instructions></full-instructions></crowd-form>"
    with open_elements(browser_page, body) as page:
        expect(page.get_by_role("button", name="Submit")).to_be_visible()
        expect(page.get_by_role("button", name="View full instructions")).to_have_count(0)
