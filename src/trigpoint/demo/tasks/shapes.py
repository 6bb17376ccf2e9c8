"""Drawn pictures of circles, squares and triangles, whose boxes and masks are known."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SHAPES = ("circle", "square", "triangle")
WIDTH, HEIGHT = 320, 240
_COLOURS = ((208, 72, 72), (64, 120, 200), (232, 176, 48), (88, 160, 88), (136, 88, 176))


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape and the square that it fills: its left and upper edge and its side, in pixels."""

    name: str
    left: int
    top: int
    side: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, its shapes, and its mask: (height, width), 0 for background, else 1 + the place in SHAPES."""

    image: Image.Image
    shapes: tuple[Shape, ...]
    mask: NDArray[np.uint8]


def draw(dice: Random) -> Drawing:
    """A picture of one to four shapes that do not overlap, each in a quarter of its own."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (236, 234, 228))
    mask = Image.new("L", (WIDTH, HEIGHT), 0)
    quarters = [(x, y) for x in (0, WIDTH // 2) for y in (0, HEIGHT // 2)]
    shapes = []
    for x, y in dice.sample(quarters, dice.randint(1, 4)):
        side = dice.randint(48, 100)
        left, top = x + dice.randint(4, WIDTH // 2 - side - 4), y + dice.randint(4, HEIGHT // 2 - side - 4)
        shape = Shape(dice.choice(SHAPES), left, top, side)
        shapes.append(shape)
        _draw(ImageDraw.Draw(image), shape, dice.choice(_COLOURS))
        _draw(ImageDraw.Draw(mask), shape, 1 + SHAPES.index(shape.name))
    return Drawing(image, tuple(shapes), np.asarray(mask, np.uint8).copy())


def _draw(pen: ImageDraw.ImageDraw, shape: Shape, colour: tuple[int, int, int] | int) -> None:
    """Fills the shape; its box is exactly its square."""
    right, bottom = shape.left + shape.side - 1, shape.top + shape.side - 1
    match shape.name:
        case "circle":
            pen.ellipse((shape.left, shape.top, right, bottom), fill=colour)
        case "square":
            pen.rectangle((shape.left, shape.top, right, bottom), fill=colour)
        case _:
            pen.polygon(
                [(shape.left, bottom), (right, bottom), ((shape.left + right) // 2, shape.top)], fill=colour
            )
