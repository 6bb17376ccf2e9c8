"""Tasks with crowd-semantic-segmentation or crowd-instance-segmentation, and the masks that they submit."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Page

from helpers.crowd_pages import Response, Task, open_task

WIDTH, HEIGHT = 800, 600


def scene(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A red disc with a dark ring in it on a grey road, under a light sky."""
    image = Image.new("RGB", (width, height), "#c4d4e4")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 2 // 3, width, height), fill="#70757a")
    draw.ellipse((250, 150, 449, 349), fill="#b03020")
    draw.ellipse((330, 230, 369, 269), fill="#302020")
    return image


def png(image: Image.Image) -> Response:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Response(buffer.getvalue(), "image/png")


@contextmanager
def open_mask_task(
    page: Page, tag: str, attributes: str = "", files: Mapping[str, Response] | None = None
) -> Iterator[Task]:
    """Opens a task with the element, named `seg`, and waits for its image."""
    body = f"""<crowd-form><{tag} name="seg" src="/image.png" labels="['Car', 'Road', 'Stop sign']"
      header="Paint" {attributes}><short-instructions>Precisely.</short-instructions>
      <full-instructions header="All"></full-instructions></{tag}></crowd-form>"""
    with open_task(page, body, {"/image.png": png(scene()), **(files or {})}) as task:
        task.wait_for_image()
        yield task


def mask_of(answer: Mapping[str, Any]) -> Image.Image:
    """The submitted mask in RGB, on white."""
    image = Image.open(io.BytesIO(base64.b64decode(answer["labeledImage"]["pngImageData"])))
    assert image.mode == "P"
    return image.convert("RGB")


def counts(image: Image.Image) -> dict[str, int]:
    """How many pixels have each colour, `#rrggbb`, but white."""
    found = image.getcolors(1 << 24)
    assert found is not None
    return {
        "#{:02x}{:02x}{:02x}".format(*colour): count  # type: ignore[misc]
        for count, colour in found
        if colour != (255, 255, 255)
    }
