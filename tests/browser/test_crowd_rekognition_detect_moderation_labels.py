"""crowd-rekognition-detect-moderation-labels: the review of moderation labels."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, open_task
from helpers.elements import assert_accessible
from helpers.photos import photo

pytestmark = pytest.mark.browser

IMAGE = {"/image.jpg": Response(photo(1, (400, 300)), "image/jpeg")}
TEMPLATE = """<crowd-form><crowd-rekognition-detect-moderation-labels src="/image.jpg" header="Review" categories='[
  {name: "Violence", parentName: "",}, {name: "Gore", parentName: "Violence",}, "Drugs", ]'></crowd-rekognition-detect-moderation-labels>
  </crowd-form>"""
KEY = "AWS/Rekognition/DetectModerationLabels/Image/V3"


def test_chosen_categories_are_returned_whole(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE, IMAGE) as task:
        task.frame.get_by_role("checkbox", name="Drugs").click()
        task.frame.get_by_role("checkbox", name="Gore").click()
        assert_accessible(task.frame)
        expect(task.frame.get_by_role("button", name="Zoom in")).to_be_enabled()
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {
            KEY: {"moderationLabels": [{"name": "Gore", "parentName": "Violence"}, "Drugs"]}
        }


def test_none_is_an_answer_without_an_attribute_for_it(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE, IMAGE) as task:
        task.frame.get_by_role("checkbox", name="Gore").click()
        task.frame.get_by_role("checkbox", name="None").click()
        expect(task.frame.get_by_role("checkbox", name="Gore")).not_to_be_checked()
        expect(task.frame.get_by_role("button", name="Zoom in")).to_be_enabled()
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {KEY: {"moderationLabels": []}}
