"""Variations of training images, in three levels; each has the effects of those before.

The ranges are those of the open ancestor, mxnet's image classification example, whose colours are in OpenCV's units: hue
from 0 to 180, saturation and lightness from 0 to 255.

Source: training.md 7.3.
"""

from __future__ import annotations

import math
from random import Random

from PIL import Image

from trigpoint.algorithms.common.augmentation import GREY, colour_matrix

HUE_DEGREES = 2 * 36.0  # 36 steps of a circle of 180
SATURATION = 50 / 128
LIGHTNESS = 50.0
ROTATION_DEGREES = 10.0
SHEAR = 0.1
ASPECT = 0.25

Size = tuple[int, int]
"""(width, height) in pixels."""


def augment(image: Image.Image, size: Size, level: str, rng: Random) -> Image.Image:
    """A random variation of the RGB image, of this size. Equal states of `rng` give equal variations.

    level: crop, crop_color or crop_color_transform.
    """
    left, top = rng.uniform(0, 1) * (image.width - size[0]), rng.uniform(0, 1) * (image.height - size[1])
    if level == "crop_color_transform":
        varied = _affine(image, (left, top), size, rng)
    else:
        varied = image.crop((round(left), round(top), round(left) + size[0], round(top) + size[1]))
    if rng.random() < 0.5:
        varied = varied.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return varied if level == "crop" else _jitter(varied, rng)


def _affine(image: Image.Image, corner: tuple[float, float], size: Size, rng: Random) -> Image.Image:
    """The crop at this corner of the image, turned, sheared and stretched about its centre; grey beyond the image."""
    angle = math.radians(rng.uniform(-ROTATION_DEGREES, ROTATION_DEGREES))
    shear, aspect = rng.uniform(-SHEAR, SHEAR), 1 + rng.uniform(-ASPECT, ASPECT)
    cos, sin = math.cos(angle), math.sin(angle)
    along_y = 2 / (1 + aspect)
    along_x = aspect * along_y
    # what maps the image's coordinates onto those of the variation, as the ancestor writes it
    a, b = along_y * cos - shear * sin * along_x, along_y * sin + shear * cos * along_x
    c, d = -sin * along_x, cos * along_x
    determinant = a * d - b * c
    back = (d / determinant, -b / determinant, -c / determinant, a / determinant)
    # in each variation the centre of the crop stays where it is
    x, y = size[0] / 2, size[1] / 2
    shift_x = corner[0] + x - back[0] * x - back[1] * y
    shift_y = corner[1] + y - back[2] * x - back[3] * y
    matrix = (back[0], back[1], shift_x, back[2], back[3], shift_y)
    fill = (GREY, GREY, GREY)
    return image.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=fill)


def _jitter(image: Image.Image, rng: Random) -> Image.Image:
    """The RGB image with hue, saturation and lightness changed by sums of two uniform numbers: mostly a little."""
    hue, saturation, lightness = ((rng.uniform(-1, 1) + rng.uniform(-1, 1)) / 2 for _ in range(3))
    matrix = colour_matrix(hue * HUE_DEGREES, 1 + saturation * SATURATION, 1.0)
    flat = [value for row in matrix for value in (*row, lightness * LIGHTNESS)]
    return image.convert("RGB", tuple(flat))
