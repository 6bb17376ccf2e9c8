"""Which parts of a line are streamed: the listed attributes, in the listed order; of an object: its bytes."""

from __future__ import annotations

from collections.abc import Sequence

from trigpoint.records.manifest import Reference, Value, compile_selection
from trigpoint.streaming.source import Line
from trigpoint.streaming.stage import Stage, Through

Selected = tuple[int, list[Value]]
"""An element's number from 1, and its values, of which references are still to be fetched."""


class Select(Through[Selected]):
    """Yields the values of `attributes` of each manifest line.

    Raises: BadLine: see records.manifest.compile_selection.
    """

    def __init__(self, parent: Stage[Line], attributes: Sequence[str]) -> None:
        super().__init__(parent)
        self._attributes = tuple(attributes)
        self._select = compile_selection(attributes)

    def __next__(self) -> Selected:
        number, raw = next(self._parent)
        return number, self._select(raw, number)

    def __str__(self) -> str:
        return f"{self._parent} -> Select({', '.join(self._attributes)})"


class WholeObject(Through[Selected]):
    """Yields a reference to each object whose URI its parent yields."""

    def __init__(self, parent: Stage[tuple[int, str]]) -> None:
        super().__init__(parent)

    def __next__(self) -> Selected:
        number, uri = next(self._parent)
        return number, [Reference(uri)]

    def __str__(self) -> str:
        return f"{self._parent} -> WholeObject()"
