"""crowd-classifier-multi-select: all labels that fit a text or other content."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

LABELS = [f"topic {number}" for number in range(1, 16)]
TASK = f"""<crowd-form><crowd-classifier-multi-select name="topics" header="Which topics?" categories="{LABELS}"
  exclusion-category="{{ text: 'None of these' }}"><classification-target>Some text</classification-target>
  <full-instructions header="How">Long instructions</full-instructions></crowd-classifier-multi-select></crowd-form>"""


def test_the_chosen_labels_are_submitted_in_the_order_of_the_categories(browser_page: Page) -> None:
    with open_task(browser_page, TASK) as task:
        task.frame.get_by_role("checkbox", name="topic 12").click()
        task.press("3", "2", "3", "4")
        assert task.frame.evaluate("document.querySelector('crowd-classifier-multi-select').value") == [
            "topic 2",
            "topic 4",
            "topic 12",
        ]
        task.press("Enter")
        assert task.wait_for("submit")["answer"] == {"topics": {"labels": ["topic 2", "topic 4", "topic 12"]}}


def test_nothing_chosen_is_no_answer_but_the_exclusion_category_is(browser_page: Page) -> None:
    with open_task(browser_page, TASK) as task:
        task.press("1", "1", "Enter")
        expect(task.frame.locator("#categories-problem")).to_contain_text(
            "Choose at least one label, or “None of these”."
        )
        assert task.received("submit") == []
        task.press("2", "n")
        expect(task.frame.get_by_role("checkbox", name="topic 2")).not_to_be_checked()
        expect(task.frame.get_by_role("checkbox", name="None of these")).to_be_checked()
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {"topics": {"labels": []}}


def test_a_label_takes_the_exclusion_category_back(browser_page: Page) -> None:
    with open_task(browser_page, TASK) as task:
        task.press("n", "5")
        expect(task.frame.get_by_role("checkbox", name="None of these")).not_to_be_checked()
        expect(task.frame.get_by_role("checkbox", name="topic 5")).to_be_checked()


def test_many_labels_can_be_searched(browser_page: Page) -> None:
    with open_task(browser_page, TASK) as task:
        task.frame.get_by_role("searchbox", name="Find a label").fill("PIC 14")
        expect(task.frame.get_by_role("checkbox", name="topic 1", exact=True)).to_have_count(0)
        task.frame.get_by_role("checkbox", name="topic 14").click()
        value = task.frame.evaluate("document.querySelector('crowd-form').value")
        assert value == {"topics": {"labels": ["topic 14"]}}
        assert_accessible(task.frame)


def test_the_choice_comes_back(browser_page: Page) -> None:
    with open_task(browser_page, TASK) as task:
        task.press("2", "4")
        saved = task.wait_for("change", 2)["state"]
        task.press("n")
        task.say(type="restore", state=saved)
        expect(task.frame.get_by_role("checkbox", name="topic 4")).to_be_checked()
        expect(task.frame.get_by_role("checkbox", name="None of these")).not_to_be_checked()


def test_the_instructions_open_in_a_dialog_that_templates_can_style(browser_page: Page) -> None:
    with open_task(browser_page, TASK) as task:
        task.frame.get_by_role("button", name="View full instructions").click()
        for part in (".awsui-modal-dialog", ".awsui-app-layout__navigation"):
            found = "part => document.querySelector('[name=topics]').shadowRoot.querySelector(part) !== null"
            assert task.frame.evaluate(found, part)
        expect(task.frame.get_by_text("Long instructions")).to_be_visible()
