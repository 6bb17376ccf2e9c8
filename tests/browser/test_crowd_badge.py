"""crowd-badge: a mark over the corner of another element."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser


def test_it_is_over_the_top_right_corner_of_its_element_and_follows_it(browser_page: Page) -> None:
    body = """<div id="above" style="height: 30px"></div>
      <div style="position: relative; margin-left: 50px; border: 7px solid"><span id="mail">Messages</span>
      <crowd-badge for="mail" label="3"></crowd-badge></div>
      <button style="position: relative; margin-top: 50px">Star<crowd-badge icon="grade" label="x"></crowd-badge></button>"""
    with open_elements(browser_page, body) as page:
        centres = """() => [...document.querySelectorAll("crowd-badge")].map((badge, index) => {
          const own = badge.shadowRoot.querySelector(".badge").getBoundingClientRect();
          const marked = [document.querySelector("#mail"), document.querySelector("button")][index].getBoundingClientRect();
          return [own.x + own.width / 2 - marked.right, own.y + own.height / 2 - marked.top];
        })"""
        assert [pytest.approx(centre, abs=1) for centre in page.evaluate(centres)] == [[0, 0], [0, 0]]
        expect(page.get_by_text("3", exact=True)).to_be_visible()
        expect(page.locator("crowd-badge iron-icon svg")).to_be_visible()
        assert_accessible(page)
        page.evaluate("mail.textContent = 'Many more messages', above.style.height = '300px'")
        page.wait_for_function(f"({centres})().flat().every(distance => Math.abs(distance) < 1)")
