"""crowd-semantic-segmentation with mouse, keyboard and touch, in real Chromium."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from helpers.chromium import open_page
from helpers.elements import assert_accessible
from helpers.mask_tasks import HEIGHT, WIDTH, counts, mask_of, open_mask_task, png

pytestmark = pytest.mark.browser

TAG = "crowd-semantic-segmentation"
CAR, ROAD, SIGN = "#2ca02c", "#1f77b4", "#ff7f0e"


def test_labels_are_painted_pixel_by_pixel_and_submitted_in_their_colours(browser_page: Page) -> None:
    with open_mask_task(browser_page, TAG) as task:
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_text("Draw at least one region").first).to_be_visible()
        assert_accessible(task.frame)

        # Boxes are exact, and a pixel belongs to the label that was painted last.
        task.press("r")
        task.drag((100, 400), (300, 500))
        task.press("2")
        task.drag((200, 450), (400, 550))
        assert counts(mask_of(task.value())) == {CAR: 100 * 200 - 50 * 100, ROAD: 100 * 200}
        task.press("z")
        assert counts(mask_of(task.value())) == {CAR: 20_000}
        task.press("y", "x")  # only empty pixels
        task.press("1")
        task.drag((350, 500), (500, 560))
        assert counts(mask_of(task.value())) == {CAR: 15_000 + 150 * 60 - 50 * 50, ROAD: 20_000}
        task.press("x")

        # A brush stroke of one step of undo, and the eraser over all labels.
        task.press("3", "b", "[", "]")
        task.drag((600, 100), (700, 100))
        stroke = mask_of(task.value())
        assert stroke.crop((600, 90, 700, 110)).getcolors() == [(100 * 20, (255, 127, 14))]
        assert stroke.getpixel((585, 100)) == stroke.getpixel((715, 100)) == (255, 255, 255)
        task.press("e")
        task.drag((150, 475), (350, 475))
        assert mask_of(task.value()).crop((150, 465, 350, 485)).getcolors() == [(200 * 20, (255, 255, 255))]
        task.press("z", "z")

        # What hangs together and has a like colour; then its hole.
        task.press("f")
        task.click_at(300, 250)
        task.frame.wait_for_function(  # the colours are read first
            "document.querySelector('crowd-semantic-segmentation').value.labelMappings['Stop sign']"
        )
        filled = counts(mask_of(task.value()))[SIGN]
        task.press("j")
        assert counts(mask_of(task.value()))[SIGN] - filled == pytest.approx(1256, abs=30)

        # An outline by clicks, of which the last one is taken back.
        task.press("p", "2")
        for corner in [(10, 10), (110, 10), (300, 300), (60, 110)]:
            task.click_at(*corner)
            if corner == (300, 300):
                task.press("Backspace")
        task.press("Enter")
        assert counts(mask_of(task.value()))[ROAD] - 20_000 == pytest.approx(5000, abs=60)

        task.press("Enter")
        answer = task.wait_for("submit")["answer"]["seg"]
        assert answer["inputImageProperties"] == {"height": HEIGHT, "width": WIDTH}
        assert answer["labelMappings"] == {
            "Car": {"color": CAR},
            "Road": {"color": ROAD},
            "Stop sign": {"color": SIGN},
        }
        assert set(counts(mask_of(answer))) == {CAR, ROAD, SIGN}
        assert "initialValueModified" not in answer


def given_mask() -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), "#ffffff")
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 100, 299, 199), fill="#d62728")
    draw.rectangle((500, 0, 799, 599), fill="#0000fe")
    return image.quantize(8)


INITIAL = """initial-value="{src: '/mask.png',
  labelMappings: {Stop sign: {color: '#d62728'}, Road: {color: '#0000fe'}}}" """


def test_a_mask_is_corrected_and_drafts_bring_back_every_pixel(browser_page: Page) -> None:
    files = {"/mask.png": png(given_mask())}
    with open_mask_task(browser_page, TAG, INITIAL, files) as task:
        task.frame.wait_for_selector("text=Regions2")
        answer = task.value()
        assert answer["labelMappings"] == {"Road": {"color": "#0000fe"}, "Stop sign": {"color": "#d62728"}}
        assert answer["initialValueModified"] is False
        assert counts(mask_of(answer)) == counts(given_mask().convert("RGB"))

        task.press("e")
        task.drag((150, 150), (250, 150))
        task.press("r", "1")
        task.drag((20, 420), (120, 470))
        changed = task.value()
        assert changed["initialValueModified"] is True
        state = task.wait_for("state")["state"]
        task.press("z", "z")
        assert task.value()["initialValueModified"] is False
        task.say(type="restore", state=state)
        task.frame.wait_for_selector("text=Regions3")
        assert task.value() == changed

    # The same in a new page: the draft comes before the mask is there.
    with open_mask_task(browser_page, TAG, INITIAL, files) as task:
        task.say(type="restore", state=state)
        task.frame.wait_for_selector("text=Regions3")
        task.frame.wait_for_function(
            "document.querySelector('crowd-semantic-segmentation').value.initialValueModified"
        )
        assert task.value() == changed

    wrong = {"/mask.png": png(given_mask().crop((0, 0, 50, 50)))}
    with open_mask_task(browser_page, TAG, INITIAL, wrong) as task:
        reason = "the mask has 50 x 50 pixels, the image 800 x 600"
        expect(task.frame.get_by_text(reason).first).to_be_visible()
        task.press("Enter")
        assert task.received("submit") == []


def test_a_finger_paints_and_two_fingers_only_move_the_image(chromium: Browser) -> None:
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with open_page(chromium, **options) as page, open_mask_task(page, TAG) as task:
        session = page.context.new_cdp_session(page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            places = [dict(zip(("x", "y"), task.screen_point(*point), strict=True)) for point in points]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

        touch("touchStart", (200, 300))
        touch("touchMove", (400, 300))
        touch("touchEnd")
        painted = counts(mask_of(task.value()))
        assert list(painted) == [CAR]
        touch("touchStart", (200, 100))
        touch("touchMove", (300, 100))
        touch("touchStart", (300, 100), (400, 200))
        touch("touchMove", (250, 100), (450, 200))
        touch("touchEnd")
        assert counts(mask_of(task.value())) == painted


def test_the_assistant_proposes_an_object_that_the_worker_refines_and_paints(browser_page: Page) -> None:
    disc = Image.new("L", (WIDTH, HEIGHT), 255)
    ImageDraw.Draw(disc).ellipse((250, 150, 449, 349), fill=0)

    def overlap(mask: Image.Image) -> float:
        pairs = zip(mask.convert("L").tobytes(), disc.tobytes(), strict=True)
        found = [(value != 255, true == 0) for value, true in pairs]
        return sum(a and b for a, b in found) / sum(a or b for a, b in found)

    with open_mask_task(browser_page, TAG) as task:
        task.press("a", "3")
        for point in [(350, 148), (350, 352), (247, 250), (452, 250)]:
            task.click_at(*point)
        expect(task.frame.get_by_role("button", name="Paint it")).to_be_visible()
        task.frame.get_by_role("button", name="Submit").click()
        expect(task.frame.get_by_text("You have begun a region").first).to_be_visible()
        task.press("Escape")
        assert task.value()["labelMappings"] == {}

        task.drag((235, 135), (465, 365))
        expect(task.frame.get_by_role("button", name="Paint it")).to_be_visible()
        task.drag((345, 250), (355, 250))  # the dark spot belongs to it
        expect(task.frame.get_by_text("Looking for the object")).to_be_hidden()
        task.press("Enter")
        answer = task.value()
        assert answer["labelMappings"] == {"Stop sign": {"color": SIGN}}
        assert overlap(mask_of(answer)) > 0.95
        task.press("z")
        assert task.value()["labelMappings"] == {}
