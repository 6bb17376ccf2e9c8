"""The text workspace in crowd-entity-annotation: mouse, keys, touch, search, accessibility."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.chromium import open_page
from helpers.crowd_pages import open_task
from helpers.elements import assert_accessible
from helpers.marked_text import MarkedText, entity_annotation

pytestmark = pytest.mark.browser

TEXT = "Bob Smith met Zoe in Paris.\n\nZoe lives in New York City."


def test_the_mouse_marks_selects_and_moves_ends(browser_page: Page) -> None:
    with open_task(browser_page, entity_annotation(TEXT)) as task:
        text = MarkedText(task.page, task.frame)
        task.press("2")
        text.mark("New", "City")
        text.page.mouse.dblclick(*text.place("Paris"))
        task.press("1")
        text.mark("Smith", "Bob")
        assert text.entities() == [("Bob Smith", "person"), ("Paris", "city"), ("New York City", "city")]

        task.press("2")
        text.mark("York")
        text.click("York")
        task.press("3")
        assert ("York", "date") in text.entities()
        text.click("York")  # the longer one below it
        task.press("Delete")
        assert text.entities() == [("Bob Smith", "person"), ("Paris", "city"), ("York", "date")]

        text.click("Paris")
        handle = task.frame.locator(".handle.start").bounding_box()
        assert handle is not None
        text.drag((handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2), text.place("Zoe"))
        assert text.entities()[1] == ("Zoe in Paris", "city")
        task.press("Control+z")
        assert text.entities()[1] == ("Paris", "city")
        task.frame.locator(".tag", has_text="per").click()
        task.press("x")
        assert text.entities() == [("Paris", "city"), ("York", "date")]


def test_the_keyboard_alone_marks_labels_and_changes(browser_page: Page) -> None:
    with open_task(browser_page, entity_annotation(TEXT)) as task:
        text = MarkedText(task.page, task.frame)
        task.press("Control+ArrowRight", "ArrowRight", "Shift+Control+ArrowRight", "2")
        assert text.entities() == [("Smith", "city")]
        before = text.caret()
        task.press("ArrowDown", "ArrowDown")
        assert text.caret()[1] > before[1]
        assert text.caret()[0] == pytest.approx(before[0], abs=6)
        task.press("End", "ArrowLeft", "Shift+Control+ArrowLeft", "Space")
        assert text.entities() == [("Smith", "city"), ("City", "city")]

        task.press("Escape", "Control+Home", "Tab", "1", "Alt+Shift+ArrowLeft", "Alt+ArrowRight")
        assert text.entities() == [("Bob Smith met", "person"), ("City", "city")]
        task.press("w", "Alt+ArrowLeft")
        assert text.entities()[0] == ("Bob Smith me", "person")
        task.press("Tab")
        expect(task.frame.locator("[aria-live]")).to_have_text("city: City, entity 2 of 2")
        task.press("x", "z", "Escape", "t")
        expect(task.frame.locator(".tag")).to_have_count(0)
        assert task.frame.locator(".tint").count() > 1
        task.press("Shift+S")
        expect(task.frame.locator(".tint")).to_have_count(0)
        task.press("Tab")
        expect(task.frame.locator(".tag")).to_have_count(1)
        task.press("Shift+S", "t", "Escape")
        expect(task.frame.locator(".tag")).to_have_count(2)
        task.press("Enter")
        assert len(task.wait_for("submit")["answer"]["ner"]["entities"]) == 2


def test_a_text_from_right_to_left_moves_the_caret_where_the_arrow_points(browser_page: Page) -> None:
    with open_task(browser_page, entity_annotation("ولدت ماري في وارسو")) as task:
        text = MarkedText(task.page, task.frame)
        task.press("ArrowLeft")
        before = text.caret()
        task.press("ArrowLeft")
        assert text.caret()[0] < before[0]
        task.press("Control+Home", "Control+ArrowLeft", "ArrowLeft", "Shift+Control+ArrowLeft", "1")
        assert text.entities() == [("ماري", "person")]


def test_the_search_finds_and_labels_all(browser_page: Page) -> None:
    with open_task(browser_page, entity_annotation(TEXT)) as task:
        text = MarkedText(task.page, task.frame)
        task.press("f")
        task.frame.get_by_role("searchbox", name="Find in the text").fill("zoe")
        expect(task.frame.locator(".find .count")).to_have_text("1 of 2")
        task.press("Enter")
        expect(task.frame.locator(".find .count")).to_have_text("2 of 2")
        task.frame.get_by_role("button", name="Label all: A person").click()
        assert text.entities() == [("Zoe", "person"), ("Zoe", "person")]
        task.frame.get_by_role("button", name="Undo").first.click()
        assert text.entities() == []


def test_a_finger_holds_a_word_and_drags_its_end(chromium: Browser) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with open_page(chromium, **phone) as page, open_task(page, entity_annotation(TEXT)) as task:
        text = MarkedText(task.page, task.frame)
        finger = page.context.new_cdp_session(page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            at = [{"x": x, "y": y} for x, y in points]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        touch("touchStart", text.place("Zoe"))
        expect(task.frame.locator(".marked")).to_have_count(1)
        touch("touchEnd")
        assert text.entities() == [("Zoe", "person")]
        handle = task.frame.locator(".handle.end").bounding_box()
        assert handle is not None
        touch("touchStart", (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2))
        touch("touchMove", text.place("Paris", 0.3))
        touch("touchMove", text.place("Paris", 0.8))
        touch("touchEnd")
        assert text.entities() == [("Zoe in Paris", "person")]
        assert_accessible(task.frame)


def test_a_task_is_accessible_in_light_and_dark(browser_page: Page) -> None:
    with open_task(browser_page, entity_annotation(TEXT)) as task:
        text = MarkedText(task.page, task.frame)
        text.mark("Bob")
        text.click("Bob")
        task.press("f")
        for scheme in ("light", "dark"):
            task.say(type="appearance", theme=scheme)
            expect(task.frame.locator(f'html[data-theme="{scheme}"]')).to_have_count(1)
            assert_accessible(task.frame)


def test_a_browser_without_caret_positions_finds_the_nearest_character(browser_page: Page) -> None:
    browser_page.add_init_script("delete Document.prototype.caretPositionFromPoint;")
    with open_task(browser_page, entity_annotation("Bob גר בחיפה today")) as task:
        text = MarkedText(task.page, task.frame)
        text.mark("בחיפה")
        assert text.entities() == [("בחיפה", "person")]


def test_many_spans_in_a_long_text_are_drawn_where_they_are_seen(browser_page: Page) -> None:
    """100,000 characters with 2,000 entities: only those in view are drawn, and the last one can be reached."""
    script = """<script>
      const element = document.querySelector("crowd-entity-annotation");
      const lines = Array.from({ length: 2000 }, (_, n) => `Entity number ${10000 + n} is in a line of its own here.\\n`);
      element.setAttribute("text", lines.join(""));
      let at = 0;
      const entities = lines.map(line => {
        at += line.length;
        return { label: "city", startOffset: at - line.length, endOffset: at - line.length + 13 };
      });
      element.setAttribute("initial-value", JSON.stringify(entities));
      </script>"""
    with open_task(browser_page, entity_annotation("") + script) as task:
        text = MarkedText(task.page, task.frame)
        assert len(text.value()["entities"]) == 2000
        assert 10 < task.frame.locator(".tag").count() < 100
        assert task.frame.locator(".entity").count() < 100
        task.press("Control+End", "Shift+Tab")
        expect(task.frame.locator(".tag.shown")).to_be_in_viewport()
        expect(task.frame.locator(".entity[data-selected]")).to_be_in_viewport()
        task.press("x")
        assert len(text.value()["entities"]) == 1999
