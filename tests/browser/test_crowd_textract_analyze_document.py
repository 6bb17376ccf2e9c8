"""crowd-textract-analyze-document: the review of the key-value pairs of a form."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, open_task
from helpers.elements import assert_accessible
from helpers.photos import photo

pytestmark = pytest.mark.browser

IMAGE = {"/image.jpg": Response(photo(1, (400, 300)), "image/jpeg")}
KEY = "AWS/Textract/AnalyzeDocument/Forms/V1"


def pair(name: str, value: str, left: float) -> list[dict[str, object]]:
    """The blocks of a key, of its value and of their words."""
    geometry = {"boundingBox": {"left": left, "top": 0.2, "width": 0.1, "height": 0.1}}
    blocks: list[dict[str, object]] = []
    for kind, text, related in (("KEY", name, f"{name}-VALUE"), ("VALUE", value, "")):
        child = {"type": "CHILD", "ids": [f"{name}-{kind}-word"]}
        blocks.append(
            {
                "blockType": "KEY_VALUE_SET",
                "entityTypes": [kind],
                "id": f"{name}-{kind}",
                "geometry": geometry,
                "relationships": [child, *([{"type": "VALUE", "ids": [related]}] if related else [])],
            }
        )
        blocks.append({"blockType": "WORD", "id": f"{name}-{kind}-word", "text": text})
    return blocks


BLOCKS = [*pair("Name", "Jnae", 0.1), *pair("Page", "1", 0.5), *pair("Town", "Paris", 0.8)]
TEMPLATE = f"""<crowd-form><crowd-textract-analyze-document src="/image.jpg" header="Review the form" no-key-edit
  no-geometry-edit block-types="['KEY_VALUE_SET']" initial-value='{json.dumps(BLOCKS)}'
  keys="[{{importantFormKey: 'Date'}}, {{importantFormKey: 'City', importantFormKeyAliases: ['town']}}, {{importantFormKey: 'Sum'}}]">
  <short-instructions>Correct the values.</short-instructions></crowd-textract-analyze-document></crowd-form>"""


def test_pairs_are_corrected_refused_emptied_and_added(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE, IMAGE) as task:
        frame = task.frame
        expect(frame.get_by_role("button", name="Zoom in")).to_be_enabled()
        expect(frame.get_by_role("listitem")).to_have_count(5)
        places = frame.locator("tp-image-stage .tags > div")
        expect(places).to_have_count(6)
        frame.get_by_label("Value of Name").fill("Jane")
        frame.get_by_role("listitem").nth(1).get_by_role("radio", name="No").check()
        expect(frame.get_by_label("Value of Page")).to_be_disabled()
        frame.get_by_role("listitem").nth(2).get_by_role("checkbox", name="Value is blank").check()
        frame.get_by_role("button", name="Submit").click()
        expect(frame.get_by_text("Date: type its value, or choose “Key not found”.")).to_be_visible()
        expect(frame.get_by_label("Value of Date")).to_be_focused()
        assert_accessible(frame)
        frame.get_by_label("Value of Date").fill("May 5")
        frame.get_by_role("listitem").nth(4).get_by_role("checkbox", name="Key not found").check()
        frame.get_by_role("button", name="Submit").click()
        blocks = task.wait_for("submit")["answer"][KEY]["blocks"]
        assert [(block["entityTypes"], block["text"]) for block in blocks] == [
            (["KEY"], "Name"),
            (["VALUE"], "Jane"),
            (["KEY"], "Town"),
            (["VALUE"], ""),
            (["KEY"], "Date"),
            (["VALUE"], "May 5"),
        ]
        assert blocks[0] == {**BLOCKS[0], "text": "Name"}


def test_a_reviews_state_is_restored_and_wrong_blocks_are_reported(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE.replace("no-key-edit", ""), IMAGE) as task:
        task.frame.get_by_label("Key", exact=True).first.fill("Full name")
        task.say(type="request-state")
        state = task.wait_for("state")["state"]
        task.frame.get_by_label("Key", exact=True).first.fill("Changed")
        task.say(type="restore", state=state)
        expect(task.frame.get_by_label("Key", exact=True).first).to_have_value("Full name")
    with open_task(browser_page, TEMPLATE.replace("initial-value='", "initial-value='{"), IMAGE) as task:
        expect(task.frame.get_by_text("its initial-value is not readable as JSON")).to_be_visible()
