"""Division of elements among several readers.

Shard: element i goes to reader i mod n; for instances and ranks. Blocks: block i goes to reader i mod n; for the
workers of a DataLoader, which deliver one batch each in turn.

Source: training.md 1.4. With FullyReplicated there is no such stage.
"""

from __future__ import annotations

from typing import TypeVar

from trigpoint.core.errors import Invalid
from trigpoint.streaming.stage import Stage, State, Taking

T = TypeVar("T")


class _Share(Taking[T]):
    """Base of a stage that skips some elements of its parent, depending on how many it has seen."""

    def __init__(self, parent: Stage[T]) -> None:
        self._parent = parent
        self._seen = 0

    def get_state(self) -> State:
        return {"seen": self._seen, "parent": self._parent.get_state()}

    def set_state(self, state: State) -> None:
        self._seen = state["seen"]
        self._parent.set_state(state["parent"])

    def close(self) -> None:
        self._parent.close()


class Shard(_Share[T]):
    """Yields every `count`-th element of its parent, beginning with number `index` (from 0)."""

    def __init__(self, parent: Stage[T], index: int, count: int) -> None:
        if not 0 <= index < count:
            raise Invalid(f"shard {index} of {count} does not exist; the index must be from 0 to {count - 1}")
        super().__init__(parent)
        self._index, self._count = index, count

    def take(self, most: int) -> list[T]:
        while True:
            first = (self._index - self._seen) % self._count
            elements = self._parent.take(first + 1 + (most - 1) * self._count)
            self._seen += len(elements)
            ours = list(elements[first :: self._count])
            if ours or not elements:
                return ours

    def __str__(self) -> str:
        return f"{self._parent} -> Shard({self._index} of {self._count})"


class Blocks(_Share[T]):
    """Yields every `count`-th block of `size` elements of its parent, beginning with block `index` (from 0).

    When the readers deliver one block each in turn, the elements come in the parent's order, whatever `count` is.
    """

    def __init__(self, parent: Stage[T], index: int, count: int, size: int) -> None:
        if not 0 <= index < count or size < 1:
            raise Invalid(f"blocks {index} of {count}, of {size} elements, do not exist")
        super().__init__(parent)
        self._index, self._count, self._size = index, count, size

    def take(self, most: int) -> list[T]:
        round_size = self._count * self._size
        while True:
            place = self._seen % round_size - self._index * self._size
            ours = 0 <= place < self._size
            elements = self._parent.take(min(most, self._size - place) if ours else -place % round_size)
            self._seen += len(elements)
            if ours or not elements:
                return list(elements)

    def __str__(self) -> str:
        return f"{self._parent} -> Blocks({self._index} of {self._count}, {self._size} elements each)"
