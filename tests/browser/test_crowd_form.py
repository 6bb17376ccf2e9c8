"""crowd-form: collection, validation and submission of fields, with templates in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpers.crowd_pages import HOST_PAGE, Response, bundle, open_task, serve, template_page
from helpers.elements import assert_accessible

pytestmark = pytest.mark.browser

SURVEY = """<crowd-form>
  <crowd-input name="title" label="Title" required></crowd-input>
  <crowd-input name="empty" label="May stay empty"></crowd-input>
  <crowd-text-area name="notes" label="Notes" rows="2"></crowd-text-area>
  <crowd-checkbox name="animals" value="cat" checked>Cat</crowd-checkbox>
  <crowd-checkbox name="animals" value="dog">Dog</crowd-checkbox>
  <crowd-radio-group>
    <crowd-radio-button name="good" value="yes">Good</crowd-radio-button>
    <crowd-radio-button name="bad" value="yes">Bad</crowd-radio-button>
  </crowd-radio-group>
  <input type="hidden" name="secret" value="h1">
  <input name="plain" aria-label="Plain"><select name="pick"><option>a<option selected>b</select>
  <label><input type="radio" name="size" value="s">S</label>
  <label><input type="radio" name="size" value="l" checked>L</label>
  <label><input type="checkbox" name="agree">I agree</label>
</crowd-form>"""


def test_named_elements_and_plain_fields_become_one_object(browser_page: Page) -> None:
    with open_task(browser_page, SURVEY) as task:
        task.frame.get_by_label("Title").fill("Boats")
        task.frame.get_by_label("Notes").fill("one\ntwo")
        task.frame.get_by_role("checkbox", name="Dog").check()
        task.frame.get_by_role("radio", name="Good").check()
        task.frame.get_by_role("radio", name="Bad").check()
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {
            "title": "Boats",
            "notes": "one\ntwo",
            "animals": {"cat": True, "dog": True},
            "good": {"yes": False},
            "bad": {"yes": True},
            "secret": "h1",
            "pick": "b",
            "size": {"s": False, "l": True},
            "agree": {"on": False},
        }


def test_an_empty_required_field_blocks_the_answer_and_gets_the_focus(browser_page: Page) -> None:
    with open_task(browser_page, SURVEY) as task:
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_label("Title")).to_be_focused()
        expect(task.frame.get_by_text("Please fill this in.").first).to_be_visible()
        assert task.received("submit") == []


def test_the_state_of_all_fields_is_restored(browser_page: Page) -> None:
    with open_task(browser_page, SURVEY) as task:
        task.frame.get_by_label("Title").fill("Boats")
        task.frame.get_by_role("checkbox", name="Cat").uncheck()
        task.frame.get_by_role("radio", name="Bad").check()
        task.frame.get_by_label("S", exact=True).check()
        task.frame.get_by_label("Plain").fill("text")
        task.page.evaluate("received.length = 0")  # a slow machine has sent states of unfinished work
        task.say(type="request-state")
        state = task.wait_for("state")["state"]
        before = task.frame.evaluate("document.querySelector('crowd-form').value")
    with open_task(browser_page, SURVEY) as task:
        task.say(type="restore", state=state)
        task.frame.wait_for_function("document.querySelector('crowd-input').value === 'Boats'")
        assert task.frame.evaluate("document.querySelector('crowd-form').value") == before


def test_onsubmit_can_fill_fields_and_prevent_the_submission(browser_page: Page) -> None:
    body = """<crowd-form><input type="hidden" name="computed"><crowd-input name="a" label="A"></crowd-input>
    </crowd-form>
    <script>
      document.querySelector("crowd-form").onsubmit = event => {
        document.querySelector("[name=computed]").value = "42";
        if (document.querySelector("crowd-input").value !== "go") event.preventDefault();
      };
    </script>"""
    with open_task(browser_page, body) as task:
        task.frame.get_by_role("button", name="Submit").click()
        task.page.wait_for_timeout(100)
        assert task.received("submit") == []
        task.frame.get_by_role("textbox", name="A").fill("go")
        task.press("Control+Enter")
        assert task.wait_for("submit")["answer"] == {"computed": "42", "a": "go"}


def test_scripts_submit_and_append_to_the_inner_form(browser_page: Page) -> None:
    body = """<crowd-form><crowd-input name="a" value="1"></crowd-input></crowd-form>
    <script>
      document.addEventListener("all-crowd-elements-ready", () => {
        const form = document.querySelector("crowd-form"), extra = document.createElement("input");
        Object.assign(extra, {type: "hidden", name: "extra", value: "x"});
        form.form.appendChild(extra);
        document.querySelector("crowd-input").value = null;
        form.submit();
      });
    </script>"""
    with open_task(browser_page, body) as task:
        assert task.wait_for("submit")["answer"] == {"extra": "x"}


OWN_BUTTON = """<crowd-form><crowd-button form-action="submit" style="display: none"></crowd-button>
  <input type="hidden" name="result"></crowd-form>
  <button onclick="send()">Send it</button>
  <script>
    document.querySelector("crowd-form").onsubmit = () => { document.querySelector("[name=result]").value = "done"; };
    function send() { document.querySelector("crowd-form").submit(); }
  </script>"""


def test_submit_of_a_script_runs_onsubmit_which_fills_the_answer(browser_page: Page) -> None:
    with open_task(browser_page, OWN_BUTTON) as task:
        task.frame.get_by_role("button", name="Send it").click()
        assert task.wait_for("submit")["answer"] == {"result": "done"}


WAYS = {
    "submit": "form.submit()",
    "requestSubmit": "form.requestSubmit()",
    "submit of the inner form": "form.form.submit()",
    "requestSubmit of the inner form": "form.form.requestSubmit()",
    "crowd-button": "document.querySelector('#crowd').shadowRoot.querySelector('button').click()",
    "crowd-button outside": "document.querySelector('#outside').shadowRoot.querySelector('button').click()",
    "button in the form": "document.querySelector('#plain').click()",
    "button outside that names the form": "document.querySelector('#named').click()",
    "nested form": "document.querySelector('#nested').click()",
    "message of the page": "",
}
HANDLERS = {
    "attribute": "form.setAttribute('onsubmit', 'handle(event)')",
    "property": "form.onsubmit = handle",
    "listener": "form.addEventListener('submit', handle)",
    "listener on the inner form": "form.form.addEventListener('submit', handle)",
    "listener on the document": "document.addEventListener('submit', handle)",
}
ALL_WAYS = """<crowd-form id="task"><input name="a" value="1"><crowd-button id="crowd" form-action="submit"></crowd-button>
    <button id="plain" type="submit">Plain</button><form><button id="nested">Nested</button></form></crowd-form>
  <button id="named" form="task">Named</button><crowd-button id="outside" form-action="submit">Outside</crowd-button>
  <script>
    const form = document.querySelector("crowd-form");
    let calls = 0, refuse = true;
    function handle(event) {
      calls += 1;
      if (refuse) return event.preventDefault();
      const added = Object.assign(document.createElement("input"), {type: "hidden", name: "added", value: "x"});
      form.appendChild(added);
    }
  </script>"""


def test_every_way_to_submit_runs_every_kind_of_handler_once(browser_page: Page) -> None:
    with open_task(browser_page, ALL_WAYS) as task:
        frame = task.frame
        # the property replaces the attribute's handler, the others are added
        for (handler, register), expected in zip(HANDLERS.items(), (1, 1, 2, 3, 4), strict=True):
            frame.evaluate(f"() => {{ {register}; }}")
            for way, act in WAYS.items():
                if act == "":
                    continue
                frame.evaluate(f"() => {{ calls = 0; {act}; }}")
                assert frame.evaluate("calls") == expected, (handler, way)
        assert task.received("submit") == []


@pytest.mark.parametrize("way", list(WAYS))
def test_what_a_handler_adds_is_in_the_answer(browser_page: Page, way: str) -> None:
    with open_task(browser_page, ALL_WAYS) as task:
        task.frame.evaluate("() => { refuse = false; form.onsubmit = handle; }")
        task.frame.evaluate(f"() => {{ {WAYS[way]}; }}")
        if way == "message of the page":
            task.say(type="submit")
        assert task.wait_for("submit")["answer"] == {"a": "1", "added": "x"}


def test_a_handler_may_prevent_the_event_and_submit_itself(browser_page: Page) -> None:
    with open_task(browser_page, ALL_WAYS) as task:
        task.frame.evaluate(
            "() => { form.onsubmit = event => { calls += 1; event.preventDefault(); form.submit(); }; form.submit(); }"
        )
        assert task.wait_for("submit")["answer"] == {"a": "1"}
        assert task.frame.evaluate("calls") == 1
        assert len(task.received("submit")) == 1


def test_a_form_of_the_template_may_handle_its_own_submission(browser_page: Page) -> None:
    with open_task(browser_page, ALL_WAYS) as task:
        task.frame.evaluate(
            """() => {
              const nested = document.querySelector("form");
              nested.onsubmit = event => event.preventDefault();
              document.querySelector("#nested").click();
            }"""
        )
        task.say(type="request-state")
        task.wait_for("state")
        assert task.received("submit") == []


def test_crowd_fields_appended_to_the_inner_form_belong_to_the_answer_and_the_state(
    browser_page: Page,
) -> None:
    body = """<crowd-form><crowd-input name="a" value="1"></crowd-input></crowd-form>
    <script>
      const more = document.createElement("div");
      more.innerHTML = `<crowd-radio-group><crowd-radio-button name="yes" value="v">Yes</crowd-radio-button>
        <crowd-radio-button name="no" value="v">No</crowd-radio-button></crowd-radio-group>
        <crowd-checkbox name="sure" value="s">Sure</crowd-checkbox><input name="plain" value="p" aria-label="Plain">`;
      document.querySelector("crowd-form").form.appendChild(more);
    </script>"""
    with open_task(browser_page, body) as task:
        task.frame.get_by_role("radio", name="Yes").check()
        task.page.wait_for_function(
            """received.some(({type, state}) => type === "change"
                 && state.fields.some(({name, state}) => name === "yes" && state === true))"""
        )
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {
            "a": "1",
            "yes": {"v": True},
            "no": {"v": False},
            "sure": {"s": False},
            "plain": "p",
        }


def test_an_unavailable_element_appended_to_the_inner_form_is_reported(browser_page: Page) -> None:
    body = """<crowd-form></crowd-form><script>
      document.querySelector("crowd-form").form.append(document.createElement("crowd-nothing"));
    </script>"""
    with open_task(browser_page, body) as task:
        expect(task.frame.get_by_text("<crowd-nothing> is not available here").first).to_be_visible()


def test_a_form_associated_element_of_the_template_is_a_field(browser_page: Page) -> None:
    body = """<crowd-form><own-value name="own"></own-value></crowd-form><script>
      customElements.define("own-value", class extends HTMLElement {
        static formAssociated = true;
        value = null;
        get name() { return this.getAttribute("name"); }
        validate() { return this.value !== null; }
      });
    </script>"""
    with open_task(browser_page, body) as task:
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_role("alert")).to_contain_text('Please check the field "own".')
        task.say(type="restore", state={"version": 1, "fields": [{"name": "own", "state": {"n": [1]}}]})
        task.frame.wait_for_function("document.querySelector('own-value').value !== null")
        task.frame.get_by_role("button", name="Submit").click()
        assert task.wait_for("submit")["answer"] == {"own": {"n": [1]}}


def test_a_change_is_reported_to_the_page_at_once(browser_page: Page) -> None:
    body = '<crowd-form><crowd-input name="a" label="A"></crowd-input></crowd-form>'
    browser_page.clock.install()
    with open_task(browser_page, body) as task:
        browser_page.clock.pause_at(browser_page.evaluate("Date.now()") + 1000)
        task.frame.get_by_role("textbox", name="A").fill("x")
        browser_page.clock.run_for(50)
        assert task.wait_for("change")["state"]["fields"] == [{"name": "a", "state": "x"}]


def test_a_failed_submission_is_reported_and_can_be_repeated(browser_page: Page) -> None:
    with open_task(
        browser_page, '<crowd-form><crowd-input name="a" value="1"></crowd-input></crowd-form>'
    ) as task:
        submit = task.frame.get_by_role("button", name="Submit")
        submit.click()
        task.wait_for("submit")
        expect(submit).to_be_disabled()
        task.say(type="error", message="The server is not reachable.")
        expect(task.frame.get_by_role("alert")).to_contain_text("The server is not reachable.")
        submit.click()
        task.wait_for("submit", count=2)
        task.say(type="submitted")
        expect(task.frame.get_by_role("alert")).to_contain_text("Submitted")
        expect(submit).to_be_disabled()


def test_the_pages_own_submit_button_submits(browser_page: Page) -> None:
    with open_task(
        browser_page, '<crowd-form><crowd-input name="a" value="1"></crowd-input></crowd-form>'
    ) as task:
        task.say(type="submit")
        assert task.wait_for("submit")["answer"] == {"a": "1"}


def test_a_submit_button_in_the_template_replaces_the_default_button(browser_page: Page) -> None:
    body = """<crowd-form><crowd-input name="a" value="1"></crowd-input>
      <crowd-button form-action="submit" variant="primary">Send it</crowd-button></crowd-form>"""
    with open_task(browser_page, body) as task:
        expect(task.frame.get_by_role("button")).to_have_count(1)
        task.frame.get_by_role("button", name="Send it").click()
        assert task.wait_for("submit")["answer"] == {"a": "1"}


def test_reset_restores_the_initial_values(browser_page: Page) -> None:
    body = """<crowd-form><crowd-input name="a" label="A" value="1"></crowd-input>
      <crowd-button form-action="reset">Reset</crowd-button></crowd-form>"""
    with open_task(browser_page, body) as task:
        task.frame.get_by_role("textbox", name="A").fill("other")
        task.frame.get_by_role("button", name="Reset").click()
        expect(task.frame.get_by_role("textbox", name="A")).to_have_value("1")


def test_an_unavailable_element_is_reported_and_blocks_the_answer(browser_page: Page) -> None:
    body = '<crowd-form><crowd-nothing name="p"></crowd-nothing><input name="a"></crowd-form>'
    with open_task(browser_page, body) as task:
        expect(task.frame.get_by_text("<crowd-nothing> is not available here").first).to_be_visible()
        expect(task.frame.get_by_role("button", name="Submit")).to_be_disabled()
        task.frame.locator("input[name=a]").press("Control+Enter")
        expect(task.frame.get_by_text("so this task cannot be submitted")).to_be_visible()
        assert task.received("submit") == []


def test_messages_that_do_not_come_from_the_portal_page_are_ignored(browser_page: Page) -> None:
    with open_task(
        browser_page, '<crowd-form><crowd-input name="a" value="1"></crowd-input></crowd-form>'
    ) as task:
        task.frame.evaluate("postMessage({source: 'trigpoint', type: 'submit'}, '*')")
        task.say(type="request-state")
        task.wait_for("state")
        assert task.received("submit") == []


def test_a_template_opened_without_the_portal_shows_the_answer_it_would_submit(browser_page: Page) -> None:
    body = '<crowd-form><crowd-input name="a" value="1"></crowd-input></crowd-form>'
    files = {
        "/page": Response(HOST_PAGE.encode(), "text/html"),
        "/alone": template_page(body),
        **bundle(),
    }
    with serve(files) as base_url:
        browser_page.goto(f"{base_url}/alone")
        browser_page.get_by_role("button", name="Submit").click()
        expect(browser_page.get_by_role("dialog")).to_be_visible()
        expect(browser_page.get_by_text('{ "a": "1" }')).to_be_visible()


def test_a_form_is_accessible(browser_page: Page) -> None:
    with open_task(browser_page, SURVEY.replace("<select ", '<select aria-label="Pick" ')) as task:
        assert_accessible(task.frame)
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_text("Please fill this in.").first).to_be_visible()
        assert_accessible(task.frame)


def test_only_the_template_and_its_script_are_loaded(browser_page: Page) -> None:
    requested: list[str] = []
    browser_page.on("request", lambda request: requested.append(request.url))
    with open_task(browser_page, SURVEY):
        paths = {url.split("/", 3)[3] for url in requested}
    modules = {path for path in paths if path.startswith("crowd/")}
    assert not any("bounding-box" in path or "stage" in path for path in modules)
    assert paths - modules <= {"page", "frame", "crowd-html-elements.js", "favicon.ico"}
