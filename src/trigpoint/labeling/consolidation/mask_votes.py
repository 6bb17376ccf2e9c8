"""The votes of several workers on the pixels of one image, grouped into the few patterns that occur.

Workers disagree for two reasons. They draw the outline of a thing differently, or one of them does not see the thing, or
takes it for another. What a worker says about the second is their *sight*: the class that they gave the pixel, or else a
class of other workers that they gave to pixels nearby. A worker who has no thing there says nothing about its outline.

Nearby is the same cell of a coarse grid, or one next to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trigpoint.labeling.consolidation.packed_masks import PackedMask, strips_of

CELLS_ACROSS: Final = 16
"""Of a square image. Outlines of one thing by careful workers differ by less than a cell."""
_MOST_CELLS_ACROSS: Final = 1024
_SAMPLES: Final = 1 << 16
"""About so many pixels of an image are looked at to learn about the workers."""
_MOST_CODE: Final = 1 << 62

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of votes on some pixels; all arrays have a row for each pattern and a column for each worker.

    votes:  class numbers
    sights: class numbers
    pixels: how many pixels have the pattern
    pattern_of: the row of each pixel
    is_outline: whether everybody sees the same things here, so that only the outline is in doubt
    """

    votes: Numbers
    sights: Numbers
    pixels: Numbers
    pattern_of: Numbers
    is_outline: NDArray[np.bool_]


class ImageVotes:
    """The masks of several workers for one image."""

    def __init__(self, masks: Sequence[PackedMask], class_count: int) -> None:
        self.masks = masks
        self.width, self.height = masks[0].width, masks[0].height
        self._classes = class_count + 1
        side = round(math.sqrt(self.width * self.height) / CELLS_ACROSS)
        self._side = max(1, side, -(-max(self.width, self.height) // _MOST_CELLS_ACROSS))
        self._columns = -(-self.width // self._side)
        self._near = np.stack([self._nearby(mask) for mask in masks])

    def strips(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """The first row of each strip, and its votes: (workers, rows, columns)."""
        tops = (top for top, _ in strips_of(self.width, self.height))
        for top, strips in zip(
            tops, zip(*(mask.unpacked() for mask in self.masks), strict=True), strict=True
        ):
            yield top, np.stack(strips)

    def sampled(self) -> Iterator[tuple[NDArray[np.uint8], Numbers, Numbers]]:
        """Votes on pixels that are spread evenly over the image, (workers, pixels), and their rows and columns."""
        step = max(1, math.isqrt(self.width * self.height // _SAMPLES))
        columns = np.arange(min(step // 2, self.width - 1), self.width, step)
        for top, votes in self.strips():
            rows = np.arange(votes.shape[1])
            rows = rows[(rows + top) % step == min(step // 2, self.height - 1)]
            if len(rows):
                picked = votes[:, rows[:, None], columns[None, :]].reshape(len(votes), -1)
                yield picked, top + np.repeat(rows, len(columns)), np.tile(columns, len(rows))

    def cells_of(self, rows: Numbers, columns: Numbers) -> Numbers:
        """The cells of pixels."""
        return rows // self._side * self._columns + columns // self._side

    def has_nearby(self, worker: int, cells: Numbers, numbers: Numbers) -> NDArray[np.bool_]:
        """Whether a worker gave these classes to pixels near these cells."""
        found: NDArray[np.bool_] = self._near[worker, cells, numbers]
        return found

    def patterns(self, votes: NDArray[np.uint8], cells: Numbers) -> Patterns:
        """The patterns of pixels, given their votes, (workers, pixels), and their cells."""
        _, first, pattern_of, pixels = np.unique(
            _codes(votes, cells), return_index=True, return_inverse=True, return_counts=True
        )
        voted = votes[:, first].T.astype(np.int64)
        sights, is_outline = self._sights(voted, cells[first])
        return Patterns(voted, sights, pixels, pattern_of.ravel(), is_outline)

    def _sights(self, votes: Numbers, cells: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """What each worker sees; and whether each has all voted classes nearby."""
        workers = votes.shape[1]
        supporters = (votes[:, :, None] == votes[:, None, :]).sum(axis=2)
        # of several classes nearby the one with most votes counts, and of these the one with the lowest number
        rank = np.where(votes > 0, supporters * self._classes - votes, -1)
        sights, is_outline = votes.copy(), np.ones(len(votes), bool)
        for worker in range(workers):
            best = np.full(len(votes), -1)
            for other in range(workers):
                near = self.has_nearby(worker, cells, votes[:, other])
                is_outline &= near
                better = near & (rank[:, other] > best) & (votes[:, worker] == 0)
                sights[better, worker] = votes[better, other]
                best = np.where(better, rank[:, other], best)
        return sights, is_outline

    def _nearby(self, mask: PackedMask) -> NDArray[np.bool_]:
        """Which classes a worker used in each cell and those around it: (cells, classes)."""
        rows = -(-self.height // self._side)
        present = np.zeros((rows, self._columns, self._classes), bool)
        columns = np.arange(self.width) // self._side
        for (top, bottom), strip in zip(strips_of(self.width, self.height), mask.unpacked(), strict=True):
            lines = np.arange(top, bottom) // self._side
            first, count = int(lines[0]), int(lines[-1] - lines[0] + 1)
            places = ((lines - first)[:, None] * self._columns + columns) * self._classes + strip
            used = np.bincount(places.ravel(), minlength=count * self._columns * self._classes) > 0
            present[first : first + count] |= used.reshape(count, self._columns, self._classes)
        return _widened(_widened(present, 0), 1).reshape(-1, self._classes)


def _widened(present: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Also true where a neighbour along the axis is."""
    moved = np.moveaxis(present, axis, 0)
    wide = moved.copy()
    wide[1:] |= moved[:-1]
    wide[:-1] |= moved[1:]
    return np.moveaxis(wide, 0, axis)


def _codes(votes: NDArray[np.uint8], cells: Numbers) -> Numbers:
    """A number for each pixel, the same for pixels with the same votes and cell."""
    codes, count = cells.astype(np.int64), int(cells.max(initial=0)) + 1
    for voted in votes:
        if count * 256 > _MOST_CODE:
            codes = np.unique(codes, return_inverse=True)[1].ravel()
            count = len(codes)
        codes = codes * 256 + voted
        count *= 256
    return codes


def split_pixels(votes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where not all votes are the same; `votes` has the workers as its first axis."""
    split = np.zeros(votes.shape[1:], bool)
    for voted in votes[1:]:
        split |= voted != votes[0]
    return split
