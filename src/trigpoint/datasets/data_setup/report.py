"""What data setup has read, written and left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MOST_EXAMPLES = 10


@dataclass(slots=True)
class SetupReport:
    """Counts so far. read: files. written: lines. left_out: files and parts of files by the reason.

    `examples` names the first of these that a person should look at, with file and line.
    """

    read: int = 0
    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, example: str | None = None) -> None:
        """Counts something that gets no line."""
        self.left_out[reason] += 1
        if example is not None and len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)

    def summary(self) -> str:
        """One line for people."""
        total = self.left_out.total()
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in self.left_out.most_common())
        text = f"read {self.read:,} files, wrote {self.written:,} lines, left out {total:,}"
        return f"{text} ({reasons})" if total else text
