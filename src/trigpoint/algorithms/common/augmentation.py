"""Variations of training images: colour, and the window through which the image is seen.

- The four colour changes are one affine map of RGB, applied by Pillow in one pass: hue is a rotation about the grey
  axis, saturation a scaling of the distance from it, lightness a shift, contrast a gain.
- Padding and cropping only move the window; the image is resampled once, straight into the input size.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
from PIL import Image

Array = np.ndarray[Any, np.dtype[Any]]
Window = tuple[float, float, float, float]
"""x1, y1, x2, y2 in fractions of the image; may reach beyond it."""

WHOLE: Window = (0.0, 0.0, 1.0, 1.0)
GREY = 127
HUE_DEGREES = 36.0  # 18 steps of a circle of 180
SATURATION = 32 / 128
LIGHTNESS = 32.0
CONTRAST = 0.5
FILTERS = (
    Image.Resampling.NEAREST,
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.BOX,
    Image.Resampling.LANCZOS,
)


def jitter_colour(image: Image.Image, p: float, rng: Random) -> Image.Image:
    """The RGB image with hue, saturation, lightness and contrast each changed with probability `p`."""
    draws = [rng.uniform(-1, 1) if rng.random() < p else 0.0 for _ in range(4)]
    if not any(draws):
        return image
    hue, saturation, lightness, contrast = draws
    matrix = colour_matrix(hue * HUE_DEGREES, 1 + saturation * SATURATION, 1 + contrast * CONTRAST)
    shift = lightness * LIGHTNESS
    flat = [value for row in matrix for value in (*row, shift)]
    return image.convert("RGB", tuple(flat))


def colour_matrix(hue_degrees: float, saturation: float, gain: float) -> list[list[float]]:
    """3x3 linear map of RGB: rotation about the grey axis, scaling of the distance from it, gain.

    Greys stay grey.
    """
    cos, sin = math.cos(math.radians(hue_degrees)), math.sin(math.radians(hue_degrees))
    third, cross = (1 - cos) / 3, sin / math.sqrt(3)
    rotation = [
        [cos + third, third - cross, third + cross],
        [third + cross, cos + third, third - cross],
        [third - cross, third + cross, cos + third],
    ]
    grey = (1 - saturation) / 3
    return [[gain * (saturation * value + grey) for value in row] for row in rotation]


def mirror_window(window: Window) -> Window:
    """The window that shows the same part of the image flipped left to right."""
    return 1 - window[2], window[1], 1 - window[0], window[3]


def pad_window(pad_max: float, rng: Random) -> Window:
    """A window up to `pad_max` times as wide and high as the image, which is at a random place in it."""
    side = rng.uniform(1, pad_max)
    x, y = rng.uniform(0, side - 1), rng.uniform(0, side - 1)
    return -x, -y, side - x, side - y


def render(image: Image.Image, window: Window, image_shape: int, resample: Image.Resampling) -> Array:
    """What is seen through the window, (S, S, 3) uint8; grey beyond the image."""
    width, height = image.size
    x1, y1, x2, y2 = window
    seen = (max(x1, 0.0), max(y1, 0.0), min(x2, 1.0), min(y2, 1.0))
    left = round((seen[0] - x1) / (x2 - x1) * image_shape)
    top = round((seen[1] - y1) / (y2 - y1) * image_shape)
    right = max(left + 1, round((seen[2] - x1) / (x2 - x1) * image_shape))
    bottom = max(top + 1, round((seen[3] - y1) / (y2 - y1) * image_shape))
    source = (seen[0] * width, seen[1] * height, seen[2] * width, seen[3] * height)
    part = image.resize((right - left, bottom - top), resample, box=source)
    if part.size == (image_shape, image_shape):
        return np.asarray(part)
    canvas = Image.new("RGB", (image_shape, image_shape), (GREY, GREY, GREY))
    canvas.paste(part, (left, top))
    return np.asarray(canvas)
