"""The boxes in the rows of a table: numbers of pixels, or fractions of the image.

Decision: a table in which no coordinate is beyond 2 has fractions. Nobody draws boxes of a pixel only. In a table of
pixels a box within one pixel is an error, because it seems to be one of fractions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trigpoint.datasets.model import BadEntry
from trigpoint.records.labels.boxes import FLAGS, Box, BoxLtwh
from trigpoint.records.labels.image_size import ImageSize

_EMPTY: Final = frozenset({"", "nan", "na", "n/a", "none", "null"})
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d{1,40},\d{1,40}")
_LARGEST: Final = 1e9
_MOST_OF_FRACTIONS: Final = 2


@dataclass(frozen=True, slots=True)
class BoxReader:
    """Reads the boxes of a table.

    sides: the meanings that give a box. separator: what is between cells; a decimal comma needs another one.
    """

    sides: Sequence[str]
    separator: str = ","
    fractions: bool = False

    def is_empty(self, values: Mapping[str, str]) -> bool:
        """True for a row without a box."""
        return all(values[side].lower() in _EMPTY for side in self.sides)

    def numbers(self, values: Mapping[str, str], where: str) -> list[float]:
        """The numbers that give the box. Raises: BadEntry: names the column."""
        return [self.number(values, side, where) for side in self.sides]

    def number(self, values: Mapping[str, str], name: str, where: str) -> float:
        text = values.get(name, "")
        if self.separator != "," and _DECIMAL_COMMA.fullmatch(text):
            text = text.replace(",", ".")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < _LARGEST:
            raise BadEntry(where, f"column {name}: a number is needed, not {text[:80]!r}")
        return value

    def box(self, name: str, values: Mapping[str, str], where: str, size: ImageSize | None) -> Box:
        """The box in pixels of an image of that size, which fractions need. Raises: BadEntry: names the column."""
        left, top, width, height = self._ltwh(self.numbers(values, where))
        if width < 0 or height < 0:
            raise BadEntry(where, f"the box has a negative width or height: {width:g} x {height:g}")
        if self.fractions:
            assert size is not None
            left, width = left * size.width, width * size.width
            top, height = top * size.height, height * size.height
        elif _within_a_pixel((left, top, width, height)):
            raise BadEntry(
                where,
                f"the box is {width:g} x {height:g} pixels, so its numbers seem to be fractions of the image, "
                "but other rows have pixels",
            )
        return Box(name, left, top, width, height, flags=_flags(values))

    def _ltwh(self, numbers: Sequence[float]) -> BoxLtwh:
        one, two, three, four = numbers
        if "x2" in self.sides:
            return one, two, three - one, four - two
        if "x_center" in self.sides:
            return one - three / 2, two - four / 2, three, four
        return one, two, three, four


def _within_a_pixel(box: BoxLtwh) -> bool:
    left, top, width, height = box
    return (
        left >= 0
        and top >= 0
        and 0 < width < 1
        and 0 < height < 1
        and left + width <= 1
        and top + height <= 1
    )


def _flags(values: Mapping[str, str]) -> frozenset[str]:
    return frozenset(flag for flag in FLAGS if values.get(flag, "").lower() in ("1", "1.0", "true", "yes"))


def are_fractions(boxes: Iterable[Sequence[float]]) -> bool:
    """Whether the numbers of all boxes are fractions of their images. Whole numbers above 1 are pixels."""
    largest, whole = 0.0, True
    for numbers in boxes:
        largest = max(largest, *map(abs, numbers))
        whole = whole and all(number.is_integer() for number in numbers)
        if largest > _MOST_OF_FRACTIONS:
            return False
    return largest > 0 and (largest <= 1 or not whole)
