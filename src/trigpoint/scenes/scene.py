"""Draws one scene, and finds the box of each thing in it.

A scene is a pinhole camera in a small street measured in metres. Houses, pavement and road come first, then cars,
vans and people from far to near, so that near things hide far ones. A box is the extent of the pixels that still
belong to a thing at the end: it is exact, clipped to the image, and covers only the visible part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image

from trigpoint.scenes.canvas import Camera, Canvas, Pen
from trigpoint.scenes.colours import LIGHT_WEIGHTS, LIGHTS
from trigpoint.scenes.scenery import sky
from trigpoint.scenes.streets import spread, street_across, street_along

MIN_VISIBLE_FRACTION = 0.35
"""A thing of which a smaller share of its pixels is visible gets no box: no person would draw one."""

MIN_SIDE_PX = 8


@dataclass(frozen=True, slots=True)
class SceneBox:
    """Visible extent of one thing, whole pixels of the image, origin top-left."""

    label: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is in it."""

    image: Image.Image
    boxes: list[SceneBox]


def draw_scene(seed: int, index: int, size: tuple[int, int] = (480, 360)) -> Scene:
    """The street scene number `index` of the series `seed`, and the boxes of its cars, vans and people.

    The same arguments give the same picture. Every scene has at least one box; a thing of which less than
    MIN_VISIBLE_FRACTION is to be seen has none.
    """
    rng = Random(f"{seed}:{index}")
    for _ in range(20):
        scene = _draw_once(rng, size)
        if scene.boxes:
            return scene
    raise AssertionError(f"no scene with a box in 20 attempts (seed {seed}, index {index}, size {size})")


def _draw_once(rng: Random, size: tuple[int, int]) -> Scene:
    light = rng.choices(LIGHTS, LIGHT_WEIGHTS)[0]
    canvas = Canvas(size, light)
    width, height = size
    camera = Camera(
        centre_x=width * rng.uniform(0.4, 0.6),
        horizon=height * rng.uniform(0.34, 0.44),
        height_m=rng.uniform(2.3, 3.1),
        focal=height * rng.uniform(1.0, 1.2),
    )
    sky(canvas, camera.horizon, rng)
    layout = street_across if rng.random() < 0.55 else street_along
    things = spread(layout(canvas, camera, rng), camera, width)
    drawn: list[tuple[int, str, int]] = []  # number in the mask, label, pixels when nothing hid it yet
    for number, thing in enumerate(things, start=1):
        canvas.owner = number if thing.label else 0
        pen = Pen(canvas, camera.project(thing.x, 0, thing.z), camera.scale(thing.z), thing.flipped)
        thing.draw(pen, rng)
        if thing.label:
            drawn.append((number, thing.label, canvas.extent(number)[0]))
    return Scene(canvas.finished(), _boxes(canvas, drawn))


def _boxes(canvas: Canvas, drawn: Sequence[tuple[int, str, int]]) -> list[SceneBox]:
    boxes = []
    for number, label, whole in drawn:
        visible, bounds = canvas.extent(number)
        if bounds is None or visible < whole * MIN_VISIBLE_FRACTION:
            continue
        left, top, right, bottom = bounds
        if min(right - left, bottom - top) >= MIN_SIDE_PX:
            boxes.append(SceneBox(label, left, top, right - left, bottom - top))
    return boxes
