"""crowd-slider-label: a text under a crowd-slider."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import open_elements

pytestmark = pytest.mark.browser


def test_a_label_is_under_its_number_and_moves_when_its_position_changes(browser_page: Page) -> None:
    body = """<crowd-slider name="a" max="4"><crowd-slider-label position="2">Two</crowd-slider-label></crowd-slider>"""
    with open_elements(browser_page, body) as page:
        label, slider = page.get_by_text("Two"), page.get_by_role("slider")
        share = "document.querySelector('crowd-slider-label').style.getPropertyValue('--share')"
        assert page.evaluate(share) == "0.5"
        own, track = label.bounding_box(), slider.bounding_box()
        assert own is not None and track is not None
        assert own["x"] + own["width"] / 2 == pytest.approx(track["x"] + track["width"] / 2, abs=2)
        page.evaluate("document.querySelector('crowd-slider-label').position = 1")
        page.wait_for_function(f"{share} === '0.25'")
        page.evaluate("document.querySelector('crowd-slider').innerHTML = ''")
        expect(page.locator("crowd-slider .labels")).to_be_hidden()
