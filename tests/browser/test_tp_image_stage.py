"""tp-image-stage: shows, zooms and pans an image."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from helpers.crowd_pages import Response, open_task
from helpers.elements import assert_accessible, open_elements

pytestmark = pytest.mark.browser

STAGE = """<style>tp-image-stage {{ width: 848px; height: 648px }}</style>
  <tp-image-stage src="{src}" label="Picture"></tp-image-stage>"""
PHASE = "document.querySelector('tp-image-stage').phase"
VIEW = "document.querySelector('tp-image-stage').view"


def picture() -> Response:
    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), "#c8d0d8").save(buffer, "PNG")
    return Response(buffer.getvalue(), "image/png")


@pytest.fixture
def stage(browser_page: Page) -> Iterator[Page]:
    with open_elements(browser_page, STAGE.format(src="/image.png"), {"/image.png": picture()}) as page:
        page.wait_for_function(f"{PHASE} === 'ready'")
        yield page


def test_the_whole_image_is_visible_at_first(stage: Page) -> None:
    assert stage.evaluate(VIEW) == {"scale": 2, "x": 24, "y": 24}
    assert stage.evaluate("document.querySelector('tp-image-stage').image") == {"width": 400, "height": 300}


def test_the_wheel_zooms_around_the_pointer(stage: Page) -> None:
    stage.evaluate("count('tp-stage-view')")
    stage.mouse.move(8, 8)
    origin = stage.evaluate("document.querySelector('tp-image-stage').getBoundingClientRect().x")
    stage.mouse.move(origin + 24, origin + 24)
    stage.mouse.wheel(0, -300)
    stage.wait_for_function(f"{VIEW}.scale === 4")
    assert stage.evaluate(VIEW) == {"scale": 4, "x": 24, "y": 24}


def test_the_border_of_the_image_is_as_thin_at_every_zoom(stage: Page) -> None:
    """A border that grew with the image would look like a part of a small one."""
    stage.evaluate("document.querySelector('tp-image-stage').zoomTo(8)")
    stage.wait_for_function(f"{VIEW}.scale === 8")
    shadow = (
        "getComputedStyle(document.querySelector('tp-image-stage').shadowRoot.querySelector('img')).boxShadow"
    )
    stage.wait_for_function(f"{shadow}.endsWith('0px 0px 0px 0.125px')")


def test_a_panning_stage_moves_the_image_with_the_pointer(stage: Page) -> None:
    stage.evaluate("document.querySelector('tp-image-stage').zoomTo(8)")
    before = stage.evaluate(VIEW)
    stage.evaluate("document.querySelector('tp-image-stage').panning = true")
    stage.mouse.move(300, 300)
    stage.mouse.down()
    stage.mouse.move(340, 310)
    stage.mouse.up()
    after = stage.evaluate(VIEW)
    assert (after["x"] - before["x"], after["y"] - before["y"]) == (40, 10)


def test_the_pointer_position_is_shown_in_image_pixels(stage: Page) -> None:
    origin = stage.evaluate("document.querySelector('tp-image-stage').getBoundingClientRect().x")
    stage.mouse.move(origin + 24 + 2 * 100, origin + 24 + 2 * 50)
    expect(stage.locator(".readout")).to_have_text("400 × 300 px · x 100, y 50")


def test_a_missing_image_is_reported_and_can_be_loaded_again(browser_page: Page) -> None:
    with open_elements(browser_page, STAGE.format(src="/missing.png")) as page:
        expect(page.get_by_role("alert")).to_contain_text("missing, damaged")
        assert_accessible(page)
        with page.expect_request("**/missing.png"):
            page.get_by_role("button", name="Try again").click()
        page.wait_for_function(f"{PHASE} === 'error'")
        with page.expect_request("**/missing.png"):
            page.evaluate("dispatchEvent(new Event('online'))")


def test_a_drawing_has_the_size_of_its_view_box(browser_page: Page) -> None:
    svg = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">
      <rect x="200" width="200" height="300" fill="#00f"/></svg>"""
    files = {"/box.svg": Response(svg.encode(), "image/svg+xml")}
    with open_elements(browser_page, STAGE.format(src="/box.svg"), files) as page:
        page.wait_for_function(f"{PHASE} === 'ready'")
        stage = page.locator("tp-image-stage")
        assert stage.evaluate("stage => stage.image") == {"width": 400, "height": 300}
        assert page.evaluate(VIEW) == {"scale": 2, "x": 24, "y": 24}
        assert colours(stage, (700, 320)) == [(0, 0, 255)]
        part = "{ left: 200, top: 10, width: 1, height: 1 }"
        assert stage.evaluate(f"stage => stage.pixels({part}, 1).then(({{ data }}) => [...data])") == [
            0,
            0,
            255,
            255,
        ]
        expect(page.get_by_role("status")).to_have_count(0)


def test_an_image_whose_file_ends_too_early_is_shown_with_a_notice(browser_page: Page) -> None:
    buffer = io.BytesIO()
    Image.effect_noise((400, 300), 90).save(buffer, "JPEG")
    whole = buffer.getvalue()
    files = {
        "/image.jpg": Response(whole[: len(whole) // 2], "image/jpeg"),
        "/whole.jpg": Response(whole, "image/jpeg"),
    }
    with open_elements(browser_page, STAGE.format(src="/image.jpg"), files) as page:
        expect(page.get_by_role("status")).to_contain_text("ends too early")
        assert page.evaluate(PHASE) == "ready"
        assert_accessible(page)
        page.evaluate("document.querySelector('tp-image-stage').src = '/whole.jpg'")
        page.wait_for_function(f"{PHASE} === 'ready'")
        expect(page.get_by_role("status")).to_have_count(0)


def test_a_large_image_is_shown_with_its_stored_pixels_at_every_zoom(browser_page: Page) -> None:
    """It is drawn on a canvas, unlike a small one: neither its EXIF flag nor smoothing may change what is where.

    The server's type of the file plays no role, as in an image element. A format that cannot be decoded as it is stored
    is shown by such an element.
    """
    width, height = 6000, 4200
    large = Image.new("RGB", (width, height), "#808080")
    large.paste("#0000ff", (4000, 0, width, height))
    large.paste("#ff0000", (1000, 700, 1001, 701))
    files = {
        "/image.png": Response(encoded(large, "PNG"), "application/octet-stream"),
        "/image.jpg": Response(encoded(large, "JPEG"), "image/png"),
        "/image.gif": Response(encoded(large.convert("P"), "GIF"), "image/gif"),
    }
    with open_elements(browser_page, STAGE.format(src="/image.png"), files) as page:
        page.wait_for_function(f"{PHASE} === 'ready'")
        stage = page.locator("tp-image-stage")
        expect(page.locator("canvas.large")).to_have_count(1)
        expect(page.locator("tp-image-stage img")).to_have_count(0)
        assert stage.evaluate("stage => stage.image") == {"width": width, "height": height}
        fitted = colours(stage, (100, 100), (450, 320), (700, 320))
        assert fitted == [(128, 128, 128), (128, 128, 128), (0, 0, 255)]
        stage.evaluate("stage => { stage.zoomTo(8); stage.lookAt({ x: 1000.5, y: 700.5 }); }")
        page.wait_for_function(f"{VIEW}.scale === 8")
        centre = (848 // 2, 648 // 2)
        grey, red = (128, 128, 128), (255, 0, 0)
        around = [(centre[0] + dx, centre[1] + dy) for dx, dy in ((-5, 0), (-3, -3), (2, 2), (5, 0), (0, 5))]
        assert colours(stage, *around) == [grey, red, red, grey, grey]
        for name, canvases in (("/image.jpg", 1), ("/image.gif", 0)):
            page.evaluate("src => document.querySelector('tp-image-stage').src = src", name)
            page.wait_for_function(f"{PHASE} === 'ready'")
            expect(page.locator("canvas.large")).to_have_count(canvases)
            assert stage.evaluate("stage => stage.image") == {"width": width, "height": height}
            assert colours(stage, (700, 320))[0] == pytest.approx((0, 0, 255), abs=3)


def encoded(image: Image.Image, kind: str) -> bytes:
    """A file that says that viewers turn the image upside down."""
    exif = Image.Exif()
    exif[0x0112] = 3
    buffer = io.BytesIO()
    image.save(buffer, kind, **({} if kind == "GIF" else {"exif": exif, "compress_level": 1, "quality": 95}))
    return buffer.getvalue()


def test_a_huge_image_has_its_pixels_only_while_its_task_is_seen(browser_page: Page) -> None:
    """Two of them would take more memory than a page should have."""
    huge = Image.new("L", (8000, 6500), 192)
    huge.putpixel((1000, 700), 0)
    files = {"/small.png": picture(), "/huge.png": Response(encoded(huge, "PNG"), "image/png")}
    body = """<crowd-form><crowd-bounding-box name="a" src="/small.png" header="Mark" labels="['b']">
      </crowd-bounding-box></crowd-form>"""
    stage = "document.querySelector('crowd-bounding-box').shadowRoot.querySelector('tp-image-stage')"
    with open_task(browser_page, body, files) as task:
        task.wait_for_image()
        task.say(type="hidden")
        with browser_page.expect_request_finished(lambda request: request.resource_type == "fetch"):
            task.frame.evaluate("document.querySelector('crowd-bounding-box').src = '/huge.png'")
        assert task.frame.evaluate(f"{stage}.phase") == "loading"
        assert browser_page.workers == [], "it is decoded out of sight"
        task.say(type="shown")
        task.frame.wait_for_function(f"{stage}.phase === 'ready'")
        assert task.frame.evaluate(f"{stage}.image") == {"width": 8000, "height": 6500}
        task.frame.evaluate(f"{stage}.zoomTo(8), {stage}.lookAt({{ x: 1000.5, y: 700.5 }})")
        pixel = f"{stage}.pixels({{ left: 1000, top: 700, width: 1, height: 1 }}, 1).then(({{ data }}) => data[0])"
        middle = task.frame.locator("tp-image-stage")
        box = middle.bounding_box()
        assert box is not None
        centre = (int(box["width"] / 2), int(box["height"] / 2))
        assert colours(middle, centre) == [(0, 0, 0)]
        task.say(type="hidden")
        task.frame.wait_for_function(f"{pixel}.then(value => value > 0)")
        task.say(type="shown")
        task.frame.wait_for_function(f"{pixel}.then(value => value === 0)")
        assert colours(middle, centre) == [(0, 0, 0)]


def colours(stage: Locator, *points: tuple[int, int]) -> list[tuple[int, ...]]:
    """The colours of the screen at points of the stage, after the next frame."""
    stage.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shown = Image.open(io.BytesIO(stage.screenshot())).convert("RGB")
    return [shown.getpixel(point) for point in points]


def test_a_stage_is_accessible(stage: Page) -> None:
    expect(stage.get_by_role("application", name="Picture")).to_be_visible()
    assert_accessible(stage)
