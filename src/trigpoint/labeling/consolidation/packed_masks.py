"""Masks in memory: compressed strips of rows, because the masks of nine workers may have 100 million pixels each."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ClassNumbers = NDArray[np.uint8]
"""The class number of each pixel: 0 is the background. (rows, columns)"""

STRIP_PIXELS: Final = 1 << 18
"""About so many pixels are worked on at a time: they fit into the caches of a processor."""

_FAST: Final = 1


def strips_of(width: int, height: int) -> Iterator[tuple[int, int]]:
    """The first row, and the row after the last one, of each strip of an image."""
    rows = max(1, STRIP_PIXELS // width)
    return ((top, min(top + rows, height)) for top in range(0, height, rows))


@dataclass(frozen=True, slots=True)
class PackedMask:
    """A mask whose strips, those of `strips_of`, are compressed one by one."""

    width: int
    height: int
    strips: tuple[bytes, ...]

    @property
    def size_bytes(self) -> int:
        return sum(len(strip) for strip in self.strips)

    def unpacked(self) -> Iterator[ClassNumbers]:
        """The strips, from top to bottom."""
        for strip in self.strips:
            yield np.frombuffer(zlib.decompress(strip), np.uint8).reshape(-1, self.width)

    def whole(self) -> ClassNumbers:
        """All rows."""
        return np.concatenate(list(self.unpacked()))


def packed(width: int, height: int, strips: Iterable[ClassNumbers]) -> PackedMask:
    """The mask with these strips, which are those of `strips_of`."""
    return PackedMask(width, height, tuple(zlib.compress(strip.tobytes(), _FAST) for strip in strips))


def pack(mask: ClassNumbers) -> PackedMask:
    """The mask with these rows."""
    height, width = mask.shape
    return packed(width, height, (mask[top:bottom] for top, bottom in strips_of(width, height)))


def reduced(mask: PackedMask, most_side: int) -> ClassNumbers:
    """Pixels of the mask that are spread evenly over it, at most so many in each direction."""
    rows = _spread(mask.height, min(mask.height, most_side))
    columns = _spread(mask.width, min(mask.width, most_side))
    picked = []
    for (top, bottom), strip in zip(strips_of(mask.width, mask.height), mask.unpacked(), strict=True):
        here = rows[(rows >= top) & (rows < bottom)] - top
        picked.append(strip[here][:, columns])
    return np.concatenate(picked)


def enlarged(small: ClassNumbers, width: int, height: int) -> PackedMask:
    """The mask of this size that `reduced` made the small one of, as well as that can be known."""
    columns = np.arange(width) * small.shape[1] // width
    strips = (
        small[np.arange(top, bottom) * small.shape[0] // height][:, columns]
        for top, bottom in strips_of(width, height)
    )
    return packed(width, height, strips)


def _spread(length: int, count: int) -> NDArray[np.int64]:
    """So many places, each in the middle of its part of the length."""
    return (2 * np.arange(count) + 1) * length // (2 * count)


def overlaps(one: PackedMask, two: PackedMask, class_count: int) -> list[tuple[int, int]]:
    """For each class from 1: the pixels that both masks give to it, and those that at least one of them does."""
    both = np.zeros(class_count + 1, np.int64)
    total = both.copy()
    for left, right in zip(one.unpacked(), two.unpacked(), strict=True):
        both += np.bincount(left[left == right], minlength=class_count + 1)
        for strip in (left, right):
            total += np.bincount(strip.ravel(), minlength=class_count + 1)
    either = total - both
    return [(int(both[number]), int(either[number])) for number in range(1, class_count + 1)]
