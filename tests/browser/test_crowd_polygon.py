"""crowd-polygon with mouse, keyboard and touch, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.chromium import open_page
from helpers.elements import assert_accessible
from helpers.path_tasks import open_paths, vertices

pytestmark = pytest.mark.browser

TWO = """[{label: 'Car', vertices: [{x: 100, y: 100}, {x: 300, y: 100}, {x: 300, y: 300}, {x: 100, y: 300}], confidence: 0.87},
  {label: 'Bird', vertices: [{x: 1, y: 1}, {x: 9, y: 1}, {x: 9, y: 9}]}]"""


def test_polygons_are_drawn_next_to_each_other_without_crossing_edges_and_submitted(
    browser_page: Page,
) -> None:
    with open_paths(browser_page, "crowd-polygon") as task:
        for point in [(100, 100), (300, 120), (280, 300), (600, 310)]:
            task.click_at(*point)
        task.press("Backspace")
        task.click_at(280, 300)  # as the second click of a double click
        first = task.value()["polygons"]
        assert [(one["label"], vertices(one)) for one in first] == [
            ("Car", [(100, 100), (300, 120), (280, 300)])
        ]

        # The first point of the next one is drawn to the border of the one before.
        task.press("2")
        task.click_at(303, 124)
        task.click_at(500, 100)
        task.click_at(500, 300)
        task.click_at(350, 50)
        expect(task.frame.get_by_role("status").filter(has_text="may not cross")).to_be_visible()
        task.press("z", "z", "y")
        task.click_at(500, 302)
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_text("You have begun a polygon").first).to_be_visible()
        assert task.received("submit") == []
        task.click_at(282, 299)
        task.click_at(301, 121)  # on the first point
        second = task.value()["polygons"][1]
        assert (second["label"], vertices(second)) == (
            "Van",
            [(300, 120), (500, 100), (500, 302), (280, 300)],
        )

        task.press("z")
        assert len(task.value()["polygons"]) == 1
        task.press("y", "Enter")
        answer = task.wait_for("submit")["answer"]["shapes"]
        assert answer["inputImageProperties"] == {"height": 600, "width": 800}
        assert "initialValueModified" not in answer
        assert len(answer["polygons"]) == 2


def test_points_are_moved_added_and_deleted_by_mouse_and_keys(browser_page: Page) -> None:
    with open_paths(
        browser_page, "crowd-polygon", f'initial-value="{TWO}" label-colors="[\'#0a7a0a\']"'
    ) as task:
        expect(task.frame.get_by_text("1 polygon of the initial value cannot be shown")).to_be_visible()
        assert task.value()["initialValueModified"] is False
        outline = task.frame.locator("crowd-polygon [data-path] polygon").last
        expect(outline).to_have_attribute("stroke", "#0a7a0a")

        expect(task.frame.locator(".tag")).to_have_text(["Carsuggested 87%"])

        task.click_at(200, 101)  # the border
        task.drag((200, 100), (200, 60))
        expect(task.frame.locator(".suggested")).to_have_count(0)
        task.drag((300, 100), (330, 90))
        task.page.keyboard.down("Alt")
        task.click_at(100, 300)
        task.page.keyboard.up("Alt")
        assert vertices(task.value()["polygons"][0]) == [(100, 100), (200, 60), (330, 90), (300, 300)]
        # Where edges would cross, the point goes back.
        task.drag((200, 60), (200, 400))
        assert vertices(task.value()["polygons"][0])[1] == (200, 60)

        task.press("Escape", "p", "p", "Shift+ArrowUp", "ArrowLeft", "i", "Delete")
        assert vertices(task.value()["polygons"][0]) == [(100, 100), (199, 50), (330, 90), (300, 300)]
        task.press("p", "p", "p")
        expect(task.frame.locator(".numbers p")).to_have_text("Point 2 of 4")
        task.frame.get_by_role("spinbutton", name="Y").fill("40")
        task.press("Enter")
        assert vertices(task.value()["polygons"][0])[1] == (199, 40)
        task.page.keyboard.down("q")
        expect(task.frame.locator(".tag")).to_have_text(["○ Car", "● Car"])
        task.page.keyboard.up("q")
        task.press("Delete", "Delete")
        expect(task.frame.get_by_role("status").filter(has_text="at least 3 points")).to_be_visible()
        assert len(task.value()["polygons"][0]["vertices"]) == 3
        task.press("Escape", "ArrowRight")
        assert vertices(task.value()["polygons"][0])[0] == (101, 100)
        assert task.value()["initialValueModified"] is True

        task.frame.evaluate("document.querySelector('crowd-polygon').initialValue = '[[broken'")
        expect(task.frame.get_by_role("status").filter(has_text="cannot be shown")).to_be_visible()
        task.frame.evaluate("document.querySelector('crowd-polygon').labels = ['Van', 'Person']")
        task.press("Enter")
        expect(task.frame.locator("footer")).to_contain_text("This task has no label “Car” (1 polygon)")
        assert task.received("submit") == []
        assert_accessible(task.frame)
        task.press("1", "Enter")
        assert task.wait_for("submit")["answer"]["shapes"]["polygons"][0]["label"] == "Van"


def test_a_line_drawn_by_hand_with_a_finger_becomes_a_polygon_and_a_pinch_adds_no_point(
    chromium: Browser,
) -> None:
    with (
        open_page(chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as page,
        open_paths(page, "crowd-polygon") as task,
    ):
        devtools = page.context.new_cdp_session(page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            places = [dict(zip("xy", task.screen_point(*point), strict=True)) for point in points]
            touches = [{**place, "id": index} for index, place in enumerate(places)]
            devtools.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})

        touch("Start", (400, 300))
        touch("Start", (400, 300), (600, 300))
        touch("Move", (380, 300), (620, 300))
        touch("End", (380, 300))
        touch("End")
        assert task.value()["polygons"] == []
        task.frame.get_by_role("button", name="More tools").tap()
        assert_accessible(task.frame)
        task.frame.get_by_role("menuitemcheckbox", name="Draw by hand").tap()
        square = [(300, 200), (400, 205), (500, 200), (500, 400), (300, 400), (300, 202)]
        touch("Start", square[0])
        for point in square[1:]:
            touch("Move", point)
        touch("End")
        (drawn,) = task.value()["polygons"]
        assert 4 <= len(drawn["vertices"]) <= 6
        assert max(x for x, _ in vertices(drawn)) == pytest.approx(500, abs=3)
