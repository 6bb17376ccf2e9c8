"""The parts of a line that are streamed: the listed attributes, in the listed order; of an object, its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trigpoint.records.manifest.selection import Reference, Value, compile_selection
from trigpoint.streaming.source import Line
from trigpoint.streaming.stage import Stage, Through

Selected = tuple[int, list[Value]]
"""An element's number from 1, and its values; references among them are not fetched yet."""


class Select(Through[Line, Selected]):
    """Yields the values of `attributes` of each manifest line.

    `select` takes them out of a line. The default gives them as pipe mode emits them, see
    records.manifest.selection.compile_selection.
    Raises: BadLine: what `select` raises.
    """

    def __init__(
        self,
        parent: Stage[Line],
        attributes: Sequence[str],
        select: Callable[[bytes, int], list[Any]] | None = None,
    ) -> None:
        super().__init__(parent)
        self._attributes = tuple(attributes)
        self._select = select or compile_selection(attributes)

    def _each(self, line: Line) -> Selected:
        number, raw = line
        return number, self._select(raw, number)

    def __str__(self) -> str:
        return f"{self._parent} -> Select({', '.join(self._attributes)})"


class WholeObject(Through[tuple[int, str], Selected]):
    """Yields a reference to each object whose URI its parent yields."""

    def __init__(self, parent: Stage[tuple[int, str]]) -> None:
        super().__init__(parent)

    def _each(self, element: tuple[int, str]) -> Selected:
        number, uri = element
        return number, [Reference(uri)]

    def __str__(self) -> str:
        return f"{self._parent} -> WholeObject()"
