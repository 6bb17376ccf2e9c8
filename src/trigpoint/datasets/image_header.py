"""The size and the EXIF orientation of an image, from its first bytes if possible, without decoding it.

Sizes are those of the stored pixels; the labeling tool and the algorithms do not turn photos.
"""

from __future__ import annotations

from trigpoint.core.errors import Invalid
from trigpoint.datasets.places import Places
from trigpoint.records.images.head import ImageHeader, read_head
from trigpoint.records.images.head import check_whole as check_whole_bytes
from trigpoint.records.images.opening import UnreadableImage
from trigpoint.records.labels.image_size import ImageSize

__all__ = ["ImageHeader", "check_whole", "image_header", "image_size"]

HEAD_BYTES = 64 << 10
"""How much is read first; the headers of photos with a large preview are longer."""
MAX_IMAGE_BYTES = 256 << 20


def image_header(places: Places, place: str) -> ImageHeader:
    """Size and orientation.

    Raises: Invalid: not an image, or broken. NotFound: no such object.
    """
    head = places.head(place, HEAD_BYTES)
    try:
        return read_head(head)
    except UnreadableImage as problem:
        if len(head) < HEAD_BYTES:
            raise problem.of(place) from None
    try:
        return read_head(_whole(places, place))
    except UnreadableImage as problem:
        raise problem.of(place) from None


def image_size(places: Places, place: str) -> ImageSize:
    """Width, height and channels.

    Raises: Invalid: not an image, or broken. NotFound: no such object.
    """
    return image_header(places, place).size


def check_whole(places: Places, place: str) -> ImageHeader:
    """As `image_header`, but decodes the whole image, to make sure that no data are missing.

    Raises: Invalid, NotFound.
    """
    try:
        return check_whole_bytes(_whole(places, place))
    except UnreadableImage as problem:
        raise problem.of(place) from None


def _whole(places: Places, place: str) -> bytes:
    if (length := places.size(place)) > MAX_IMAGE_BYTES:
        raise Invalid(
            f"{place} has {length >> 20} MB; images of more than {MAX_IMAGE_BYTES >> 20} MB are not read"
        )
    return places.read(place)
