"""crowd-entity-annotation: its form, its answer, and what templates do with it."""

from __future__ import annotations

import json
from html import escape

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import open_task
from helpers.marked_text import MarkedText, entity_annotation

pytestmark = pytest.mark.browser

# An emoji of three code points, a combining accent, a line end of two characters, and a text from right to left.
TEXT = "👩\u200d🚀 Zoe\u0301 met Bob\r\nin Paris. \u05d3\u05d5\u05d3 גר בחיפה."


def initial(*parts: tuple[str, str]) -> str:
    entities = [
        {"label": label, "startOffset": TEXT.index(part), "endOffset": TEXT.index(part) + len(part)}
        for part, label in parts
    ]
    return f'initial-value="{escape(json.dumps(entities))}"'


def test_offsets_are_code_points_and_extra_fields_are_siblings(browser_page: Page) -> None:
    question = """<div id="more"><crowd-radio-group><crowd-radio-button name="tech" value="tech">Technology
      </crowd-radio-button></crowd-radio-group></div>"""
    script = """<script>document.addEventListener("all-crowd-elements-ready", () =>
      document.querySelector("crowd-entity-annotation").shadowRoot.querySelector("crowd-form").form.appendChild(more));
      </script>"""
    template = entity_annotation(TEXT, inside=question).replace("\r", "&#13;") + script
    with open_task(browser_page, template) as task:
        text = MarkedText(task.page, task.frame)
        for part in ("Zoe\u0301", "Bob", "Paris", "\u05d3\u05d5\u05d3"):
            text.mark(part)
        assert text.entities() == [
            (part, "person") for part in ("Zoe\u0301", "Bob", "Paris", "\u05d3\u05d5\u05d3")
        ]
        task.frame.get_by_role("radio", name="Technology").click()
        task.frame.get_by_role("button", name="Submit").click()
        entities = [
            {"endOffset": 8, "label": "person", "startOffset": 4},
            {"endOffset": 16, "label": "person", "startOffset": 13},
            {"endOffset": 26, "label": "person", "startOffset": 21},
            {"endOffset": 31, "label": "person", "startOffset": 28},
        ]
        assert task.wait_for("submit")["answer"] == {"ner": {"entities": entities}, "tech": {"tech": True}}
        task.say(type="submitted")
        expect(task.frame.get_by_text("Submitted", exact=True)).to_be_visible()


def test_the_initial_value_is_shown_and_a_change_of_it_is_reported(browser_page: Page) -> None:
    wrong = initial(("Zoe\u0301", "person"), ("Bob", "person")).replace("}]", "}, 7]")
    with open_task(browser_page, entity_annotation(TEXT, wrong).replace("\r", "&#13;")) as task:
        text = MarkedText(task.page, task.frame)
        assert text.value()["initialValueModified"] is False
        expect(task.frame.get_by_text("1 entity of the initial value cannot be shown")).to_be_visible()
        text.click("Bob")
        task.press("2")
        assert text.entities() == [("Zoe\u0301", "person"), ("Bob", "city")]
        saved = task.wait_for("change")["state"]
        task.press("x")
        task.say(type="restore", state=saved)
        task.frame.wait_for_function(
            "document.querySelector('crowd-entity-annotation').value.entities.length === 2"
        )
        assert text.entities() == [("Zoe\u0301", "person"), ("Bob", "city")]
        assert text.value()["initialValueModified"] is True


def test_an_empty_answer_must_be_meant(browser_page: Page) -> None:
    with open_task(browser_page, entity_annotation("Nobody is here.")) as task:
        task.press("Enter")
        expect(task.frame.locator("footer")).to_contain_text("tick “Nothing to label”")
        assert task.received("submit") == []
        task.press("n", "Enter")
        assert task.wait_for("submit")["answer"] == {"ner": {"entities": []}}


def test_inside_a_form_it_is_a_field_of_it(browser_page: Page) -> None:
    script = """<script>document.addEventListener("all-crowd-elements-ready", () =>
      document.querySelector("crowd-entity-annotation").labels = ["town", {label: "p", fullDisplayName: "Person"}]);
      </script>"""
    template = f"<crowd-form>{entity_annotation('Bob left Rome.')}</crowd-form>{script}"
    with open_task(browser_page, template) as task:
        expect(task.frame.locator("crowd-form")).to_have_count(1)
        expect(task.frame.locator("tp-entity-field")).to_have_attribute("fills", "")
        text = MarkedText(task.page, task.frame)
        text.mark("Rome")
        text.click("Rome")
        task.frame.get_by_role("radio", name="Person").click()
        task.press("Enter")
        entities = [{"endOffset": 13, "label": "p", "startOffset": 9}]
        assert task.wait_for("submit")["answer"] == {"ner": {"entities": entities}}


def test_a_wrong_set_up_is_explained_and_cannot_be_submitted(browser_page: Page) -> None:
    wrong = {
        "name='x' text='t'": "it has no labels attribute",
        "name='x' labels=\"['a']\"": "it has no text attribute",
        "text='t' labels=\"['a']\"": "it has no name attribute",
        "name='x' text='t' labels=\"[{}]\"": "its labels are not all labels: entry 1 has no label",
        "name='x' text='t' labels=\"[]\"": "its list of labels is empty",
    }
    template = "".join(f"<crowd-entity-annotation {each}></crowd-entity-annotation>" for each in wrong)
    with open_task(browser_page, template) as task:
        for index, problem in enumerate(wrong.values()):
            notice = task.frame.locator(".setup-problem").nth(index)
            expect(notice).to_contain_text(f"<crowd-entity-annotation>: {problem}")
        task.frame.get_by_role("button", name="Submit").first.click()
        expect(task.frame.locator("footer").first).to_contain_text("set up wrongly")
        assert task.received("submit") == []
