"""crowd-button: a button, or a link that looks like one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_a_click_event_reaches_the_template(browser_page: Page) -> None:
    with open_elements(browser_page, "<crowd-button>Go</crowd-button>") as page:
        page.evaluate("count('click')")
        page.get_by_role("button", name="Go").click()
        assert page.evaluate("counts.click") == 1


@pytest.mark.parametrize("attribute", ["disabled", "loading"])
def test_a_disabled_or_loading_button_cannot_be_clicked(browser_page: Page, attribute: str) -> None:
    with open_elements(browser_page, f"<crowd-button {attribute}>Go</crowd-button>") as page:
        button = page.get_by_role("button", name="Go")
        expect(button).to_be_disabled()
        assert (button.get_attribute("aria-busy") == "true") == (attribute == "loading")


def test_a_button_with_an_address_is_a_link(browser_page: Page) -> None:
    body = '<crowd-button href="/elsewhere" target="_blank">Read</crowd-button>'
    with open_elements(browser_page, body) as page:
        link = page.get_by_role("link", name="Read")
        assert link.get_attribute("href") == "/elsewhere"
        assert link.get_attribute("target") == "_blank"
        assert link.get_attribute("rel") == "noopener"


@pytest.mark.parametrize("action", ["submit", "reset"])
def test_a_click_sends_the_form_action_to_the_form(browser_page: Page, action: str) -> None:
    with open_elements(browser_page, f'<crowd-button form-action="{action}">Go</crowd-button>') as page:
        page.evaluate("addEventListener('crowd-form-action', event => window.action = event.detail)")
        page.get_by_role("button", name="Go").click()
        assert page.evaluate("action") == action


def test_focusing_the_element_focuses_the_button_inside(browser_page: Page) -> None:
    with open_elements(browser_page, "<crowd-button>Go</crowd-button>") as page:
        page.evaluate("document.querySelector('crowd-button').focus()")
        expect(page.get_by_role("button", name="Go")).to_be_focused()


def test_icons_are_on_the_chosen_side_and_an_icon_button_is_named_by_its_text(browser_page: Page) -> None:
    body = """<crowd-button icon="search">Search</crowd-button>
      <crowd-button icon="arrow-forward" icon-align="right">Next</crowd-button>
      <crowd-button variant="icon" icon="delete">Delete it</crowd-button>
      <crowd-button icon-url="data:image/gif;base64,R0lGODlhAQABAAAAACw=">Own</crowd-button>"""
    with open_elements(browser_page, body) as page:
        expect(page.locator("crowd-button iron-icon svg")).to_have_count(3)
        expect(page.locator("crowd-button iron-icon img")).to_have_count(1)
        first = (
            "name => [...document.querySelectorAll('crowd-button')].find(each => each.textContent === name)"
        )
        inside = f"name => ({first})(name).shadowRoot.querySelector('button').firstElementChild.localName"
        assert [page.evaluate(inside, name) for name in ("Search", "Next")] == ["iron-icon", "span"]
        expect(page.get_by_role("button", name="Delete it")).to_be_visible()
        assert_accessible(page)


def test_buttons_are_accessible(browser_page: Page) -> None:
    body = """<crowd-button>Plain</crowd-button> <crowd-button variant="primary">Primary</crowd-button>
      <crowd-button variant="link">Link</crowd-button> <crowd-button disabled>Off</crowd-button>
      <crowd-button loading>Busy</crowd-button> <crowd-button href="/x">Elsewhere</crowd-button>"""
    with open_elements(browser_page, body) as page:
        assert_accessible(page)
