"""Fills in a task as a worker does: every visible field and element gets some answer, with mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from playwright.sync_api import ElementHandle, Error, Frame, Page

FIELDS = """place => {
  const small = "crowd-input, crowd-text-area, crowd-checkbox, crowd-toggle-button, crowd-radio-button, crowd-slider";
  const roots = [document, ...[...document.querySelectorAll("*")].map(each => each.shadowRoot).filter(Boolean)];
  const found = [];
  for (const root of roots) {
    const ours = root.host !== undefined && root.host.localName !== "crowd-form";
    if (ours) continue;
    found.push(...root.querySelectorAll(`${small}, input, textarea, select`));
  }
  return found.filter(field => field.closest(place) !== null && field.checkVisibility() && !field.disabled && !field.dataset.filled
    && !["hidden", "submit", "button", "reset", "file"].includes(field.type));
}"""
TEXTS = {
    "number": "3",
    "email": "a@example.com",
    "url": "https://example.com/",
    "date": "2019-05-06",
    "tel": "123456",
}
PASSES = 4
"""Fields may appear when others are filled in."""
CLICK_MS = 5000

Act = Callable[[Page, Frame, ElementHandle], None]


def fill(page: Page, frame: Frame) -> None:
    """Fills in everything in the frame of a task.

    Fields in instructions come first, with the buttons next to them: there templates ask for labels.
    """
    _fill_fields(frame, "short-instructions")
    # selectors of the document do not reach into shadow roots, where each crowd-button has a button of its own
    buttons = frame.evaluate_handle(
        "() => [...document.querySelectorAll('short-instructions :is(crowd-button, button)')]"
    )
    for handle in buttons.get_properties().values():
        button = handle.as_element()
        if button is not None and button.is_visible():
            button.click(timeout=CLICK_MS)
    for tag, act in WIDGETS.items():
        for widget in frame.query_selector_all(tag):
            if widget.is_visible():
                act(page, frame, widget)
    _fill_fields(frame, "body")


def _fill_fields(frame: Frame, place: str) -> None:
    """The fields in the elements of this name, again while new ones appear."""
    for _ in range(PASSES):
        handle = frame.evaluate_handle(FIELDS, place)
        fields = [each.as_element() for each in handle.get_properties().values()]
        if not fields:
            return
        groups: set[str] = set()
        for field in fields:
            if field is not None:
                _fill_field(field, groups)


def _fill_field(field: ElementHandle, radio_groups: set[str]) -> None:
    """One field. Of radio buttons with a common name, or in a common group, only the first is chosen."""
    tag, kind, name = field.evaluate(
        """field => {
          field.dataset.filled = "yes";
          const group = field.closest("crowd-radio-group");
          const index = group === null ? field.name : [...document.querySelectorAll("crowd-radio-group")].indexOf(group);
          return [field.localName, field.type ?? "", String(index)];
        }"""
    )
    try:
        if tag == "crowd-radio-button" or kind == "radio":
            if name not in radio_groups:
                radio_groups.add(name)
                field.click(timeout=CLICK_MS)
        elif tag in ("crowd-checkbox", "crowd-toggle-button") or kind == "checkbox":
            field.click(timeout=CLICK_MS)
        elif tag == "crowd-slider":
            field.evaluate("field => field.focus()")
            field.press("ArrowRight")
        elif kind == "range":
            field.press("ArrowRight")
        elif tag == "select":
            field.evaluate("field => field.scrollIntoView()")
            field.select_option(index=field.evaluate("field => field.options.length - 1"), timeout=CLICK_MS)
        else:
            inner = field.evaluate_handle(
                "field => field.shadowRoot?.querySelector('input, textarea') ?? field"
            ).as_element()
            assert inner is not None
            inner.fill(TEXTS.get(kind, "some text"), timeout=CLICK_MS)
    except Error as error:
        print(f"      {tag} {name} cannot be filled in: {str(error).splitlines()[0]}")


def _choose(page: Page, frame: Frame, widget: ElementHandle) -> None:
    """The first class of a classifier."""
    category = widget.evaluate_handle("widget => widget.shadowRoot.querySelector('.category')").as_element()
    if category is not None:
        category.click(timeout=CLICK_MS)


def _place(page: Page, widget: ElementHandle) -> tuple[float, float, float, float]:
    """The part of the screen (left, top, width, height) that the picture takes, once it is loaded."""
    stage = widget.wait_for_selector("tp-image-stage")
    assert stage is not None
    widget.evaluate(
        """async widget => {
          const stage = widget.shadowRoot.querySelector("tp-image-stage");
          while (stage.phase !== "ready" && stage.phase !== "error") await new Promise(done => setTimeout(done, 20));
        }"""
    )
    box = stage.bounding_box()
    assert box is not None
    side = min(box["width"], box["height"])
    return (
        box["x"] + (box["width"] - side * 0.6) / 2,
        box["y"] + (box["height"] - side * 0.6) / 2,
        side * 0.6,
        side * 0.6,
    )


def _at(
    places: tuple[tuple[float, float], ...], area: tuple[float, float, float, float]
) -> list[tuple[float, float]]:
    left, top, width, height = area
    return [(left + x * width, top + y * height) for x, y in places]


def _drag(page: Page, frame: Frame, widget: ElementHandle) -> None:
    """A box, or a stroke of the brush."""
    (x, y), (x2, y2) = _at(((0.3, 0.3), (0.7, 0.7)), _place(page, widget))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + x2) / 2, (y + y2) / 2)
    page.mouse.move(x2, y2)
    page.mouse.up()


def _click_each(*places: tuple[float, float], finish: str = "") -> Act:
    """Clicks the places (shares of the picture) in turn, then presses a key."""

    def act(page: Page, frame: Frame, widget: ElementHandle) -> None:
        for x, y in _at(places, _place(page, widget)):
            page.mouse.click(x, y)
        if finish:
            page.keyboard.press(finish)

    return act


def _points(page: Page, frame: Frame, widget: ElementHandle) -> None:
    """One point for each label, chosen by its digit."""
    labels: list[Any] = widget.evaluate("widget => widget.labels")
    area = _place(page, widget)
    for number in range(1, min(len(labels), 9) + 1):
        page.keyboard.press(str(number))
        [(x, y)] = _at(((number / 10, 0.5),), area)
        page.mouse.click(x, y)


def _mark_words(page: Page, frame: Frame, widget: ElementHandle) -> None:
    """The first label for the first words of a text."""
    place = widget.evaluate(FIRST_WORDS)
    if place is None:
        return
    outer = frame.frame_element().bounding_box()
    assert outer is not None
    x, y, width = place[0] + outer["x"], place[1] + outer["y"], place[2]
    page.keyboard.press("1")
    page.mouse.move(x + 2, y)
    page.mouse.down()
    page.mouse.move(x + width / 2, y)
    page.mouse.move(x + width, y)
    page.mouse.up()


FIRST_WORDS = """widget => {
  let best = null;
  const shown = widget.getAttribute("text") ?? "";
  const visit = root => {
    for (const element of root.querySelectorAll("*")) {
      for (const node of element.childNodes) {
        const isText = node.nodeType === Node.TEXT_NODE && element.checkVisibility()
          && node.data.trim() !== "" && shown.includes(node.data.trim());
        if (isText && (best === null || node.data.length > best.data.length)) best = node;
      }
      if (element.shadowRoot !== null) visit(element.shadowRoot);
    }
  };
  visit(widget.shadowRoot);
  if (best === null) return null;
  const range = document.createRange();
  range.setStart(best, 0);
  range.setEnd(best, Math.min(9, best.data.length));
  const { left, top, width, height } = range.getBoundingClientRect();
  return [left, top + height / 2, width];
}"""


def _review(page: Page, frame: Frame, widget: ElementHandle) -> None:
    """A value for each key that the model has not found."""
    for empty in frame.locator("crowd-textract-analyze-document input.input").all():
        if empty.is_enabled() and empty.input_value() == "":
            empty.fill("some text")


def _rank(page: Page, frame: Frame, widget: ElementHandle) -> None:
    """Ranks all responses in all dimensions, one after the other."""
    for dimension in frame.locator("crowd-text-ranking [data-dimension]").all():
        for letter in dimension.locator(".chip").all_inner_texts():
            dimension.locator(".chip", has_text=letter).first.click(timeout=CLICK_MS)


def _ask(page: Page, frame: Frame, widget: ElementHandle) -> None:
    """The first question with its answer."""
    for field in frame.locator("crowd-question-answer-generation .pair").first.locator("textarea").all():
        field.fill("some text", timeout=CLICK_MS)


WIDGETS: Mapping[str, Act] = {
    "crowd-classifier": _choose,
    "crowd-classifier-multi-select": _choose,
    "crowd-image-classifier": _choose,
    "crowd-image-classifier-multi-select": _choose,
    "crowd-rekognition-detect-moderation-labels": _choose,
    "crowd-textract-analyze-document": _review,
    "crowd-entity-annotation": _mark_words,
    "crowd-text-ranking": _rank,
    "crowd-question-answer-generation": _ask,
    "crowd-bounding-box": _drag,
    "crowd-polygon": _click_each((0.2, 0.2), (0.8, 0.2), (0.5, 0.8), finish="Enter"),
    "crowd-polyline": _click_each((0.2, 0.2), (0.8, 0.2), (0.5, 0.8), finish="Enter"),
    "crowd-line": _click_each((0.2, 0.2), (0.8, 0.6)),
    "crowd-keypoint": _points,
    "crowd-semantic-segmentation": _drag,
    "crowd-instance-segmentation": _drag,
}
