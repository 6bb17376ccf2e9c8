"""The View menu of the image workspace: the image turned, brighter, with another crosshair, and work on it then."""

from __future__ import annotations

import math

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, Task, open_task
from helpers.elements import assert_accessible
from helpers.photos import photo

pytestmark = pytest.mark.browser

TEMPLATE = """<crowd-form><crowd-bounding-box name="boundingBox" src="/image.jpg" labels="['Car', 'Van']"
  header="Draw boxes"></crowd-bounding-box></crowd-form>"""
FILES = {"/image.jpg": Response(photo(1, (800, 600)), "image/jpeg")}


def on_screen(task: Task, x: float, y: float) -> tuple[float, float]:
    """The place of an image point on the screen, as the stage's view says."""
    stage = task.frame.locator("tp-image-stage")
    view = stage.evaluate("stage => stage.view")
    left, top = stage.evaluate("stage => { const { x, y } = stage.getBoundingClientRect(); return [x, y]; }")
    angle = math.radians(view.get("rotation", 0))
    x, y = x * view["scale"], y * view["scale"]
    turned = x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)
    return left + view["x"] + turned[0], top + view["y"] + turned[1]


def drag(task: Task, start: tuple[float, float], end: tuple[float, float]) -> None:
    task.page.mouse.move(*on_screen(task, *start))
    task.page.mouse.down()
    task.page.mouse.move(*on_screen(task, *end), steps=3)
    task.page.mouse.up()


def test_boxes_are_drawn_moved_and_shown_exactly_on_an_image_that_is_turned(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE, FILES) as task:
        task.wait_for_image()
        task.press("r")
        drag(task, (100, 200), (300, 260))
        assert task.boxes() == [("Car", 100, 200, 200, 60)]
        # The arrow goes where it points on the screen.
        task.press("ArrowDown", "ArrowDown", "ArrowLeft")
        assert task.boxes() == [("Car", 102, 201, 200, 60)]
        shown = task.frame.locator("[data-box] rect").first.bounding_box()
        assert shown is not None
        assert (shown["x"], shown["y"]) == pytest.approx(on_screen(task, 102, 261), abs=3)
        task.frame.locator("tp-image-stage").evaluate("stage => stage.turn(33)")
        drag(task, (500, 400), (560, 440))
        assert task.boxes()[1] == ("Car", 500, 400, 60, 40)
        task.press("Home")
        scale = task.frame.locator("tp-image-stage").evaluate("stage => stage.view.scale")
        assert scale > 4


def test_the_menu_changes_how_the_image_looks_and_the_job_remembers_it(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE, FILES) as task:
        task.wait_for_image()
        image = task.frame.locator("tp-image-stage img")
        task.frame.get_by_role("button", name="View", exact=True).click()
        menu = task.frame.get_by_role("dialog", name="View")
        expect(menu).to_be_visible()
        menu.get_by_label("Brightness").press("ArrowRight")
        menu.get_by_label("Gamma").fill("2")
        menu.get_by_label("Crosshair").select_option("Off")
        menu.get_by_label("Grid").select_option("50 pixels")
        menu.get_by_label("Smooth pixels").check()
        menu.get_by_role("button", name="Turn left").click()
        expect(task.frame.locator("tp-image-stage .grid")).to_have_css(
            "background-size", "50px 50px, 50px 50px"
        )
        expect(image).to_have_css("filter", 'url("#gamma") brightness(1.05)')
        expect(menu.get_by_text("-90°")).to_be_visible()
        assert_accessible(task.frame)
        kept = task.last("preferences")["preferences"]
        assert (kept["view"]["grid"], kept["view"]["isSmooth"]) == (50, True)
        menu.get_by_role("button", name="Reset").click()
        expect(image).to_have_css("filter", "none")
        task.press("Escape")
        expect(menu).to_be_hidden()

        task.say(type="preferences", preferences={"boundingBox": kept})
        expect(image).to_have_css("filter", 'url("#gamma") brightness(1.05)')
        task.page.mouse.move(*on_screen(task, 400, 300))
        expect(task.frame.locator(".readout")).to_contain_text("x 400")
        expect(task.frame.locator(".guide.x")).to_be_hidden()
