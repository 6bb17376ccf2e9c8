"""crowd-keypoint in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible
from helpers.path_tasks import open_paths

pytestmark = pytest.mark.browser


def test_key_points_go_through_the_labels_are_moved_and_have_tags(browser_page: Page) -> None:
    labels = "['Nose', 'Left eye', 'Right eye']"
    initial = "[{label: 'Nose', x: 400, y: 300}, {label: 'Ear', x: 1, y: 1}]"
    with open_paths(browser_page, "crowd-keypoint", f'initial-value="{initial}"', labels) as task:
        task.press("a", "2")
        task.click_at(350, 250)
        task.click_at(450, 250)
        task.drag((400, 300), (410, 320))
        points = task.value()["keypoints"]
        assert points == [
            {"label": "Nose", "x": 410, "y": 320},
            {"label": "Left eye", "x": 350, "y": 250},
            {"label": "Right eye", "x": 450, "y": 250},
        ]
        expect(task.frame.locator("crowd-keypoint .tag")).to_have_count(3)
        # The choice is kept for the next tasks of the job.
        preferences = task.last("preferences")["preferences"]
        assert preferences["toolOptions"] == {"next-label": True}
        assert_accessible(task.frame)
