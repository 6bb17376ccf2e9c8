"""crowd-instance-segmentation with mouse and keyboard, in real Chromium."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from helpers.elements import assert_accessible
from helpers.mask_tasks import HEIGHT, WIDTH, counts, mask_of, open_mask_task, png

pytestmark = pytest.mark.browser

TAG = "crowd-instance-segmentation"


def test_each_object_has_its_own_colour_also_two_of_one_label(browser_page: Page) -> None:
    with open_mask_task(browser_page, TAG) as task:
        task.press("r")
        task.drag((100, 100), (200, 150))
        task.drag((200, 100), (300, 150))  # the same object
        task.frame.get_by_role("button", name="Add instance").click()
        task.drag((250, 100), (350, 150))
        task.press("3")
        task.drag((500, 500), (510, 510))
        assert_accessible(task.frame)
        answer = task.value()
        assert answer["instances"] == [
            {"color": "#2ca02c", "label": "Car"},
            {"color": "#1f77b4", "label": "Car"},
            {"color": "#ff7f0e", "label": "Stop sign"},
        ]
        assert counts(mask_of(answer)) == {"#2ca02c": 150 * 50, "#1f77b4": 100 * 50, "#ff7f0e": 100}

        # The first one is selected on the image, relabelled, and painted on.
        task.press("v")
        task.click_at(120, 120)
        task.press("2", "d")
        task.drag((0, 100), (100, 150))
        task.press("Enter")
        answer = task.wait_for("submit")["answer"]["seg"]
        assert answer["instances"][0] == {"color": "#2ca02c", "label": "Road"}
        assert counts(mask_of(answer))["#2ca02c"] == 250 * 50
        assert answer["inputImageProperties"] == {"height": HEIGHT, "width": WIDTH}


def test_given_instances_keep_their_colours_and_unknown_ones_are_reported(browser_page: Page) -> None:
    mask = Image.new("RGB", (WIDTH, HEIGHT), "#ffffff")
    draw = ImageDraw.Draw(mask)
    for left, colour in ((0, "#1f77b4"), (100, "#2ca02c"), (200, "#d62728"), (300, "#123456")):
        draw.rectangle((left, 0, left + 99, 99), fill=colour)
    given = """initial-value="{src: '/mask.png', instances: [{label: 'Car', color: '#1f77b4'},
      {label: 'Car', color: '#2ca02c'}, {label: 'Cow', color: '#d62728'}]}" """
    with open_mask_task(browser_page, TAG, given, {"/mask.png": png(mask)}) as task:
        expect(task.frame.get_by_text("2 instances of the initial value cannot be shown")).to_be_visible()
        answer = task.value()
        assert answer["instances"] == [
            {"color": "#1f77b4", "label": "Car"},
            {"color": "#2ca02c", "label": "Car"},
        ]
        assert answer["initialValueModified"] is False
        assert counts(mask_of(answer)) == {"#1f77b4": 10_000, "#2ca02c": 10_000}
        task.press("r")
        task.drag((500, 500), (510, 510))
        assert task.value()["instances"][2] == {"color": "#ff7f0e", "label": "Car"}
        assert task.value()["initialValueModified"] is True
