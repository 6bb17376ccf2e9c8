"""crowd-image-classifier: one label for an image, also for the labels of an earlier job that are shown over it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, Task, open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

BOXES = {
    "boundingBox": {
        "labels": ["cat"],
        "value": [
            {"label": "cat", "left": 10, "top": 10, "width": 60, "height": 40},
            {"label": "it's <b>", "left": 80, "top": 20, "width": 30, "height": 30},
        ],
    }
}
MASK = {
    "semanticSegmentation": {
        "labels": ["cat"],
        "labelMappings": {"cat": {"color": "#2ca02c"}},
        "src": "/mask.png",
    }
}


def encoded(image: Image.Image) -> Response:
    file = io.BytesIO()
    image.save(file, "PNG")
    return Response(file.getvalue(), "image/png")


def mask() -> Response:
    """White on the left, the cat's green on the right."""
    image = Image.new("P", (120, 80))
    image.putpalette([255, 255, 255, 0x2C, 0xA0, 0x2C])
    image.paste(1, (60, 0, 120, 80))
    return encoded(image)


PAINTED = """x => {
  const stage = document.querySelector("crowd-image-classifier").shadowRoot.querySelector("tp-image-stage");
  const { scale, x: left, y: top } = stage.view;
  const context = stage.shadowRoot.querySelector("canvas.painting").getContext("2d");
  return [...context.getImageData((left + x * scale) * devicePixelRatio, (top + 40 * scale) * devicePixelRatio, 1, 1).data];
}"""
"""The colour that is painted over the image in the middle row, at a column."""

FILES = {"/pic.png": encoded(Image.new("RGB", (120, 80), "#678")), "/mask.png": mask()}


def verification(overlay: dict[str, Any] | str | None = None, comment: str = "") -> str:
    text = (overlay if isinstance(overlay, str) else json.dumps(overlay)).replace("'", "&#39;")
    shown = "" if overlay is None else f"overlay='{text}'"
    return f"""<crowd-form><crowd-image-classifier name="verdict" header="Right?" src="/pic.png"
      categories="['good', 'bad']" {shown}><short-instructions>Look.</short-instructions>{comment}
      </crowd-image-classifier></crowd-form>"""


def wait_for_image(task: Task) -> None:
    task.frame.wait_for_function(
        "document.querySelector('crowd-image-classifier').shadowRoot.querySelector('tp-image-stage')?.phase === 'ready'"
    )


def test_the_chosen_label_is_submitted(browser_page: Page) -> None:
    with open_task(browser_page, verification(), FILES) as task:
        wait_for_image(task)
        task.press("2", "Enter")
        assert task.wait_for("submit")["answer"] == {"verdict": {"label": "bad"}}


def test_an_image_that_cannot_be_shown_cannot_be_classified(browser_page: Page) -> None:
    with open_task(browser_page, verification()) as task:
        expect(task.frame.get_by_text("The image cannot be shown").first).to_be_visible()
        task.press("1", "Enter")
        expect(task.frame.locator("footer")).to_contain_text("The image cannot be shown.")
        assert task.received("submit") == []


def test_the_boxes_to_verify_are_drawn_and_can_be_hidden(browser_page: Page) -> None:
    with open_task(browser_page, verification(BOXES), FILES) as task:
        wait_for_image(task)
        expect(task.frame.locator("[data-box]")).to_have_count(2)
        expect(task.frame.locator(".legend li .name")).to_have_text(["cat", "it's <b>"])
        expect(task.frame.locator(".tag").first).to_contain_text("cat")
        assert_accessible(task.frame)
        task.frame.get_by_role("checkbox", name="Show the labels to check").click()
        expect(task.frame.locator("[data-box]")).to_have_count(0)
        task.press("Shift+S")
        expect(task.frame.locator("[data-box]")).to_have_count(2)
        task.frame.get_by_role("checkbox", name="cat").click()
        expect(task.frame.locator("[data-box]")).to_have_count(1)
        assert task.received("change") == [], "hiding is no change of the answer"


def test_the_mask_to_verify_lies_over_the_image_without_its_background(browser_page: Page) -> None:
    with open_task(browser_page, verification(MASK), FILES) as task:
        wait_for_image(task)
        task.frame.wait_for_function(f"({PAINTED})(110)[3] > 0")
        assert task.frame.evaluate(PAINTED, 10)[3] == 0
        red, green, blue, alpha = task.frame.evaluate(PAINTED, 110)
        assert 100 < alpha < 200
        assert [red, green, blue] == pytest.approx([0x2C, 0xA0, 0x2C], abs=3)
        expect(task.frame.locator(".legend li .name")).to_have_text(["cat"])
        task.frame.get_by_role("checkbox", name="cat").click()
        task.frame.wait_for_function(f"({PAINTED})(110)[3] === 0")
        task.press("1", "Enter")
        assert task.wait_for("submit")["answer"] == {"verdict": {"label": "good"}}


def test_a_mask_that_cannot_be_loaded_cannot_be_verified(browser_page: Page) -> None:
    with open_task(browser_page, verification(MASK), {"/pic.png": FILES["/pic.png"]}) as task:
        wait_for_image(task)
        expect(task.frame.locator(".legend")).to_contain_text("They cannot be loaded.")
        task.press("1", "Enter")
        expect(task.frame.locator("footer")).to_contain_text("The labels to check cannot be shown.")
        assert task.received("submit") == []


def test_an_overlay_that_cannot_be_read_is_explained(browser_page: Page) -> None:
    with open_task(browser_page, verification("{boundingBox: {value: 3}}"), FILES) as task:
        expect(task.frame.locator(".setup-problem")).to_contain_text(
            "its overlay is without a list of shapes"
        )


def test_a_comment_is_submitted_with_the_label_and_comes_back(browser_page: Page) -> None:
    comment = '<worker-comment header="Why?" link-text="Add a reason" placeholder="Say it">Which box?</worker-comment>'
    with open_task(browser_page, verification(BOXES, comment), FILES) as task:
        wait_for_image(task)
        expect(task.frame.get_by_text("Which box?")).not_to_be_visible()
        task.frame.get_by_role("button", name="Add a reason").click()
        expect(task.frame.get_by_role("textbox", name="Why?")).to_be_focused()
        expect(task.frame.get_by_text("Which box?")).to_be_visible()
        browser_page.keyboard.type("1 box is too wide")
        expect(task.frame.get_by_role("radio", name="good")).not_to_be_checked()
        assert_accessible(task.frame)
        task.frame.get_by_role("radio", name="bad").click()
        saved = task.frame.evaluate("document.querySelector('crowd-form').saveState()")
        task.frame.get_by_role("textbox", name="Why?").fill("")
        assert task.frame.evaluate("document.querySelector('crowd-form').value") == {
            "verdict": {"label": "bad"}
        }
        task.say(type="restore", state=saved)
        expect(task.frame.get_by_role("textbox", name="Why?")).to_have_value("1 box is too wide")
        task.frame.get_by_role("button", name="Submit").click()
        answer = {"label": "bad", "workerComment": "1 box is too wide"}
        assert task.wait_for("submit")["answer"] == {"verdict": answer}
