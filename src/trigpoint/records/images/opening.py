"""Images opened by Pillow, with one list of formats, one limit of pixels and one kind of error."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from trigpoint.core.errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

FORMATS: Final = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""The formats that are read. Others of Pillow's start programs or are rare."""

MAX_PIXELS: Final = 100_000_000
"""A larger image would take the memory of the whole training."""


class UnreadableImage(Invalid):
    """These bytes are not an image that can be read.

    `message` is a predicate for the name of the image, such as "is empty"; `detail` is the cause without it.
    """

    def __init__(self, message: str, detail: str) -> None:
        super().__init__(message)
        self.detail = detail

    def of(self, name: str) -> Invalid:
        """The error as a sentence about the image of this name."""
        return Invalid(f"{name} {self.message}")


class EmptyImage(UnreadableImage):
    """There are no bytes."""


class ForeignData(UnreadableImage):
    """The bytes are in none of the formats."""


class BrokenImage(UnreadableImage):
    """The image is damaged, cut off, or uses something that Pillow cannot decode."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"is a broken image: {detail}", detail)


class LargeImage(UnreadableImage):
    """The image has more than MAX_PIXELS."""


@contextmanager
def opened(data: bytes, formats: tuple[str, ...] = FORMATS) -> Iterator[Image.Image]:
    """The image, of which only the header was read; decoding it within the context raises the same errors.

    Raises: UnreadableImage.
    """
    from PIL import Image, UnidentifiedImageError

    _ignore_pillows_warnings()
    try:
        with Image.open(io.BytesIO(data), formats=formats) as image:
            if image.width * image.height > MAX_PIXELS:
                size = f"{image.width} x {image.height} pixels"
                raise LargeImage(
                    f"has {size}; images may have at most {_MOST}", f"{size} are more than {_MOST}"
                )
            yield image
    except UnreadableImage:
        raise
    except UnidentifiedImageError:
        raise _unidentified(data, formats) from None
    except Image.DecompressionBombError:
        raise LargeImage(f"has more than {_MOST} pixels", f"its pixels are more than {_MOST}") from None
    except RAISED_FOR_BAD_DATA as error:
        raise BrokenImage(str(error) or type(error).__name__) from None


def _unidentified(data: bytes, formats: tuple[str, ...]) -> UnreadableImage:
    if not data:
        return EmptyImage("is empty", "it has no bytes")
    return ForeignData("is not an image", f"its {len(data):,} bytes are none of {', '.join(formats)}")


_MOST: Final = f"{MAX_PIXELS // 10**6} million"

RAISED_FOR_BAD_DATA: Final = (
    OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, AttributeError, ArithmeticError,
    AssertionError, RuntimeError, MemoryError, struct.error, zlib.error,
)  # fmt: skip
"""What Pillow's readers raise for damaged files."""


@cache
def _ignore_pillows_warnings() -> None:
    """Silences warnings about readable files: the limit of pixels is ours, and odd metadata concern nobody.

    The filter is for the whole process, because `warnings.catch_warnings` does not work in threads.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")
