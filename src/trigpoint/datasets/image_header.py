"""The size and the EXIF orientation of an image, from its first bytes if possible, without decoding it.

Sizes are those of the stored pixels; the labeling tool and the algorithms do not turn photos.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

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

_METADATA = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}
"""The places where Pillow keeps what it knows about the orientation."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The size of the stored pixels, and the EXIF orientation (1 to 8) by which viewers turn them."""

    size: ImageSize
    orientation: int = 1

    @property
    def shown(self) -> ImageSize:
        """The size in a viewer, which turns the photo."""
        if self.orientation < 5:
            return self.size
        return ImageSize(self.size.height, self.size.width, self.size.depth)


def image_header(places: Places, place: str) -> ImageHeader:
    """Size and orientation.

    Raises: Invalid: not an image, or broken. NotFound: no such object.
    """
    head = places.head(place, HEAD_BYTES)
    try:
        return _header(head, place)
    except Invalid:
        if len(head) < HEAD_BYTES:
            raise
        return _header(_whole(places, place), place)


def image_size(places: Places, place: str) -> ImageSize:
    """Width, height and channels.

    Raises: Invalid: not an image, or broken. NotFound: no such object.
    """
    return image_header(places, place).size


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


def _header(data: bytes, place: str) -> ImageHeader:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as image:
            return ImageHeader(_size_of(image), _orientation(image))
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


def _orientation(image: Any) -> int:
    """The EXIF orientation; 1 without one, and for TIFF, whose pixels Pillow turns itself."""
    if image.format == "TIFF" or not image.info.keys() & _METADATA:
        return 1
    try:
        found = Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
    except BROKEN:  # viewers show a photo with broken EXIF data as it is stored
        return 1
    return found if found in range(1, 9) else 1


def _no_image(data: bytes, place: str) -> Invalid:
    return Invalid(f"{place} is empty" if not data else f"{place} is not an image")
