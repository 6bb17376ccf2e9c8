"""Labelling texts in many scripts in the portal: what is marked is what the offsets of the output say."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from helpers.chromium import open_page
from helpers.first_task import begin, label
from helpers.marked_text import MarkedText
from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser

ASTRONAUT, FLAG, ECLAIR = "👩\u200d🚀", "🇰🇷", "e\u0301clair"
DECOMPOSED = "\u1112\u1161\u11ab\u1100\u1173\u11af"  # 한글, as macOS names files
TEXT = f"""👋🏽 وُلدت ماري في وارسو عام 1867.
דוד גר בחיפה, met Ben שם.
김민수는 서울에서 일한다.
王小明住在北京。
{ASTRONAUT}{FLAG} {ECLAIR}
{DECOMPOSED} दिल्ली में"""


def test_texts_of_many_scripts_are_marked_by_mouse_touch_and_keyboard(
    server: PortalServer, chromium: Browser
) -> None:
    with open_page(chromium, viewport={"width": 1440, "height": 900}, has_touch=True) as page:
        names = ("person", "place", "thing")
        frame = begin(page, server, "NamedEntityRecognition", {"source": TEXT}, names)
        outer = frame.frame_element().bounding_box()
        assert outer is not None
        text = MarkedText(page, frame, outer["x"], outer["y"])
        keys, finger = page.keyboard, page.context.new_cdp_session(page)

        def marked(part: str, name: str) -> None:
            expect(frame.locator(".shapes-pane")).to_contain_text(part)
            assert (part, name) in text.entities()

        # by mouse: right to left, and from Hebrew into Latin letters
        keys.press("1")
        text.mark("ماري")
        marked("ماري", "person")
        keys.press("2")
        text.mark("בחיפה")
        marked("בחיפה", "place")
        text.page.mouse.dblclick(*text.place("北京"))
        marked("北京", "place")
        # by touch
        x, y = text.place("وارسو")
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        expect(frame.locator(".marked")).to_have_count(1)
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        marked("وارسو", "place")
        # single characters, without the particle of the word
        keys.press("Escape")
        keys.press("w")
        keys.press("1")
        text.drag(text.place("김민수", 0.02), text.place("김민수", 0.98))
        marked("김민수", "person")
        # by keyboard: characters of several code points are one
        text.click("。")
        keys.press("3")
        for key in ("ArrowDown", "Home", "Shift+ArrowRight", "Space", "Shift+ArrowRight", "Space"):
            keys.press(key)
        marked(ASTRONAUT, "thing")
        marked(FLAG, "thing")
        for key in (
            "ArrowRight",
            "Shift+End",
            "Space",
            "ArrowDown",
            "Home",
            "Shift+ArrowRight",
            "Shift+ArrowRight",
            "Space",
        ):
            keys.press(key)
        marked(ECLAIR, "thing")
        marked(DECOMPOSED, "thing")
        keys.press("w")
        text.page.mouse.dblclick(*text.place("दिल्ली"))
        marked("दिल्ली", "thing")
        keys.press("Escape")
        keys.press("Enter")
        entities = label(page, server)["found"]["annotations"]["entities"]
        assert {(TEXT[each["startOffset"] : each["endOffset"]], each["label"]) for each in entities} == {
            ("ماري", "person"),
            ("وارسو", "place"),
            ("בחיפה", "place"),
            ("김민수", "person"),
            ("北京", "place"),
            (ASTRONAUT, "thing"),
            (FLAG, "thing"),
            (ECLAIR, "thing"),
            (DECOMPOSED, "thing"),
            ("दिल्ली", "thing"),
        }
