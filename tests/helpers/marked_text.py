"""A text to label in a frame, and the mouse on its characters."""

from __future__ import annotations

from html import escape
from typing import Any

from playwright.sync_api import Frame, Page

Entity = tuple[str, str]
"""The marked part, and its label."""

_FIELD = """const element = document.querySelector("crowd-entity-annotation");
  const field = element.shadowRoot.querySelector("tp-entity-field").shadowRoot;"""

_PLACE = f"""([part, fraction]) => {{ {_FIELD}
  for (const line of field.querySelectorAll(".line")) {{
    const at = line.textContent.indexOf(part);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(line.firstChild, at);
    range.setEnd(line.firstChild, at + part.length);
    const {{ left, top, width, height }} = range.getBoundingClientRect();
    return [left + width * fraction, top + height / 2];
  }}
}}"""


def entity_annotation(text: str, attributes: str = "", inside: str = "") -> str:
    """A template with a text to label as person, city or date."""
    labels = "[{'label': 'person', 'shortDisplayName': 'per', 'fullDisplayName': 'A person'}, 'city', 'date']"
    return f"""<crowd-entity-annotation name="ner" header="Mark names" labels="{labels}" text="{escape(text)}"
      {attributes}><short-instructions>Mark all.</short-instructions>{inside}</crowd-entity-annotation>"""


class MarkedText:
    """The text in a frame of a page, whose top left corner is at (`left`, `top`) of the window."""

    def __init__(self, page: Page, frame: Frame, left: float = 0, top: float = 0) -> None:
        self.page = page
        self.frame = frame
        self.left = left
        self.top = top

    def place(self, part: str, fraction: float = 0.5) -> tuple[float, float]:
        """The screen position in a part of the text: 0 is at its left, 1 at its right."""
        x, y = self.frame.evaluate(_PLACE, [part, fraction])
        return self.left + x, self.top + y

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.page.mouse.move(*end)
        self.page.mouse.up()

    def mark(self, first: str, last: str | None = None) -> None:
        """Drags from the middle of one part to that of another, or over most of one."""
        if last is None:
            self.drag(self.place(first, 0.2), self.place(first, 0.8))
        else:
            self.drag(self.place(first), self.place(last))

    def click(self, part: str) -> None:
        self.page.mouse.click(*self.place(part))

    def value(self) -> dict[str, Any]:
        value: dict[str, Any] = self.frame.evaluate("document.querySelector('crowd-entity-annotation').value")
        return value

    def entities(self) -> list[Entity]:
        """The marked parts with their labels, in the order of the text."""
        text = self.frame.evaluate("document.querySelector('crowd-entity-annotation').text")
        return [
            (text[each["startOffset"] : each["endOffset"]], each["label"])
            for each in self.value()["entities"]
        ]

    def caret(self) -> list[float]:
        """The place of the caret in the text, in pixels."""
        place: list[float] = self.frame.evaluate(
            f"""() => {{ {_FIELD}
              const {{ left, top }} = field.querySelector(".caret").style;
              return [parseFloat(left), parseFloat(top)]; }}"""
        )
        return place
