"""Templates that are odd on purpose: the task works, or says what is wrong, and never stops the page around it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import Response, open_task
from helpers.photos import photo

pytestmark = pytest.mark.browser

IMAGE = {"/image.jpg": Response(photo(1, (400, 300)), "image/jpeg")}
LONG = "x" * 1_000_000


def test_a_form_of_5000_fields_is_submitted_whole(browser_page: Page) -> None:
    fields = "".join(f'<crowd-input name="f{i}" value="{i}"></crowd-input>' for i in range(2500))
    boxes = "".join(f'<crowd-checkbox name="c" value="{i}">{i}</crowd-checkbox>' for i in range(2500))
    with open_task(browser_page, f"<crowd-form>{fields}{boxes}</crowd-form>") as task:
        task.frame.locator("crowd-input input").first.fill("changed")
        task.frame.get_by_role("button", name="Submit").click()
        answer = task.wait_for("submit")["answer"]
    assert len(answer) == 2501
    assert answer["f0"] == "changed"
    assert len(answer["c"]) == 2500


def test_names_of_javascripts_own_properties_are_ordinary_names(browser_page: Page) -> None:
    body = """<crowd-form><crowd-input name="__proto__" value="1"></crowd-input><input name="constructor" value="2">
      <crowd-checkbox name="toString" value="__proto__" checked>A</crowd-checkbox>
      <crowd-checkbox name="toString" value="b">B</crowd-checkbox></crowd-form>"""
    with open_task(browser_page, body) as task:
        task.frame.get_by_role("button", name="Submit").click()
        task.wait_for("submit")
        sent = task.page.evaluate("JSON.stringify(received.find(({ type }) => type === 'submit').answer)")
    assert json.loads(sent) == {
        "__proto__": "1",
        "constructor": "2",
        "toString": {"__proto__": True, "b": False},
    }


def test_elements_inside_themselves_huge_attributes_and_a_thousand_labels_leave_the_task_usable(
    browser_page: Page,
) -> None:
    labels = json.dumps([f"label {number}" for number in range(1000)])
    nested = "<crowd-card>" * 200 + "deep" + "</crowd-card>" * 200
    body = f"""<crowd-form><crowd-alert type="{LONG}">{LONG[:1000]}</crowd-alert>{nested}
      <crowd-tabs><crowd-tab header="A"><crowd-tabs><crowd-tab header="B">Inner</crowd-tab></crowd-tabs></crowd-tab></crowd-tabs>
      <crowd-slider name="s" min="{LONG}" max="-1" step="0" value="1e999"></crowd-slider>
      <crowd-bounding-box name="b" src="/image.jpg" header="{LONG[:20000]}" labels='{labels}'>
        <crowd-bounding-box name="c" src="/image.jpg" labels="['x']"></crowd-bounding-box></crowd-bounding-box>
      <crowd-classifier name="k" categories='{labels}'><classification-target>T</classification-target></crowd-classifier>
      <iron-icon icon="{LONG[:5000]}"></iron-icon><crowd-input name="a" value="1" label="A"></crowd-input></crowd-form>
    <script>
      const card = document.querySelector("crowd-card"), inner = card.querySelector("crowd-card");
      try {{ inner.append(card); }} catch (error) {{ window.refused = error.name; }}
    </script>"""
    with open_task(browser_page, body, IMAGE) as task:
        assert task.frame.evaluate("refused") == "HierarchyRequestError"
        task.frame.get_by_role("textbox", name="A", exact=True).fill("2")
        task.say(type="request-state")
        states = task.wait_for("state")["state"]["fields"]
        assert {"name": "a", "state": "2"} in states
        task.frame.get_by_role("radio", name="label 999", exact=True).last.click()
        answer = task.frame.evaluate("document.querySelector('crowd-form').value")
        assert (answer["s"], answer["k"], answer["a"]) == (0, {"label": "label 999"}, "2")


def test_a_template_without_a_form_says_that_nothing_can_be_submitted(browser_page: Page) -> None:
    body = """<p>Text</p><crowd-form><crowd-input name="a"></crowd-input></crowd-form>
      <script>document.querySelector("crowd-form").setAttribute("id", "form")</script>"""
    with open_task(browser_page, body) as task:
        expect(task.frame.get_by_role("alert")).to_have_text("")
        task.frame.evaluate("document.querySelector('crowd-form').remove()")
        expect(task.frame.get_by_role("alert")).to_contain_text("This task has no form")
        expect(task.frame.get_by_text("Text")).to_be_visible()


def test_a_template_may_define_one_of_our_elements_itself(browser_page: Page) -> None:
    body = """<script>
        customElements.define("crowd-card", class extends HTMLElement { connectedCallback() { this.title = "own"; } });
      </script>
      <crowd-form><crowd-card>A</crowd-card><crowd-input name="a" value="1"></crowd-input></crowd-form>"""
    with open_task(browser_page, body) as task:
        assert task.frame.evaluate("document.querySelector('crowd-card').title") == "own"
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {"a": "1"}
