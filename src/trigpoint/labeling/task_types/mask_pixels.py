"""The class numbers in a PNG whose colours mean classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from trigpoint.core.errors import Invalid
from trigpoint.labeling.consolidation.packed_masks import ClassNumbers, PackedMask, packed, strips_of
from trigpoint.records.images.opening import UnreadableImage
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import BACKGROUND_COLOR, opened_mask

if TYPE_CHECKING:
    from PIL import Image

MOST_PACKED_BYTES: Final = 32 * 2**20
"""Real masks of 100 million pixels need less than a tenth of it."""

_NO_REASONS: Final[Mapping[str, str]] = {}
_LARGE_PIXELS: Final = 8_000_000
_one_large_image = Lock()
"""While it is decoded, an image takes 4 bytes per pixel. Only one large image is decoded at a time."""

_TABLE_BITS: Final = 16
_OPAQUE: Final = 0xFF000000


def read_colored_mask(
    png: bytes,
    size: ImageSize,
    numbers: Mapping[str, int],
    where: str,
    reasons: Mapping[str, str] = _NO_REASONS,
) -> PackedMask:
    """The mask in a PNG whose colours mean classes.

    A pixel that is white, or fully transparent, is background.

    Decision: every other pixel must have exactly a colour of `numbers`, and be opaque. The smoothed edges that a
    drawing program makes are refused: a mixed colour means no class, and guessing one would move the edges.

    Args:   size: what the PNG must have.
            numbers: the class numbers, 1 to 255, by colour; not the background's colour.
            reasons: by colour, why a pixel must not have it.
    Raises: Invalid: the PNG cannot be used; the message begins with `where` and names the first bad pixel.
    """
    try:
        with opened_mask(png) as image, ExitStack() as exclusive:
            if image.size != size.sides:
                found = f"{image.width} x {image.height}"
                raise Invalid(f"{where} has {found} pixels, but the image has {size}; both must be the same")
            if image.width * image.height > _LARGE_PIXELS:
                exclusive.enter_context(_one_large_image)
            image.load()
            mask = packed(size.width, size.height, _numbered(image, _ColorTable(numbers), where, reasons))
    except UnreadableImage as problem:
        raise problem.of(where) from None
    if mask.size_bytes > MOST_PACKED_BYTES:
        raise Invalid(f"{where} has too much detail: more than {MOST_PACKED_BYTES} bytes after compression")
    return mask


def _numbered(
    image: Image.Image, table: _ColorTable, where: str, reasons: Mapping[str, str]
) -> Iterator[ClassNumbers]:
    """The strips of the image as class numbers."""
    for top, bottom in strips_of(*image.size):
        rgba = np.asarray(image.crop((0, top, image.width, bottom)).convert("RGBA"))
        found, unknown = table.numbers_of(rgba.view("<u4")[:, :, 0])
        if unknown.any():
            row, column = (int(place) for place in np.argwhere(unknown)[0])
            pixel = f"{where}: the pixel at x {column}, y {top + row}"
            raise Invalid(f"{pixel} {_problem(bytes(rgba[row, column]), reasons)}")
        yield found


def _problem(rgba: bytes, reasons: Mapping[str, str]) -> str:
    color, opacity = f"#{rgba[:3].hex()}", rgba[3]
    if opacity < 255:
        return (
            f"has the colour {color} with the opacity {opacity} of 255; pixels must be opaque or fully transparent, "
            "without smoothed edges"
        )
    reason = reasons.get(color, "no label has this colour; smoothed edges are not allowed")
    return f"has the colour {color}: {reason}"


class _ColorTable:
    """Class numbers by colour, as a hash table that looks all pixels up at once.

    The hash is a product with an odd number, of which the upper bits are kept. The number is chosen so that no two
    colours have the same hash.
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        entries = {_code(color): number for color, number in numbers.items()}
        entries[_code(BACKGROUND_COLOR)] = 0
        codes = np.array(list(entries), np.uint32)
        multiplier = 0x9E3779B1
        while len(set((hashes := _hash(codes, multiplier)).tolist())) < len(codes):
            multiplier += 2
        self._multiplier = multiplier
        self._codes = np.zeros(1 << _TABLE_BITS, np.uint32)
        self._numbers = np.zeros(1 << _TABLE_BITS, np.uint8)
        self._codes[hashes] = codes
        self._numbers[hashes] = list(entries.values())

    def numbers_of(self, codes: NDArray[np.uint32]) -> tuple[ClassNumbers, NDArray[np.bool_]]:
        """The class number of each pixel, and which pixels have no class."""
        hashes = _hash(codes, self._multiplier)
        numbers: ClassNumbers = self._numbers[hashes]
        unknown: NDArray[np.bool_] = self._codes[hashes] != codes
        if unknown.any():
            unknown &= codes & np.uint32(_OPAQUE) != 0
            numbers[codes & np.uint32(_OPAQUE) == 0] = 0
        return numbers, unknown


def _hash(codes: NDArray[np.uint32], multiplier: int) -> NDArray[Any]:
    product: NDArray[np.uint32] = codes * np.uint32(multiplier & 0xFFFFFFFF)
    return product >> np.uint32(32 - _TABLE_BITS)


def _code(color: str) -> int:
    """The pixel of an opaque colour, as a little-endian number."""
    return int.from_bytes(bytes.fromhex(color[1:]) + b"\xff", "little")
