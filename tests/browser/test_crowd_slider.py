"""crowd-slider: a number between two ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import open_task
from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

LABELLED = """<crowd-slider name="quality" min="1" max="5" value="4" pin="true" editable>
  <crowd-slider-label position="1">Poor</crowd-slider-label>
  <crowd-slider-label position="3">So so</crowd-slider-label>
  <crowd-slider-label position="5">Excellent</crowd-slider-label></crowd-slider>"""


def test_keys_mouse_typing_and_scripts_change_a_number_that_stays_between_the_ends(
    browser_page: Page,
) -> None:
    with open_elements(browser_page, LABELLED) as page:
        value = "document.querySelector('crowd-slider').value"
        page.evaluate("count('change'), count('crowd-change')")
        slider = page.get_by_role("slider", name="quality")
        slider.press("ArrowRight")
        assert page.evaluate(value) == 5
        slider.press("Home")
        assert page.evaluate(value) == 1
        assert page.evaluate("counts.change") == 2
        page.get_by_text("So so").click()
        assert page.evaluate(value) == 3
        number = page.get_by_role("spinbutton", name="quality")
        number.fill("99")
        number.press("Enter")
        assert page.evaluate(value) == 5
        expect(number).to_have_value("5")
        page.evaluate("document.querySelector('crowd-slider').value = '2.4'")
        expect(slider).to_have_value("2")
        assert page.evaluate(f"typeof {value}") == "number"
        page.evaluate("document.querySelector('crowd-slider').setAttribute('max', '9')")
        places = page.evaluate(
            """[...document.querySelectorAll("crowd-slider-label")].map(label => {
                 const { left, width } = label.getBoundingClientRect();
                 return [left, left + width];
               })"""
        )
        assert places == sorted(places)
        track = slider.bounding_box()
        assert track is not None
        assert places[0][0] == pytest.approx(track["x"], abs=1)
        assert places[-1][1] < track["x"] + track["width"] * 0.7
        assert_accessible(page)


def test_a_slider_without_attributes_goes_from_0_to_100_and_its_handler_reads_a_number(
    browser_page: Page,
) -> None:
    body = """<crowd-slider id="opacity" name="opacity" value="50" pin></crowd-slider>
      <script>opacity.onchange = () => { window.seen = opacity.value / 100; };</script>"""
    with open_elements(browser_page, body) as page:
        page.get_by_role("slider").press("End")
        assert page.evaluate("seen") == 1
        expect(page.locator("crowd-slider .pin")).to_have_text("100")


def test_a_required_slider_needs_the_worker_and_a_click_accepts_the_number_that_it_shows(
    browser_page: Page,
) -> None:
    body = """<crowd-form><p><crowd-slider name="meaning" min="1" max="5" required pin/></p>
      <crowd-slider name="other" min="2" step="0.5" aria-label="Other"></crowd-slider></crowd-form>"""
    with open_task(browser_page, body) as task:
        slider = task.frame.get_by_role("slider", name="meaning")
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_text("Please move the slider to your answer.").first).to_be_visible()
        expect(slider).to_be_focused()
        assert_accessible(task.frame)
        slider.click(position={"x": 3, "y": 15})
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {"meaning": 1, "other": 2}
