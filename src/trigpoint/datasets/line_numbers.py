"""The numbers of lines that have one problem in common, for its message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_SHOWN: Final = 5


@dataclass(slots=True)
class LineNumbers:
    """The first lines, and the number of the others."""

    first: list[int] = field(default_factory=list)
    last: int = 0
    more: int = 0

    def add(self, number: int) -> None:
        """Adds a line; lines come in their order, and may come several times."""
        if number == self.last:
            return
        self.last = number
        if len(self.first) < _SHOWN:
            self.first.append(number)
        else:
            self.more += 1

    def __str__(self) -> str:
        """Such as `line 2` and `lines 1, 2, 3, 4, 5 and 7 more`."""
        shown = ", ".join(map(str, self.first)) + (f" and {self.more:,} more" if self.more else "")
        return f"{'line' if len(self.first) == 1 else 'lines'} {shown}"
