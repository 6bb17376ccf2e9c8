"""Size and orientation of an image, from its header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trigpoint.records.images.opening import FORMATS, RAISED_FOR_BAD_DATA, opened
from trigpoint.records.labels.image_size import ImageSize

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION: Final = 0x0112
_METADATA: Final = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}
"""The places where Pillow keeps what it knows about the orientation."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The size of the stored pixels with the number of channels as its depth, and the EXIF orientation (1 to 8).

    Viewers turn an image by the orientation, but labels are on the stored pixels.
    """

    size: ImageSize
    orientation: int = 1

    @property
    def shown(self) -> ImageSize:
        """The size in a viewer, which turns the photo."""
        if self.orientation < 5:
            return self.size
        return ImageSize(self.size.height, self.size.width, self.size.depth)


def read_head(data: bytes, formats: tuple[str, ...] = FORMATS) -> ImageHeader:
    """What the header says; the first bytes of a file are enough.

    Raises: UnreadableImage: not an image, or the header is cut off or damaged.
    """
    with opened(data, formats) as image:
        return head_of(image)


def check_whole(data: bytes) -> ImageHeader:
    """As `read_head`, after decoding all of the data. A JPEG is decoded at an eighth of its size.

    Raises: UnreadableImage: data are missing or damaged.
    """
    with opened(data) as image:
        head = head_of(image)
        image.draft(None, (1, 1))
        image.load()
        return head


def head_of(image: Image.Image) -> ImageHeader:
    """What the header of an opened image says."""
    return ImageHeader(ImageSize(image.width, image.height, _channels(image)), _orientation(image))


def _channels(image: Image.Image) -> int:
    """The channels of a pixel as it is shown: a palette's colours count, whatever the number of bits."""
    if image.mode in ("P", "PA"):
        return 4 if image.mode == "PA" or "transparency" in image.info else 3
    return len(image.getbands())


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; 1 without one, and for TIFF, whose pixels Pillow turns itself."""
    from PIL import Image

    if image.format == "TIFF" or not image.info.keys() & _METADATA:
        return 1
    try:
        # the base class's method, because that of PNG decodes the pixels to look for EXIF after them
        found = Image.Image.getexif(image).get(_ORIENTATION, 1)
    except RAISED_FOR_BAD_DATA:  # viewers show a photo with broken EXIF data as it is stored
        return 1
    return found if found in range(1, 9) else 1
