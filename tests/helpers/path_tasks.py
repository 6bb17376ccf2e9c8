"""Tasks with crowd-polygon, crowd-polyline, crowd-line or crowd-keypoint on an image of 800 x 600 pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from playwright.sync_api import Page

from helpers.crowd_pages import Response, Task, open_task


def picture(width: int = 800, height: int = 600) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


@contextmanager
def open_paths(
    page: Page, tag: str, attributes: str = "", labels: str = "['Car', 'Van', 'Person']"
) -> Iterator[Task]:
    """Opens a task with the element, named `shapes`, and waits for its image."""
    body = f"""<crowd-form><{tag} name="shapes" src="/image.png" labels="{labels}" header="Draw" {attributes}>
      <short-instructions>Precisely.</short-instructions><full-instructions header="All"></full-instructions>
      </{tag}></crowd-form>"""
    with open_task(page, body, {"/image.png": Response(picture(), "image/png")}) as task:
        task.wait_for_image()
        yield task


def vertices(shape: dict[str, list[dict[str, int]]]) -> list[tuple[int, int]]:
    return [(point["x"], point["y"]) for point in shape["vertices"]]
