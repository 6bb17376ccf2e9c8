"""The rows of a table, separated by commas, semicolons or tabs. Quoted cells may hold separators and line ends."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.text_file import LARGEST_SET_BYTES, read_text

_SEPARATORS: Final = ",;\t"
_EXCEL_SEPARATOR: Final = re.compile(r"sep=([,;\t])\n", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"[^"]*"')
_LARGEST_CELL: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and its place: the file and the line on which the row ends."""

    where: str
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Rows:
    """The first row of a table, and the others. `separator` is between the cells."""

    first: Row
    others: Sequence[Row]
    separator: str


def read_rows(source: Path) -> Rows:
    """The rows that are not empty. Raises: Invalid: the table is empty, or a quote is not closed."""
    text = read_text(source, LARGEST_SET_BYTES)
    if not text.strip():
        raise Invalid(f"{source} is empty")
    named = _EXCEL_SEPARATOR.match(text)
    skipped = 1 if named else 0
    text = text[named.end() :] if named else text
    separator = named[1] if named else _separator(text)
    rows = [
        Row(f"{source}, line {line + skipped}", cells)
        for line, cells in _cells(text, separator, source, skipped)
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        raise Invalid(f"{source} has no rows")
    return Rows(rows[0], rows[1:], separator)


def _separator(text: str) -> str:
    """What separates the names in the first line."""
    first = _QUOTED.sub("", text.lstrip().partition("\n")[0])
    return max(_SEPARATORS, key=first.count)


def _cells(text: str, separator: str, source: Path, skipped: int) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as problem:
        raise Invalid(f"{source}, line {reader.line_num + skipped}: not a valid table: {problem}") from None
