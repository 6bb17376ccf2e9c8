"""The task page on a phone: the layout of small windows, and fingers on the image, sent as touch events by CDP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from helpers.chromium import open_page
from helpers.crowd_pages import Response, Task, open_task
from helpers.elements import assert_accessible
from helpers.photos import photo
from helpers.portal_server import PortalServer

pytestmark = pytest.mark.browser

Point = tuple[float, float]

IMAGE = {"/image.jpg": Response(photo(1, (800, 600)), "image/jpeg")}
LABELS = [f"label {number}" for number in range(1, 51)]
TEMPLATE = f"""<crowd-form><crowd-bounding-box name="boundingBox" src="/image.jpg" labels="{LABELS}"
  header="Draw a box around every vehicle that you can see in the whole picture">
  <short-instructions><p>Close boxes.</p></short-instructions>
  <full-instructions header="Everything about boxes"><p>Much more.</p></full-instructions>
  </crowd-bounding-box></crowd-form>"""

PARTS = """() => {
  const widget = document.querySelector("crowd-bounding-box").shadowRoot;
  const submit = document.querySelector("crowd-form").shadowRoot.querySelector("crowd-button");
  const shown = element => element.checkVisibility();
  const size = element => [element.offsetWidth, element.offsetHeight];
  const controls = [...widget.querySelectorAll("button, label, select, input[type=search]"), submit];
  return {
    stage: size(widget.querySelector("tp-image-stage")),
    page: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
    small: controls.filter(shown).filter(control => Math.min(...size(control)) < 44)
      .map(control => control.outerHTML.slice(0, 90)),
  };
}"""


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A page of 390 x 844 with a touch screen."""
    size = {"width": 390, "height": 844}
    with open_page(chromium, viewport=size, has_touch=True, is_mobile=True) as page:
        yield page


@pytest.fixture
def task(phone: Page) -> Iterator[Task]:
    with open_task(phone, TEMPLATE, IMAGE) as opened:
        opened.wait_for_image()
        yield opened


@dataclass(frozen=True, slots=True)
class Hand:
    """Fingers on the screen of a task, in CSS pixels. The fingers of one call are those that touch the screen."""

    task: Task
    cdp: CDPSession

    def down(self, *fingers: Point) -> None:
        self._send("touchStart", fingers)

    def move(self, *fingers: Point) -> None:
        self._send("touchMove", fingers)

    def up(self) -> None:
        self._send("touchEnd", ())

    def drag(self, start: Point, end: Point) -> None:
        """Drags one finger from one point of the image to another."""
        self.down(self.task.screen_point(*start))
        self.move(self.task.screen_point((start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
        self.move(self.task.screen_point(*end))
        self.up()

    def _send(self, kind: str, fingers: tuple[Point, ...]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.fixture
def hand(task: Task) -> Hand:
    return Hand(task, task.page.context.new_cdp_session(task.page))


def approximately(box: tuple[str, int, int, int, int], *sides: float) -> bool:
    """Whether a box has these sides, up to the pixels of the image under one pixel of the screen."""
    return list(box[1:]) == [pytest.approx(side, abs=4) for side in sides]


def test_one_finger_draws_and_a_resting_finger_moves(task: Task, hand: Hand) -> None:
    hand.drag((100, 100), (300, 250))
    [box] = task.boxes()
    assert approximately(box, 100, 100, 200, 150)
    hand.drag((315, 260), (450, 400))
    assert [approximately(box, 315, 260, 135, 140) for box in task.boxes()] == [False, True]

    hand.down(task.screen_point(200, 175))
    selected = task.frame.locator(".shape[data-selected]")
    expect(selected).to_have_attribute(
        "data-id", task.frame.locator(".shape").first.get_attribute("data-id") or ""
    )
    hand.move(task.screen_point(260, 195))
    hand.move(task.screen_point(320, 215))
    hand.up()
    assert approximately(task.boxes()[0], 220, 140, 200, 150)
    assert len(task.boxes()) == 2


def test_two_fingers_zoom_and_move_the_image_and_abandon_the_box_that_one_of_them_began(
    task: Task, hand: Hand
) -> None:
    x, y = task.screen_point(400, 300)
    scale = task.screen_point(401, 300)[0] - x
    hand.down((x - 40, y))
    hand.move((x - 60, y - 20))
    hand.move((x - 40, y))
    hand.down((x - 40, y), (x + 40, y))
    for step in range(1, 5):
        hand.move((x - 40 - step * 5, y), (x + 40 + step * 15, y))
    hand.up()
    zoomed = task.screen_point(401, 300)[0] - task.screen_point(400, 300)[0]
    assert zoomed == pytest.approx(2 * scale, rel=0.02)
    assert task.screen_point(400, 300) == pytest.approx((x + 20, y), abs=2)
    assert task.boxes() == []
    hand.drag((350, 250), (450, 350))
    assert approximately(task.boxes()[0], 350, 250, 100, 100)


@pytest.mark.parametrize(
    ("size", "share"), [((390, 844), 0.55), ((320, 640), 0.45), ((844, 390), 0.55)], ids=str
)
def test_in_a_small_window_the_image_has_most_of_the_room_and_everything_is_large_enough_for_a_finger(
    phone: Page, size: tuple[int, int], share: float
) -> None:
    phone.set_viewport_size({"width": size[0], "height": size[1]})
    with open_task(phone, TEMPLATE, IMAGE) as task:
        task.wait_for_image()
        parts = task.frame.evaluate(PARTS)
        assert parts["page"] == list(size)
        assert parts["stage"][0] * parts["stage"][1] > share * size[0] * size[1]
        assert parts["small"] == []
        for name in ("Submit", "Draw boxes", "Undo", "List: 0 boxes", "Instructions", "Zoom in"):
            expect(task.frame.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
        assert_accessible(task.frame)

        last = task.frame.get_by_role("radio", name=LABELS[-1])
        all_labels = task.frame.get_by_role("button", name="All labels")
        if all_labels.is_visible():
            all_labels.tap()
            assert task.frame.evaluate(PARTS)["small"] == []
        last.tap()
        expect(last).to_be_checked()
        expect(last).to_be_in_viewport(ratio=0.9)

        task.frame.get_by_role("button", name="Submit").tap()
        expect(task.frame.get_by_text("Draw at least one box")).to_be_in_viewport()
        nothing = task.frame.get_by_role("checkbox", name="Nothing to label")
        assert task.frame.evaluate(PARTS)["page"] == list(size)
        assert_accessible(task.frame)
        nothing.tap()
        task.frame.get_by_role("button", name="Submit").tap()
        assert task.wait_for("submit")["answer"]["boundingBox"]["boundingBoxes"] == []


def test_in_a_small_window_the_instructions_cover_the_image_until_they_are_closed(task: Task) -> None:
    text = task.frame.get_by_text("Close boxes.")
    expect(text).to_be_hidden()
    task.frame.get_by_role("button", name="Instructions", exact=True).tap()
    expect(text).to_be_in_viewport()
    assert_accessible(task.frame)
    task.frame.get_by_role("button", name="Close the instructions").tap()
    expect(text).to_be_hidden()
    task.frame.get_by_role("button", name="Keyboard and mouse").tap()
    expect(task.frame.get_by_text("Zoom and move the image")).to_be_in_viewport()
    assert task.frame.evaluate(PARTS)["page"] == [390, 844]


def test_a_label_found_by_its_name_is_chosen_and_the_strip_shows_all_labels_again(task: Task) -> None:
    opener = task.frame.get_by_role("button", name="All labels")
    opener.tap()
    task.frame.get_by_role("searchbox", name="Find a label").fill("47")
    expect(task.frame.get_by_role("radio")).to_have_count(1)
    task.frame.get_by_role("radio").tap()
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(task.frame.get_by_role("radio")).to_have_count(len(LABELS))
    expect(task.frame.get_by_role("radio", name="label 47")).to_be_in_viewport(ratio=0.9)
    expect(task.frame.get_by_role("radio", name="label 47")).to_be_checked()


def test_no_page_of_the_portal_scrolls_sideways_on_a_small_phone(server: PortalServer, phone: Page) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    server.portal.open_job(
        images=1, title="Draw boxes around all vehicles, people and animals that you can see"
    )
    width = "document.documentElement.scrollWidth"
    phone.goto(f"{server.url}/portal/sign-in")
    assert phone.evaluate(width) == 320
    phone.goto(server.entry_url("/portal/password"))
    assert phone.evaluate(width) == 320
    phone.goto(f"{server.url}/portal/")
    assert phone.evaluate(width) == 320
    phone.locator("summary").tap()
    expect(phone.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
    phone.locator("summary").tap()

    phone.get_by_role("link", name="Start working").tap()
    phone.wait_for_selector("iframe:not(.is-loading)")
    assert phone.evaluate(width) == 320
    release = phone.get_by_role("button", name="Release task")
    expect(release).to_be_hidden()
    phone.get_by_role("button", name="More actions").tap()
    expect(release).to_be_in_viewport(ratio=1)
    assert_accessible(phone)
    frame = phone.locator("iframe").bounding_box()
    assert frame is not None
    phone.locator("iframe").tap(position={"x": 20, "y": frame["height"] - 20})
    expect(release).to_be_hidden()
    phone.get_by_role("button", name="More actions").tap()
    release.tap()
    phone.get_by_role("dialog").get_by_role("button", name="Release").tap()
    expect(phone.get_by_text("The task is available to other workers again.")).to_be_visible()


def test_on_the_smallest_phone_the_list_of_polygons_is_in_reach_next_to_all_the_tools(phone: Page) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    template = f"""<crowd-form><crowd-polygon name="a" src="/image.jpg" labels="{LABELS}"></crowd-polygon></crowd-form>"""
    with open_task(phone, template, IMAGE) as task:
        task.wait_for_image()
        opener = task.frame.get_by_role("button", name="List: 0 polygons")
        expect(opener).to_be_in_viewport(ratio=1)
        opener.tap()
        expect(task.frame.get_by_role("checkbox", name="Nothing to label")).to_be_in_viewport()
        narrow = "[...document.querySelector('crowd-polygon').shadowRoot.querySelectorAll('.tools > button')].filter(b => b.offsetWidth < 44)"
        assert task.frame.evaluate(f"{narrow}.length") == 0
