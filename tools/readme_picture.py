"""Makes docs/images/portal.webp: boxes, masks, entities and polygons, labeled in real tasks in headless Chromium.

uv run python tools/readme_picture.py [FILE]
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Frame, Page, sync_playwright
from trial_server import BUCKET, Server, create_job, serving, sign_in

from trigpoint.scenes.scene import Scene, draw_scene

FILE = Path(__file__).resolve().parents[1] / "docs" / "images" / "portal.webp"
LABELS = ["car", "van", "person"]
SCRIPT = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
HELP = """<short-instructions><p>{what}</p></short-instructions>
  <full-instructions header="All about it"><p>{what}</p></full-instructions>"""
TAG = """<crowd-form><{tag} name="a" src="{{{{ task.input.source-ref | grant_read_access }}}}" header="{header}"
  labels="['car', 'van', 'person']" {more}>{help}</{tag}></crowd-form>"""
TEXT = (
    "Ada Lovelace met Charles Babbage in London on 5 June 1833. She was seventeen, and the engine that he showed her that "
    "evening could add numbers of many digits. Ten years later, on 10 July 1843, she wrote to him from Ockham about a "
    "program for the Bernoulli numbers."
)
ENTITIES = {
    "person": ("Ada Lovelace", "Charles Babbage"),
    "place": ("London", "Ockham"),
    "date": ("5 June 1833", "10 July 1843"),
}
POLYGON = "{{label: '{label}', vertices: [{{x: {a}, y: {d}}}, {{x: {a}, y: {f}}}, {{x: {b}, y: {e}}}, {{x: {c}, y: {f}}}, {{x: {c}, y: {d}}}]}}"


@dataclass(frozen=True)
class Shot:
    """One picture of a task."""

    title: str
    template: str
    line: dict[str, Any]
    size: tuple[int, int]
    theme: str
    work: Callable[[Page, Frame], None]


def main() -> int:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    scene = draw_scene(11, 6)
    with (
        tempfile.TemporaryDirectory() as temporary,
        serving(Path(temporary)) as server,
        sync_playwright() as playwright,
    ):
        s3 = server.aws("s3")
        s3.create_bucket(Bucket=BUCKET)
        encoded = io.BytesIO()
        scene.image.save(encoded, "JPEG", quality=92)
        s3.put_object(Bucket=BUCKET, Key="street.jpg", Body=encoded.getvalue(), ContentType="image/jpeg")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        boxes, masks, entities, phone = _taken(browser, server, _shots(scene))
        browser.close()
    _composed(boxes, masks, entities, phone).save(file, quality=88, method=6)
    return 0


def _shots(scene: Scene) -> list[Shot]:
    line = {"source-ref": f"s3://{BUCKET}/street.jpg"}
    tight = HELP.format(
        what="Draw a tight box around every car, van and person, also where the edge cuts it off."
    )
    boxes = TAG.format(
        tag="crowd-bounding-box", header="Draw a box around each vehicle and person", more="", help=tight
    )
    paint = HELP.format(what="Paint all pixels of a vehicle or person.")
    masks = TAG.format(
        tag="crowd-semantic-segmentation", header="Paint vehicles and people", more="", help=paint
    )
    polygons = TAG.format(
        tag="crowd-polygon",
        header="Draw a polygon around each person",
        more=f'initial-value="[{_polygons(scene)}]"',
        help=paint,
    )
    spans = [
        {"label": label, "startOffset": TEXT.index(name), "endOffset": TEXT.index(name) + len(name)}
        for label, names in ENTITIES.items()
        for name in names
    ]
    texts = f"""<crowd-entity-annotation name="a" header="Mark persons, places and dates" labels="{list(ENTITIES)}"
      text="{TEXT}" initial-value="{spans}">{HELP.format(what="Mark each person, place and date.")}</crowd-entity-annotation>"""
    return [
        Shot(
            "Cars, vans and people",
            boxes,
            line,
            (1440, 900),
            "light",
            lambda page, frame: _draw_boxes(page, frame, scene),
        ),
        Shot(
            "Masks of streets",
            masks,
            line,
            (960, 640),
            "dark",
            lambda page, frame: _paint(page, frame, scene),
        ),
        Shot("Names and dates", texts, {"source": TEXT}, (960, 640), "light", lambda page, frame: None),
        Shot("People", polygons, line, (390, 700), "dark", lambda page, frame: None),
    ]


def _polygons(scene: Scene) -> str:
    """A polygon of five points in the box of each person."""
    persons = [box for box in scene.boxes if box.label == "person"]
    return ", ".join(
        POLYGON.format(
            label=box.label,
            a=box.left,
            b=box.left + box.width // 2,
            c=box.left + box.width,
            d=box.top + box.height,
            e=box.top,
            f=box.top + box.height // 4,
        )
        for box in persons
    )


def _on_screen(frame: Frame, x: float, y: float) -> tuple[float, float]:
    outer = frame.frame_element().bounding_box()
    assert outer is not None
    left, top, width, height, columns, rows = frame.evaluate(PLACE)
    return outer["x"] + left + x * width / columns, outer["y"] + top + y * height / rows


def _drag(page: Page, frame: Frame, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*_on_screen(frame, *begin))
    page.mouse.down()
    page.mouse.move(*_on_screen(frame, (begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2))
    page.mouse.move(*_on_screen(frame, *end))
    page.mouse.up()


def _draw_boxes(page: Page, frame: Frame, scene: Scene) -> None:
    for box in scene.boxes:
        page.keyboard.press(str(LABELS.index(box.label) + 1))
        _drag(page, frame, (box.left, box.top), (box.left + box.width, box.top + box.height))


def _paint(page: Page, frame: Frame, scene: Scene) -> None:
    """Lets the assistant find the larger things in their boxes."""
    for box in scene.boxes:
        if box.width * box.height < 900:
            continue
        page.keyboard.press(str(LABELS.index(box.label) + 1))
        page.keyboard.press("a")
        _drag(page, frame, (box.left - 3, box.top - 3), (box.left + box.width + 3, box.top + box.height + 3))
        frame.get_by_text("Object found").first.wait_for(state="attached", timeout=60_000)
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)


def _taken(browser: Browser, server: Server, shots: list[Shot]) -> list[Image.Image]:
    """The pictures, each of a task in a job of its own, two device pixels for each of CSS."""
    context = browser.new_context()
    team_arn, cookies = sign_in(server, context), context.storage_state()
    context.close()
    pictures = []
    for number, shot in enumerate(shots):
        job = f"picture-{number}"
        create_job(server, job, team_arn, SCRIPT + shot.template, *[shot.line] * 12, title=shot.title)
        with browser.new_context(
            viewport={"width": shot.size[0], "height": shot.size[1]},
            color_scheme="dark" if shot.theme == "dark" else "light",
            device_scale_factor=2,
            storage_state=cookies,
        ) as shown:
            page = shown.new_page()
            page.goto(f"{server.url}/portal/jobs/{job}/work")
            element = page.wait_for_selector("iframe:not(.is-loading)")
            frame = element.content_frame() if element is not None else None
            assert frame is not None, "an iframe has a frame"
            page.wait_for_timeout(2000)
            page.mouse.click(*_middle_of_header(frame))
            shot.work(page, frame)
            page.mouse.move(5, 5)
            page.wait_for_timeout(500)
            pictures.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    return pictures


def _middle_of_header(frame: Frame) -> tuple[float, float]:
    """A place to click that gives the frame the focus and changes nothing."""
    outer = frame.frame_element().bounding_box()
    assert outer is not None
    return outer["x"] + outer["width"] * 0.3, outer["y"] + 20


def _composed(
    boxes: Image.Image, masks: Image.Image, entities: Image.Image, phone: Image.Image
) -> Image.Image:
    """The boxes above; below them the others side by side, all of the same height."""
    width, gap = 1440, 24
    large = _scaled(boxes, width=width)
    row = [masks, entities, phone]
    free = width - gap * (len(row) - 1)
    height = round(free / sum(each.width / each.height for each in row))
    canvas = Image.new("RGB", (width + 2 * gap, large.height + height + 3 * gap), "#eceef2")
    _paste(canvas, large, gap, gap)
    left = gap
    for each in row:
        small = _scaled(each, height=height)
        _paste(canvas, small, left, large.height + 2 * gap)
        left += small.width + gap
    return canvas


def _scaled(image: Image.Image, *, width: int = 0, height: int = 0) -> Image.Image:
    size = (
        (width, round(image.height * width / image.width))
        if width
        else (round(image.width * height / image.height), height)
    )
    return image.resize(size, Image.Resampling.LANCZOS)


def _paste(canvas: Image.Image, image: Image.Image, left: int, top: int) -> None:
    """With round corners and a thin border."""
    corners = Image.new("L", image.size, 0)
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, image.width - 1, image.height - 1), 12, fill=255)
    canvas.paste(image, (left, top), corners)
    ImageDraw.Draw(canvas).rounded_rectangle(
        (left, top, left + image.width - 1, top + image.height - 1), 12, outline="#c9ced7"
    )


PLACE = """() => {
  const element = [...document.querySelectorAll("*")].find(each => each.shadowRoot?.querySelector("tp-image-stage"));
  const image = element.shadowRoot.querySelector("tp-image-stage").shadowRoot.querySelector("img");
  const box = image.getBoundingClientRect();
  return [box.left, box.top, box.width, box.height, image.naturalWidth, image.naturalHeight];
}"""

if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
    sys.exit(main())
