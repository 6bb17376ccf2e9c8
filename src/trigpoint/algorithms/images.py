"""Decoding of images to 8-bit RGB, by the same functions as in `trigpoint.stream` and `trigpoint recordio pack`."""

from __future__ import annotations

from PIL import Image

from trigpoint.records.images.opening import UnreadableImage
from trigpoint.records.images.pixels import read_rgb


class UndecodableImage(Exception):
    """These bytes are not an image that can be decoded; the message says why."""


def decode_rgb(encoded: bytes, at_least_px: int | None = None) -> tuple[Image.Image, tuple[int, int]]:
    """The image in mode RGB, and the (width, height) in pixels of the stored one.

    at_least_px: when given, a JPEG may come back smaller than stored, by a power of two, if both
    sides keep this many pixels: decoding a large photo is then several times cheaper.
    Raises: UndecodableImage.
    """
    try:
        return read_rgb(encoded, None if at_least_px is None else (at_least_px, at_least_px))
    except UnreadableImage as error:
        raise UndecodableImage(error.detail) from None
