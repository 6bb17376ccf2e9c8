"""The classes in a table: names, numbers, or pairs of both."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.lst_table import numbered, numbered_class
from trigpoint.datasets.model import BadEntry, LabeledImage, names_in

SEPARATOR = "|"
"""Separates several classes of one image."""


@dataclass(frozen=True, slots=True)
class TableClasses:
    """Reads the class of a row.

    column: the meaning whose column has it. pairs: the names of the ids, where the table has both.
    numbers: whether the column has numbers, which are ids. names: the names of --classes.
    """

    column: str
    pairs: ClassTable | None = None
    numbers: bool = False
    names: Sequence[str] | None = None

    def of(self, values: Mapping[str, str], where: str) -> str:
        """The class of a box. Raises: BadEntry: there is none, or no such one."""
        text = values.get(self.column, "")
        if not text:
            raise BadEntry(where, "column class: there is no class")
        return self._named(text, values, where)

    def several(self, values: Mapping[str, str], where: str) -> list[str]:
        """The classes of an image; none when the cell is empty. Raises: BadEntry: no such class."""
        texts = [text.strip() for text in values.get(self.column, "").split(SEPARATOR)]
        return [self._named(text, values, where) for text in texts if text]

    def _named(self, text: str, values: Mapping[str, str], where: str) -> str:
        if self.pairs is not None:
            return self.pairs.use(values["class_id"], where)
        if not self.numbers:
            return text
        number = _number(text)
        if number is None:
            raise BadEntry(where, f"column class: a number is needed, as in other rows, not {text!r}")
        return numbered_class(number, self.names, where)

    def in_order(self, images: Sequence[LabeledImage]) -> list[str]:
        """The names of all classes in the order of their ids."""
        if self.pairs is not None:
            return self.pairs.names()
        if not self.numbers:
            return names_in(images)
        return list(self.names) if self.names else numbered(images)

    def notes(self) -> list[str]:
        return [] if self.pairs is None else self.pairs.notes()


def classes_of(
    rows: Iterable[tuple[str, Mapping[str, str]]], meanings: Iterable[str], names: Sequence[str] | None
) -> TableClasses:
    """How the rows name their classes.

    Decision: a column in which all classes are numbers has ids, as a .lst has, unless --classes has the same texts.
    Raises: BadEntry: one id with two names.
    """
    found = list(rows)
    column = "class" if "class" in meanings else "class_id"
    texts = {text.strip() for _, values in found for text in values.get(column, "").split(SEPARATOR)} - {""}
    if column == "class" and "class_id" in meanings and (pairs := _pairs(found)) is not None:
        return TableClasses(column, pairs)
    numbers = (
        bool(texts) and all(_number(text) is not None for text in texts) and not texts <= set(names or ())
    )
    return TableClasses(column, None, numbers, names)


def _pairs(rows: Sequence[tuple[str, Mapping[str, str]]]) -> ClassTable | None:
    """The ids and names of the rows that have both; None when the ids are no numbers."""
    both = [(where, each) for where, each in rows if each.get("class") and each.get("class_id")]
    if not both or any(_number(values["class_id"]) is None for _, values in both):
        return None
    table = ClassTable()
    for where, values in both:
        table.declare(values["class_id"], values["class"], where)
    return table


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
