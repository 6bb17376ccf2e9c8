"""The pairs of boxes that overlap much, found without comparing all boxes with each other.

Two boxes of an IoU of at least t have widths and heights that differ by a factor of at most 1/t, and centres that are
near for their size. So boxes are put into grids: one grid for each class of widths and heights, with cells as large as
its boxes may be. A box is compared only with the boxes of a few cells of a few grids. Few boxes are all compared with
each other, because that takes less time than the grids.

If a great many boxes are in one place, those cells are full. Boxes are therefore taken along a curve on which
similar boxes are near, and a box is compared with at most `MOST_COMPARED` boxes of its cells, those that came last.
Decision: this bounds time and memory for any input. No pair is missed among 600 boxes of one class, or where no
box has more than `MOST_COMPARED` boxes of about its size and place.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from typing import NamedTuple

FEW = 100
"""So many boxes are all compared with each other. For 24 boxes, this takes a third of the time of the grids."""

MOST_COMPARED = 128
"""The most boxes that a box of many is compared with."""

MOST_KEPT = 20
"""The most pairs that are kept of those."""

FREE_COMPARISONS = 400_000
"""So many comparisons are made in any case, which take about a second at most."""

_CURVE_STEPS = 0xFFFF
_ALMOST_NOTHING = 1e-9
"""Relative, so that rounding excludes no pair."""


class Edges(NamedTuple):
    """A box by its edges. Two boxes that have a bit of `owners` in common are never a pair."""

    left: float
    top: float
    right: float
    bottom: float
    area: float
    owners: int


Pair = tuple[float, int, int]
"""IoU and the positions of both boxes, the lower one first."""


def overlapping_pairs(boxes: Sequence[Edges], min_iou: float) -> list[Pair]:
    """The pairs of boxes of different owners with an IoU of at least `min_iou`, in no particular order.

    min_iou: more than 0, and less than 1.
    """
    usable = [position for position, box in enumerate(boxes) if _has_area(box)]
    if len(usable) > FEW:
        return _pairs_by_grids(_along_curve(boxes, usable), boxes, min_iou)
    return [
        pair
        for k, position in enumerate(usable)
        for pair in _pairs_with(position, boxes[position], boxes, usable[:k], min_iou)
    ]


def _pairs_by_grids(order: Sequence[int], boxes: Sequence[Edges], min_iou: float) -> list[Pair]:
    """The pairs of the boxes at these positions; `order` decides which are found if there are too many."""
    share = FREE_COMPARISONS // len(order)
    most_compared, most_kept = max(MOST_COMPARED, share), max(MOST_KEPT, share)
    grids = _Grids(min_iou)
    pairs: list[Pair] = []
    for position in order:
        box = boxes[position]
        found = _pairs_with(position, box, boxes, grids.near(box, most_compared), min_iou)
        pairs += found if len(found) <= most_kept else nlargest(most_kept, found)
        grids.add(position, box)
    return pairs


def _pairs_with(
    position: int, box: Edges, boxes: Sequence[Edges], others: Iterable[int], min_iou: float
) -> list[Pair]:
    left, top, right, bottom, area, owners = box
    found = []
    for other in others:
        left_2, top_2, right_2, bottom_2, area_2, owners_2 = boxes[other]
        if owners & owners_2:
            continue
        # conditional expressions, because calls of min and max would take most of the time
        width = (right if right < right_2 else right_2) - (left if left > left_2 else left_2)
        height = (bottom if bottom < bottom_2 else bottom_2) - (top if top > top_2 else top_2)
        if width <= 0 or height <= 0:
            continue
        intersection = width * height
        iou = intersection / (area + area_2 - intersection)
        if iou >= min_iou:
            found.append((iou, position, other) if position < other else (iou, other, position))
    return found


class _Grid:
    """The boxes of one class of widths and heights, by the cells of their centres."""

    __slots__ = ("cell_height", "cell_width", "cells")

    def __init__(self, cell_width: float, cell_height: float) -> None:
        self.cell_width = cell_width
        self.cell_height = cell_height
        self.cells: dict[tuple[int, int], list[int]] = {}

    def add(self, position: int, box: Edges) -> None:
        x, y = _centre(box)
        cell = math.floor(x / self.cell_width), math.floor(y / self.cell_height)
        self.cells.setdefault(cell, []).append(position)

    def near(self, box: Edges, min_iou: float) -> Iterator[list[int]]:
        """The boxes of each cell in which a partner's centre can be, of the own cell first."""
        x, y = _centre(box)
        rows = _cells(y, _reach(box.bottom - box.top, self.cell_height, min_iou), self.cell_height)
        columns = _cells(x, _reach(box.right - box.left, self.cell_width, min_iou), self.cell_width)
        for column in columns:
            for row in rows:
                cell = self.cells.get((column, row))
                if cell is not None:
                    yield cell


class _Grids:
    """The grids of the boxes added so far."""

    def __init__(self, min_iou: float) -> None:
        self._min_iou = min_iou
        self._log_base = -math.log(min_iou)
        self._grids: dict[tuple[int, int], _Grid] = {}

    def add(self, position: int, box: Edges) -> None:
        level = math.floor(self._level(box.right - box.left)), math.floor(self._level(box.bottom - box.top))
        grid = self._grids.get(level)
        if grid is None:
            grid = self._grids[level] = _Grid(*(math.exp((each + 1) * self._log_base) for each in level))
        grid.add(position, box)

    def near(self, box: Edges, most: int) -> Iterator[int]:
        """The boxes added so far that may be partners of this one; of each cell the last ones first."""
        for level_x in _levels(self._level(box.right - box.left)):
            for level_y in _levels(self._level(box.bottom - box.top)):
                grid = self._grids.get((level_x, level_y))
                if grid is None:
                    continue
                for cell in grid.near(box, self._min_iou):
                    yield from cell[: -most - 1 : -1]
                    most -= len(cell)
                    if most <= 0:
                        return

    def _level(self, side: float) -> float:
        return math.log(side) / self._log_base


def _levels(level: float) -> tuple[int, ...]:
    """The classes of sides that partners can have, the own one first."""
    own = math.floor(level)
    first, last = math.floor(level - 1 - _ALMOST_NOTHING), math.floor(level + 1 + _ALMOST_NOTHING)
    return own, *range(first, own), *range(own + 1, last + 1)


def _cells(centre: float, reach: float, cell: float) -> tuple[int, ...]:
    """The cells within reach along one axis, the own one first."""
    own = math.floor(centre / cell)
    first, last = math.floor((centre - reach) / cell), math.floor((centre + reach) / cell)
    return own, *range(first, own), *range(own + 1, last + 1)


def _reach(side: float, longest: float, min_iou: float) -> float:
    """How far the centre of a partner can be, along one axis, if its side is at most `longest`.

    Two boxes have at least the share `min_iou` of the longer side in common.
    """
    other = min(longest, side / min_iou)
    return ((side + other) / 2 - min_iou * max(side, other)) * (1 + _ALMOST_NOTHING)


def _centre(box: Edges) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def _has_area(box: Edges) -> bool:
    return box.area > 0 and box.left < box.right and box.top < box.bottom


def _along_curve(boxes: Sequence[Edges], positions: Sequence[int]) -> list[int]:
    """The positions in another order, so that similar boxes are near each other.

    The second copies of identical boxes come after all first ones, and so on, so that many copies of one box do not
    hide the others.
    """
    scales = [_Scale([boxes[position][side] for position in positions]) for side in range(4)]
    copies: Counter[tuple[float, ...]] = Counter()
    keys = []
    for position in positions:
        edges = boxes[position][:4]
        keys.append((copies[edges], _interleaved(scales, edges), position))
        copies[edges] += 1
    return [position for _, _, position in sorted(keys)]


class _Scale:
    """Maps numbers to 0 .. _CURVE_STEPS."""

    __slots__ = ("_extent", "_lowest")

    def __init__(self, values: Sequence[float]) -> None:
        self._lowest = min(values)
        self._extent = max(values) - self._lowest or 1.0

    def step(self, value: float) -> int:
        return int((value - self._lowest) / self._extent * _CURVE_STEPS)


_SPREAD = [sum((byte >> bit & 1) << 4 * bit for bit in range(8)) for byte in range(256)]
"""Each byte with three zeros after each of its bits."""


def _interleaved(scales: Sequence[_Scale], edges: Sequence[float]) -> int:
    """The place on the Z-order curve: the bits of all four numbers, the highest ones first."""
    place = 0
    for scale, edge in zip(scales, edges, strict=True):
        step = scale.step(edge)
        place = place << 1 | (_SPREAD[step >> 8] << 32 | _SPREAD[step & 0xFF])
    return place
