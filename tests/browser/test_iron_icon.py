"""iron-icon: the icons of Polymer's sets, by name."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

SETS = [
    "search",
    "icons:star",
    "av:album",
    "communication:call",
    "device:dvr",
    "editor:title",
    "hardware:mouse",
    "image:camera",
    "maps:map",
    "notification:wifi",
    "places:pool",
    "social:mood",
]


def test_icons_of_all_sets_are_drawn_and_the_name_is_shown_where_there_is_no_icon(browser_page: Page) -> None:
    body = "".join(f'<iron-icon icon="{name}"></iron-icon>' for name in (*SETS, "no-such", "constructor:x"))
    with open_elements(browser_page, body + '<iron-icon icon="/own.svg"></iron-icon>') as page:
        expect(page.locator("iron-icon g path, iron-icon g circle").first).to_be_visible()
        page.wait_for_function(
            "count => document.querySelectorAll('iron-icon').values()"
            ".filter(icon => icon.shadowRoot.querySelector('svg g')).toArray().length === count",
            arg=len(SETS),
        )
        expect(page.get_by_text("no-such")).to_be_visible()
        expect(page.get_by_text("constructor:x")).to_be_visible()
        assert page.locator("iron-icon img").get_attribute("src") == "/own.svg"
        page.evaluate("document.querySelector('[icon=no-such]').icon = 'favorite'")
        expect(page.get_by_text("no-such")).to_have_count(0)
        assert_accessible(page)
