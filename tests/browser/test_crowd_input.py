"""crowd-input: one line of text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

PROBLEM = "document.querySelector('crowd-input').problem()"


def test_typed_text_becomes_the_value_and_empty_text_is_no_value(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-input name="a" label="Title"></crowd-input>') as page:
        page.evaluate("count('crowd-change')")
        value = "document.querySelector('crowd-input')._submittableValue ?? 'none'"
        assert page.evaluate(value) == "none"
        page.get_by_label("Title").fill("Boats")
        assert page.evaluate(value) == "Boats"
        assert page.evaluate("counts['crowd-change']") == 1


@pytest.mark.parametrize(
    ("attributes", "text", "problem"),
    [
        ("required", "", "Please fill this in."),
        ('min-length="3"', "ab", "Please write at least 3 characters."),
        ('allowed-pattern="[0-9]+"', "12a", "This is not in the expected form."),
        ('allowed-pattern="[0-9]+" error-message="Digits only"', "12a", "Digits only"),
        ('allowed-pattern="[0-9]+"', "12", None),
        ('allowed-pattern="["', "not checked", None),
        ('min-length="3"', "", None),
    ],
)
def test_rules_are_checked(browser_page: Page, attributes: str, text: str, problem: str | None) -> None:
    with open_elements(
        browser_page, f'<crowd-input name="a" label="Title" {attributes}></crowd-input>'
    ) as page:
        page.get_by_role("textbox", name="Title").fill(text)
        assert page.evaluate(PROBLEM) == problem


def test_auto_validate_shows_the_problem_while_typing(browser_page: Page) -> None:
    body = '<crowd-input name="a" label="Title" auto-validate min-length="3"></crowd-input>'
    with open_elements(browser_page, body) as page:
        field = page.get_by_role("textbox", name="Title")
        field.press_sequentially("ab")
        expect(page.get_by_role("alert")).to_have_text("Please write at least 3 characters.")
        assert field.get_attribute("aria-invalid") == "true"
        assert_accessible(page)
        field.press("c")
        expect(page.get_by_role("alert")).to_have_count(0)


def test_auto_focus_focuses_the_input(browser_page: Page) -> None:
    with open_elements(browser_page, '<crowd-input name="a" label="Title" auto-focus></crowd-input>') as page:
        expect(page.get_by_label("Title")).to_be_focused()


def test_inputs_are_accessible(browser_page: Page) -> None:
    body = """<crowd-input name="a" label="Title" required></crowd-input>
      <crowd-input name="b" label="Number" type="number" value="3"></crowd-input>
      <crowd-input name="c" label="Off" disabled value="text"></crowd-input>"""
    with open_elements(browser_page, body) as page:
        assert_accessible(page)
