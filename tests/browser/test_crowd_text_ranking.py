"""crowd-text-ranking: ranks of responses, without the element's name in the answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from helpers.crowd_pages import Response, Task, open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

TEMPLATE = """<crowd-form><crowd-text-ranking name="textRanking" text="Why can you see yourself in a mirror?"
  responses='["Light travels.", "It is magic.", "نور"]'
  ordinal-ranking-dimensions='[{"name":"Clarity","allowTie":true},{"name":"Inclusivity","allowTie":false}]'>
  <short-instructions>Rank all.</short-instructions></crowd-text-ranking></crowd-form>"""


def chip(task: Task, dimension: str, letter: str) -> Locator:
    return task.frame.locator(f'[data-dimension="{dimension}"] .chip', has_text=letter)


def ranks(task: Task) -> list[list[int | None]]:
    value = task.frame.evaluate("document.querySelector('crowd-text-ranking').value")
    return [each["responseRankings"] for each in value["ordinalRankingDimensions"]]


def middle(element: Locator) -> tuple[float, float]:
    box = element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_clicks_drags_and_keys_rank_and_the_answer_has_no_name_around_it(browser_page: Page) -> None:
    with open_task(browser_page, TEMPLATE) as task:
        for letter in "CCBAC":  # the second click takes the rank away
            chip(task, "Clarity", letter).click()
        assert ranks(task) == [[2, 1, 3], [None, None, None]]
        browser_page.mouse.move(*middle(chip(task, "Clarity", "C")))
        browser_page.mouse.down()
        browser_page.mouse.move(*middle(chip(task, "Clarity", "B")), steps=4)
        browser_page.mouse.up()
        assert ranks(task)[0] == [2, 1, 1]

        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.locator("footer")).to_contain_text("“Inclusivity”. Not ranked yet: A, B, C.")
        assert_accessible(task.frame)
        task.press("Enter", "Enter", "Enter", "ArrowUp", "=")
        assert ranks(task)[1] == [1, 3, 2]
        task.press("3", "Delete")
        assert ranks(task)[1] == [1, 2, None]
        saved = task.wait_for("change")["state"]
        chip(task, "Inclusivity", "C").click()
        task.press("Control+Enter")
        assert task.wait_for("submit")["answer"] == {
            "ordinalRankingDimensions": [
                {"name": "Clarity", "allowTie": True, "responseRankings": [2, 1, 1]},
                {"name": "Inclusivity", "allowTie": False, "responseRankings": [1, 2, 3]},
            ]
        }
        task.say(type="restore", state=saved)
        task.frame.wait_for_function(
            "document.querySelector('crowd-text-ranking').value.ordinalRankingDimensions[1].responseRankings[0] === null"
        )


def test_a_text_in_a_bucket_is_loaded_and_a_wrong_set_up_is_explained(browser_page: Page) -> None:
    script = """<script>
      const element = document.querySelector("crowd-text-ranking");
      element.setAttribute("text", `${location.origin}/prompt.txt?X-Amz-Signature=abc`);</script>"""
    files = {"/prompt.txt": Response("Why, Zoë?".encode(), "text/plain; charset=utf-8")}
    wrong = {
        "text": (
            "s3://bucket/key",
            "its text is an S3 URI of which there is no object, or which a script has set",
        ),
        "responses": ("['one']", "its responses attribute is not a list of at least two texts"),
    }
    browser_page.route("**/prompt.txt?*", lambda route: route.abort())
    with open_task(browser_page, TEMPLATE + script, files) as task:
        expect(task.frame.locator(".prompt")).to_contain_text("It is tried again automatically.")
        browser_page.unroute("**/prompt.txt?*")
        task.frame.evaluate("dispatchEvent(new Event('online'))")
        expect(task.frame.locator(".prompt")).to_contain_text("Why, Zoë?")
        foreign = "https://example.com/a?X-Amz-Signature=1"
        task.frame.evaluate(
            "text => document.querySelector('crowd-text-ranking').setAttribute('text', text)", foreign
        )
        expect(task.frame.locator(".prompt")).to_contain_text(foreign)
        for attribute, (value, problem) in wrong.items():
            task.frame.evaluate(
                """([name, value]) => {
                  const element = document.querySelector("crowd-text-ranking");
                  element.setAttribute("text", "");
                  element.setAttribute(name, value);
                }""",
                [attribute, value],
            )
            expect(task.frame.locator(".setup-problem")).to_contain_text(problem)
