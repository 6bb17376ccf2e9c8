"""crowd-classifier: one label for a text or for other content."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import open_task
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

TEXT = "  He said “no” & left.\n\nשלום 🙂"
INSTRUCTIONS = """<short-instructions>Read all of it.</short-instructions>
  <full-instructions header="How">Long instructions</full-instructions>"""


def classifier(attributes: str = "", inside: str = INSTRUCTIONS, after: str = "") -> str:
    return f"""<crowd-form><crowd-classifier name="mood" header="Which mood?"
      categories="['joy', 'fear', 'it\\'s &quot;other&quot;']" {attributes}><classification-target
      style="white-space: pre-wrap">{TEXT.replace("&", "&amp;")}</classification-target>{inside}</crowd-classifier>{after}
      </crowd-form>"""


def test_the_chosen_label_is_submitted(browser_page: Page) -> None:
    with open_task(browser_page, classifier()) as task:
        task.frame.get_by_role("radio", name="joy").click()
        task.frame.get_by_role("radio", name="fear").click()
        expect(task.frame.get_by_role("radio", name="joy")).not_to_be_checked()
        task.press("Enter")
        assert task.wait_for("submit")["answer"] == {"mood": {"label": "fear"}}


def test_keys_choose_and_submit(browser_page: Page) -> None:
    with open_task(browser_page, classifier()) as task:
        task.press("1", "3", "Enter")
        assert task.wait_for("submit")["answer"] == {"mood": {"label": 'it\'s "other"'}}


def test_the_text_is_shown_as_it_is(browser_page: Page) -> None:
    with open_task(browser_page, classifier()) as task:
        target = task.frame.locator("classification-target")
        expect(target).to_be_visible()
        assert target.evaluate("element => element.innerText") == TEXT


def test_without_a_choice_nothing_is_submitted(browser_page: Page) -> None:
    with open_task(browser_page, classifier()) as task:
        task.press("Enter")
        expect(task.frame.locator("#categories-problem")).to_contain_text("Choose a label.")
        assert task.received("submit") == []
        assert_accessible(task.frame)
        task.press("1")
        expect(task.frame.locator("#categories-problem")).to_have_count(0)


def test_the_exclusion_category_is_an_answer_without_a_label(browser_page: Page) -> None:
    with open_task(browser_page, classifier("exclusion-category=\"{ text: 'None of these' }\"")) as task:
        task.press("1")
        task.frame.get_by_role("radio", name="None of these").click()
        expect(task.frame.get_by_role("radio", name="joy")).not_to_be_checked()
        task.press("Enter")
        assert task.wait_for("submit")["answer"] == {"mood": {"label": None}}


def test_the_choice_comes_back(browser_page: Page) -> None:
    with open_task(browser_page, classifier()) as task:
        task.press("2")
        saved = task.wait_for("change")["state"]
        task.press("1")
        task.say(type="restore", state=saved)
        expect(task.frame.get_by_role("radio", name="fear")).to_be_checked()


def test_scripts_use_the_value_the_categories_and_the_place_after_the_list(browser_page: Page) -> None:
    script = """<script>
      window.values = [];
      document.addEventListener("all-crowd-elements-ready", () => {
        const classifier = document.querySelector("crowd-classifier");
        const list = classifier.shadowRoot.querySelector(".annotation-area .category-picker-wrapper");
        const second = document.createElement("p");
        second.textContent = "second tier";
        list.parentNode.insertBefore(second, list.nextSibling);
        classifier.addEventListener("change", event => {
          values.push(event.target.value);
          if (event.target.value === "joy") classifier.categories = ["fear", "glee"];
        });
      });
    </script>"""
    with open_task(browser_page, classifier(after=script)) as task:
        task.press("1")
        expect(task.frame.get_by_role("radio", name="glee")).to_be_visible()
        expect(task.frame.get_by_role("radio", name="glee")).not_to_be_checked()
        task.press("2")
        expect(task.frame.get_by_role("radio", name="glee")).to_be_checked()
        assert task.frame.evaluate("values") == ["joy", "glee"]
        expect(task.frame.get_by_text("second tier")).to_be_visible()


def test_keys_belong_to_the_element_with_the_focus_if_there_are_two(browser_page: Page) -> None:
    second = '<crowd-classifier name="other" header="Other" categories="[\'a\', \'b\']"></crowd-classifier>'
    with open_task(browser_page, classifier(after=second)) as task:
        task.press("1")
        assert task.frame.evaluate("document.querySelector('crowd-form').value") == {}
        task.frame.get_by_role("radio", name="b", exact=True).focus()
        task.press("2")
        value = task.frame.evaluate("document.querySelector('crowd-form').value")
        assert value == {"other": {"label": "b"}}


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ('<crowd-classifier name="x"></crowd-classifier>', "it has no categories attribute"),
        ("<crowd-classifier categories=\"['a']\"></crowd-classifier>", "it has no name attribute"),
        (
            '<crowd-classifier name="x" categories="joy"></crowd-classifier>',
            "its categories are not readable",
        ),
        (
            '<crowd-classifier name="x" categories="[1]" exclusion-category="{}"></crowd-classifier>',
            "its exclusion-category is without a text",
        ),
    ],
)
def test_a_wrong_set_up_is_explained_and_cannot_be_submitted(
    browser_page: Page, template: str, problem: str
) -> None:
    with open_task(browser_page, f"<crowd-form>{template}</crowd-form>") as task:
        expect(task.frame.locator(".setup-problem")).to_contain_text(problem)
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.locator("footer")).to_contain_text("set up wrongly")
        assert task.received("submit") == []


@pytest.mark.parametrize("width", [1200, 380])
def test_a_task_is_accessible(browser_page: Page, width: int) -> None:
    browser_page.set_viewport_size({"width": width, "height": 720})
    with open_task(browser_page, classifier("exclusion-category=\"{ text: 'None' }\"")) as task:
        task.press("2")
        assert_accessible(task.frame)
