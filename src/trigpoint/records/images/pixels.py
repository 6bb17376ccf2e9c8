"""Images decoded to 8-bit RGB.

Decision: the pixels are the stored ones. The EXIF orientation is ignored, because labels are in the coordinates of the
stored pixels. Transparency is dropped, so a transparent pixel has its stored colour. Of 16 bits the high 8 are kept, as
Pillow does for colours of 16 bits. Of an animation the first picture counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trigpoint.records.images.opening import BrokenImage, opened

if TYPE_CHECKING:
    from PIL import Image

_HIGH_BYTES = [value >> 8 for value in range(1 << 16)]


def read_rgb(data: bytes, at_least: tuple[int, int] | None = None) -> tuple[Image.Image, tuple[int, int]]:
    """The image in mode RGB, and the (width, height) in pixels of the stored one.

    at_least: when given, a JPEG may come back smaller than stored, by a power of two, if it keeps this (width,
    height). Decoding a large photo is then several times cheaper.
    Raises: UnreadableImage.
    """
    with opened(data) as image:
        size = image.size
        if at_least is not None:
            image.draft("RGB", at_least)
        image.load()
        return to_rgb(image), size


def to_rgb(image: Image.Image) -> Image.Image:
    """The image in mode RGB. Raises: BrokenImage: its values are no numbers; ValueError: colours without a rule."""
    if image.mode == "RGB":
        return image
    if image.mode == "I" or image.mode.startswith("I;16"):
        return image.convert("I").point(_HIGH_BYTES, "L").convert("RGB")
    if image.mode == "F":
        return _stretched(image).convert("RGB")
    if image.mode == "P" and "transparency" in image.info:
        return image.convert("RGBA").convert("RGB")
    return image.convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """Floating point values, which have no range of their own, as grey from black to white."""
    low, high = image.getextrema()
    assert isinstance(low, float) and isinstance(high, float), "an image of mode F has one channel"
    if not (math.isfinite(low) and math.isfinite(high)):
        raise BrokenImage("it has values that are not finite numbers")
    scale = 255 / ((high - low) or 1.0)
    return image.point(lambda value: value * scale - low * scale).convert("L")
