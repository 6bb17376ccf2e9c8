"""A page of a manifest or a CSV file as a table: its columns, and what each cell says in short."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.label_counts import LabelCount, count_label
from trigpoint.records.labels.attributes import METADATA, label_attributes
from trigpoint.records.manifest.lines import BYTE_ORDER_MARK, BadLine
from trigpoint.records.manifest.parsing import parse_line

MOST_COLUMNS: Final = 16
MOST_CHARACTERS: Final = 200
_CLASSES_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """text: in short. whole: all of it, if that is more. uri: of the object that it names."""

    text: str = ""
    whole: str = ""
    uri: str = ""
    is_label: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line. `problem` says why it is no row."""

    cells: Mapping[str, Cell]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of one page. `hidden`: how many columns there was no room for."""

    columns: Sequence[str]
    rows: Sequence[Row]
    hidden: int = 0


def manifest_table(lines: Sequence[bytes], first: int) -> Table:
    """The table of JSON Lines. Metadata of labels are part of the label's cell."""
    rows = [_manifest_row(raw, first + place if first else place + 1) for place, raw in enumerate(lines)]
    names = list(dict.fromkeys(name for row in rows for name in row.cells))
    names.sort(
        key=lambda name: (not name.startswith("source"), not any(_is_label(row, name) for row in rows))
    )
    return Table(names[:MOST_COLUMNS], rows, max(0, len(names) - MOST_COLUMNS))


def csv_table(lines: Sequence[bytes], head: bytes) -> Table:
    """The table of a CSV file. head: its first line, which has the names. A field cannot reach beyond a page."""
    columns = _fields([head.removeprefix(BYTE_ORDER_MARK)])
    names = [name or str(place) for place, name in enumerate(columns[0] if columns else [], start=1)]
    names = [
        name if names.index(name) == place else f"{name} ({place + 1})" for place, name in enumerate(names)
    ]
    rows = []
    for values in _fields(lines):
        values += [""] * (len(names) - len(values))
        rows.append(Row({name: _cell(value) for name, value in zip(names, values, strict=False)}))
    return Table(names[:MOST_COLUMNS], rows, max(0, len(names) - MOST_COLUMNS))


def _fields(lines: Sequence[bytes]) -> list[list[str]]:
    text = io.StringIO(b"\n".join(lines).decode(errors="replace").replace("\0", "�"), newline="")
    try:
        return list(csv.reader(text))
    except csv.Error as problem:  # a field of more than 128 KiB
        raise Invalid(f"the file is not CSV: {problem}") from None


def _manifest_row(raw: bytes, number: int) -> Row:
    if not raw.strip():
        return Row({}, "the line is empty")
    try:
        line = parse_line(raw.removeprefix(BYTE_ORDER_MARK), number)
    except BadLine as problem:
        return Row({}, problem.why)
    labels = set(label_attributes(line))
    folded = {name + METADATA for name in labels}
    cells = {}
    for name, value in line.items():
        if name in labels:
            cells[name] = _label(line, name)
        elif name not in folded:
            cells[name] = _cell(value)
    for name in labels - line.keys():
        cells[name] = Cell("", is_label=True)
    return Row(cells)


def _label(line: Mapping[str, Any], name: str) -> Cell:
    """The label in short: its classes with their numbers, or that there are none."""
    metadata = line.get(name + METADATA, {})
    whole = json.dumps({name: line.get(name), name + METADATA: metadata}, ensure_ascii=False, indent=1)
    counted = LabelCount()
    try:
        count_label(line, name, counted, "")
    except Invalid as problem:
        return Cell(problem.message[:MOST_CHARACTERS], whole[:20_000], is_label=True)
    shown = [each if n == 1 else f"{each} × {n}" for each, n in counted.classes.most_common(_CLASSES_SHOWN)]
    if len(counted.classes) > _CLASSES_SHOWN:
        shown.append("…")
    value = line.get(name)
    text = ", ".join(shown) or ("–" if counted.empty else _text(value))
    uri = value if isinstance(value, str) and value.startswith("s3://") else ""
    return Cell(text[:MOST_CHARACTERS], whole[:20_000], uri, is_label=True)


def _cell(value: Any) -> Cell:
    text = _text(value)
    short = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    uri = text if isinstance(value, str) and value.startswith("s3://") and len(value) < 2000 else ""
    return Cell(short, text[:20_000] if short != text else "", uri)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_label(row: Row, name: str) -> bool:
    cell = row.cells.get(name)
    return cell is not None and cell.is_label
