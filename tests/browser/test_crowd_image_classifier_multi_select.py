"""crowd-image-classifier-multi-select: all labels that fit an image."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

TASK = """<crowd-form><crowd-image-classifier-multi-select name="animals" header="Which animals?" src="/pic.png"
  categories="['Cat', 'Dog']" exclusion-category="{ text: 'None' }"><short-instructions>Look.</short-instructions>
  </crowd-image-classifier-multi-select></crowd-form>"""


def picture() -> Response:
    file = io.BytesIO()
    Image.new("RGB", (120, 80), "#678").save(file, "PNG")
    return Response(file.getvalue(), "image/png")


@pytest.mark.parametrize("width", [1200, 380])
def test_several_labels_of_an_image_are_submitted(browser_page: Page, width: int) -> None:
    browser_page.set_viewport_size({"width": width, "height": 720})
    with open_task(browser_page, TASK, {"/pic.png": picture()}) as task:
        expect(task.frame.get_by_role("button", name="Zoom in")).to_be_enabled()
        assert_accessible(task.frame)
        task.press("2", "1", "+", "ArrowLeft", "0")
        expect(task.frame.get_by_role("checkbox", name="Cat")).to_be_checked()
        task.press("Enter")
        assert task.wait_for("submit")["answer"] == {"animals": {"labels": ["Cat", "Dog"]}}


def test_no_label_fits(browser_page: Page) -> None:
    with open_task(browser_page, TASK, {"/pic.png": picture()}) as task:
        expect(task.frame.get_by_role("button", name="Zoom in")).to_be_enabled()
        task.press("1")
        task.frame.get_by_role("checkbox", name="None").click()
        task.press("Enter")
        assert task.wait_for("submit")["answer"] == {"animals": {"labels": []}}
