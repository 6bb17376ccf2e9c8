"""crowd-polyline in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible
from helpers.path_tasks import open_paths, vertices

pytestmark = pytest.mark.browser

SIDELINE = "{polylines: [{label: 'Car', vertices: [{x: 10, y: 500}, {x: 790, y: 520}]}]}"


def test_a_polyline_may_cross_itself_and_is_snapped_straightened_and_continued_after_moving_the_image(
    browser_page: Page,
) -> None:
    with open_paths(
        browser_page, "crowd-polyline", f'initial-value="{SIDELINE}" label-colors="[\'#fff\']"'
    ) as task:
        task.click_at(100, 100)
        task.page.keyboard.down("Shift")
        task.click_at(300, 290)
        task.page.keyboard.up("Shift")
        task.press("h")
        task.drag((400, 300), (420, 310))
        task.press("d")
        task.click_at(300, 103)
        task.click_at(102, 301)
        task.click_at(14, 497)  # drawn to the end of the other one
        task.press("Enter")
        answer = task.value()
        assert answer["initialValueModified"] is True
        assert [vertices(one) for one in answer["polylines"]] == [
            [(10, 500), (790, 520)],
            [(100, 100), (295, 295), (300, 103), (102, 301), (10, 500)],
        ]
        expect(task.frame.locator("crowd-polyline .shape").last).to_contain_text("5 points")
        # Escape drops an unfinished one; undo brings it back. A draft keeps it.
        task.click_at(500, 100)
        task.click_at(600, 100)
        points = [{"x": 500, "y": 100}, {"x": 600, "y": 100}]
        task.page.wait_for_function(
            """points => received.some(({type, state}) => type === "state"
                 && JSON.stringify(state).includes(JSON.stringify(points)))""",
            arg=points,
        )
        task.press("Escape", "z", "Enter")
        assert vertices(task.value()["polylines"][2]) == [(500, 100), (600, 100)]
        assert_accessible(task.frame)
