""".lst files: index, numbers of the label and relative path of the image, separated by tabs.

Source: training.md 2.4 (mxnet im2rec).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from trigpoint.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class LstRow:
    """One image: its unique index, the numbers of its label (at least one), its path below the root."""

    index: int
    label: tuple[float, ...]
    path: str
    line: int = field(default=0, compare=False)
    """The number of its line, from 1; 0 for a row that was not read."""


class BadRow(Invalid):
    """A line of a .lst file that cannot be used: its number from 1, and why."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")
        self.number = number
        self.why = why


def parse_rows(lines: Iterable[str]) -> Iterator[LstRow | BadRow]:
    """Each line as a row, or as a BadRow: readers skip such lines with a message.

    Blank lines are ignored. A repeated index makes a bad row.
    """
    seen: set[int] = set()
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if not text.strip():
            continue
        try:
            row = parse_row(text, number)
            if row.index in seen:
                raise BadRow(number, f"duplicate index {row.index}; each image needs its own")
        except BadRow as problem:
            yield problem
            continue
        seen.add(row.index)
        yield row


def parse_row(line: str, number: int) -> LstRow:
    """The row of a line without line end.

    The index may be written as a float, as in old lists of im2rec.
    Raises: BadRow.
    """
    fields = [field.strip() for field in line.split("\t")]
    if len(fields) < 3:
        raise BadRow(
            number,
            f"index, label and path are needed, separated by tabs; this has {len(fields)} column(s)",
        )
    index, *label, path = fields
    numbers = [_number(text, number, column) for column, text in enumerate([index, *label], start=1)]
    if numbers[0] != int(numbers[0]) or numbers[0] < 0:
        raise BadRow(number, f"column 1: the index must be a whole number from 0, not {index!r}")
    if not path:
        raise BadRow(number, f"column {len(fields)}: the path is empty")
    return LstRow(int(numbers[0]), tuple(numbers[1:]), path, number)


def _number(text: str, number: int, column: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRow(number, f"column {column}: {text[:80]!r} is not a number")
    return value


def write_row(row: LstRow, decimals: int | None = None) -> str:
    """The line of a row, with its line end; whole numbers without a point.

    decimals: how many the other numbers have; None: as many as are needed to read the same number again.
    Raises: Invalid: the path has a tab or a line end.
    """
    if any(mark in row.path for mark in "\t\r\n"):
        raise Invalid(f"the path {row.path!r} has a tab or a line end, which .lst files cannot store")
    return "\t".join([str(row.index), *(_text(value, decimals) for value in row.label), row.path]) + "\n"


def _text(value: float, decimals: int | None) -> str:
    if value == int(value):
        return str(int(value))
    return repr(float(value)) if decimals is None else f"{value:.{decimals}f}"


def is_detection(label: Sequence[float]) -> bool:
    """Whether the numbers are a detection label: header width, object width, header, whole objects.

    A multi-hot label of 0 and 1 is never one, because the header width is at least 2.
    """
    if len(label) < 2 or label[0] < 2 or label[1] < 5 or any(value != int(value) for value in label[:2]):
        return False
    head, width = int(label[0]), int(label[1])
    return len(label) >= head and (len(label) - head) % width == 0
