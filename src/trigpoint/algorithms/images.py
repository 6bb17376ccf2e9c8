"""Decoding of images to 8-bit RGB.

Grey, palette, CMYK, 16-bit and transparent images are converted; the EXIF orientation is ignored, because
labels are drawn in the coordinates of the stored pixels.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 100_000_000  # a larger image would take the memory of the whole training
_ACCEPTED_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM")


class UndecodableImage(Exception):
    """These bytes are not an image that can be decoded; the message says why."""


def decode_rgb(encoded: bytes, at_least_px: int | None = None) -> tuple[Image.Image, tuple[int, int]]:
    """The image in mode RGB, and the (width, height) in pixels of the stored one.

    at_least_px: when given, a JPEG may come back smaller than stored, by a power of two, if both
    sides keep this many pixels: decoding a large photo is then several times cheaper.
    Raises: UndecodableImage.
    """
    try:
        with warnings.catch_warnings():
            # a warning about an unusual but readable file helps nobody
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(encoded), formats=_ACCEPTED_FORMATS)
            size = image.size
            if size[0] * size[1] > MAX_PIXELS:
                raise UndecodableImage(f"{size[0]} x {size[1]} pixels are more than {MAX_PIXELS}")
            if at_least_px is not None:
                image.draft("RGB", (at_least_px, at_least_px))
            image.load()
            return _to_rgb(image), size
    except UndecodableImage:
        raise
    except UnidentifiedImageError:
        raise UndecodableImage(
            f"its {len(encoded)} bytes are none of {', '.join(_ACCEPTED_FORMATS)}"
        ) from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError, MemoryError) as error:
        raise UndecodableImage(str(error) or type(error).__name__) from None


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode == "I":
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image))
        span = float(values.max() - values.min()) or 1.0
        return Image.fromarray(((values - values.min()) * (255 / span)).astype(np.uint8)).convert("RGB")
    if image.mode == "P" and "transparency" in image.info:
        return image.convert("RGBA").convert("RGB")
    return image.convert("RGB")
