"""The texts of a CSV file: one per row, from one column or from the whole row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from trigpoint.core.errors import Invalid
from trigpoint.datasets.data_setup.report import SetupReport
from trigpoint.datasets.data_setup.text_lines import text_lines


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How CSV files are read.

    column: the name of a column, or its number from 1; None for the whole row. has_header: the first row has the names.
    Decision: a row without `column` becomes a text as it is written, quotes and all, unless it has one field only, whose
    value is taken. AWS says no more than that each row becomes a line.
    """

    delimiter: str = ","
    column: str | None = None
    has_header: bool = False

    @property
    def reads_names(self) -> bool:
        """Whether the first row has names: always, if the column is given by its name."""
        return self.has_header or (self.column is not None and not self.column.isdecimal())


def csv_texts(
    file: BinaryIO, name: str, options: CsvOptions, report: SetupReport
) -> Iterator[tuple[int, str]]:
    """The text of each row, with the line at which the row begins. Fields in quotes may have line breaks.

    Raises: Invalid: the file is not UTF-8 or not CSV, or lacks the column; names the file and the line.
    """
    lines = _Lines(file, name)
    rows = csv.reader(lines, delimiter=options.delimiter, strict=True)
    index: int | None = None
    is_first = True
    while True:
        lines.begin_row()
        try:
            row = next(rows, None)
        except csv.Error as problem:
            raise Invalid(f"{name}, line {lines.first}: {_reason(problem)}") from None
        if row is None:
            return
        if is_first:
            is_first = False
            index = _index(options, row, name)
            if options.reads_names:
                continue
        if not any(field.strip() for field in row):
            report.leave_out("empty row")
        elif index is not None and index >= len(row):
            report.leave_out(
                "row without the column",
                f"{name}, line {lines.first}: the row has {len(row)} columns, but column {index + 1} is wanted",
            )
        elif index is not None:
            yield lines.first, row[index]
        else:
            yield lines.first, row[0] if len(row) == 1 else lines.written.rstrip("\r\n")


class _Lines:
    """The lines that the CSV reader takes, and what it has taken for the current row."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._name = name
        self._lines = text_lines(file, name)
        self._taken: list[str] = []
        self.first = 1
        self._next = 1

    def begin_row(self) -> None:
        self._taken = []
        self.first = self._next

    @property
    def written(self) -> str:
        """The current row as it is written."""
        return "".join(self._taken)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if line.text is None:
            raise Invalid(f"{self._name}, line {line.number}: longer than 1 MiB; no CSV file has such a line")
        self._next = line.number + 1
        self._taken.append(line.text)
        return line.text


def _index(options: CsvOptions, first_row: list[str], name: str) -> int | None:
    """The column's index; None for the whole row."""
    column = options.column
    if column is None:
        return None
    if column.isdecimal():
        if not 1 <= int(column) <= 10_000:
            raise Invalid(f"the column {column} must be a number from 1 to 10,000, or a name")
        return int(column) - 1
    names = [each.strip() for each in first_row]
    if names.count(column) != 1:
        there = ", ".join(map(repr, names))[:200]
        how_many = "no column" if column not in names else "several columns"
        raise Invalid(f"{name}: the first row has {how_many} {column!r}, but {there}")
    return names.index(column)


def _reason(problem: csv.Error) -> str:
    text = str(problem)
    if "field larger than" in text or "unexpected end of data" in text:
        return "the row has a quote that is not closed, or a field of more than 131,072 characters"
    return f"not valid CSV: {text}; is the delimiter right?"
