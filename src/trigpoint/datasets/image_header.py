"""The size of an image, from its first bytes if possible, without decoding it.

Sizes are those of the stored pixels; EXIF orientation is ignored, as it is in the labeling tool and in the
algorithms.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, UnidentifiedImageError

from trigpoint.core.errors import Invalid
from trigpoint.datasets.places import Places
from trigpoint.records.labels.image_size import ImageSize

HEAD_BYTES = 64 << 10
"""How much is read first; the headers of photos with a large preview are longer."""
MAX_IMAGE_BYTES = 256 << 20

BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""The errors that Pillow raises for damaged files."""


def image_size(places: Places, place: str) -> ImageSize:
    """Width, height and channels, from the header.

    Raises: Invalid: not an image, or broken. NotFound: no such object.
    """
    head = places.head(place, HEAD_BYTES)
    try:
        return _size(head, place)
    except Invalid:
        if len(head) < HEAD_BYTES:
            raise
        return _size(_whole(places, place), place)


def check_whole(places: Places, place: str) -> ImageSize:
    """As `image_size`, but decodes the whole image, to make sure that no data are missing.

    Raises: Invalid, NotFound.
    """
    data = _whole(places, place)
    try:
        with Image.open(io.BytesIO(data)) as image:
            size = _size_of(image)
            if image.format == "JPEG":
                image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
            return size
    except UnidentifiedImageError:
        raise _no_image(data, place) from None
    except (*BROKEN, Image.DecompressionBombError) as problem:
        raise Invalid(f"{place} is a broken image: {problem}") from None


def _whole(places: Places, place: str) -> bytes:
    if (length := places.size(place)) > MAX_IMAGE_BYTES:
        raise Invalid(
            f"{place} has {length >> 20} MB; images of more than {MAX_IMAGE_BYTES >> 20} MB are not read"
        )
    return places.read(place)


def _size(data: bytes, place: str) -> ImageSize:
    try:
        with Image.open(io.BytesIO(data)) as image:
            return _size_of(image)
    except UnidentifiedImageError:
        raise _no_image(data, place) from None
    except (*BROKEN, Image.DecompressionBombError) as problem:
        raise Invalid(f"{place} is a broken image: {problem}") from None


def _size_of(image: Any) -> ImageSize:
    if image.mode in ("P", "PA"):
        return ImageSize(
            image.width, image.height, 4 if image.mode == "PA" or "transparency" in image.info else 3
        )
    return ImageSize(image.width, image.height, len(image.getbands()))


def _no_image(data: bytes, place: str) -> Invalid:
    return Invalid(f"{place} is empty" if not data else f"{place} is not an image")
