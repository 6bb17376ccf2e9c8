"""crowd-line in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from helpers.elements import assert_accessible
from helpers.path_tasks import open_paths, vertices

pytestmark = pytest.mark.browser


def test_a_line_is_drawn_by_a_drag_or_two_clicks_and_moved(browser_page: Page) -> None:
    with open_paths(browser_page, "crowd-line") as task:
        task.drag((100, 100), (300, 200))
        task.press("2")
        task.click_at(400, 100)
        task.click_at(500, 300)
        task.press("v")
        task.drag((450, 200), (470, 210))  # the line
        task.drag((420, 110), (305, 203))  # its end, drawn to the end of the other one
        task.press("m")  # without that
        task.drag((520, 310), (309, 204))
        lines = [(one["label"], vertices(one)) for one in task.value()["lines"]]
        assert lines == [
            ("Car", [(100, 100), (300, 200)]),
            ("Van", [(300, 200), (309, 204)]),
        ]
        assert_accessible(task.frame)


def test_a_line_is_drawn_and_submitted_with_the_keyboard_only(browser_page: Page) -> None:
    with open_paths(browser_page, "crowd-line") as task:
        task.press("2", "c", "Space", *["Shift+ArrowRight"] * 3, "ArrowUp", "Space", "Escape")
        (line,) = task.value()["lines"]
        (x1, y1), (x2, y2) = vertices(line)
        assert line["label"] == "Van"
        assert (x1, y1) == (400, 300)
        assert x2 - x1 > 3 * (y1 - y2) > 0
        task.press("Escape", "Enter")
        assert task.wait_for("submit")["answer"]["shapes"]["lines"] == [line]
