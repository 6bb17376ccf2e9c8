"""Lines of a manifest without a label that other lines have, or with something else in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigpoint.datasets.label_counts import LabelCount
from trigpoint.datasets.line_checks import Problem
from trigpoint.records.labels.attributes import may_be_label, missing_labels
from trigpoint.records.labels.values import quoted


@dataclass(slots=True)
class _Seen:
    """The lines that have an attribute, which may be a label."""

    lines: int = 0
    last: int = 0
    gap: int = 0
    """The first line without it that is before a line with it; 0 for none."""
    failure: str = ""
    """The first failure-reason in its metadata, with its line."""
    others: list[tuple[int, str]] = field(default_factory=list)
    """Lines where the value is no object, with the value."""


class LabelPresence:
    """Where each label is. Keeps at most `keep` lines per attribute."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._seen: dict[str, _Seen] = {}
        self._lines = 0

    def see(self, number: int, line: Mapping[str, Any], labels: Sequence[str]) -> None:
        """Adds a line and the names of its labels."""
        for name, failure in missing_labels(line).items():
            seen = self._seen.setdefault(name, _Seen())
            if failure is not None and not seen.failure:
                seen.failure = f"line {number} failed: {failure}"
        for name, value in line.items():
            if may_be_label(name):
                self._add(number, name, None if name in labels or isinstance(value, Mapping) else value)
        self._lines += 1

    def _add(self, number: int, name: str, other: Any) -> None:
        """Adds a line that has the attribute; `other` is its value where that is neither a label nor an object."""
        seen = self._seen.setdefault(name, _Seen())
        if seen.lines < self._lines and not seen.gap:
            seen.gap = seen.last + 1
        seen.lines, seen.last = seen.lines + 1, number
        if other is not None and len(seen.others) < self._keep:
            seen.others.append((number, quoted(other)))

    def misplaced(self, labels: Mapping[str, LabelCount]) -> Iterator[Problem]:
        """An error for each line where a label of boxes has a value that is no object."""
        for name, seen in self._seen.items():
            if name in labels and "object-detection" in labels[name].types:
                for number, value in seen.others:
                    why = f"must be an object, as on the lines with boxes, not {value}"
                    yield Problem(number, name, why)

    def unlabeled(self, labels: Mapping[str, LabelCount]) -> Iterator[Problem]:
        """A warning for each label that some lines lack: a training job that reads it would refuse the first."""
        for name, seen in self._seen.items():
            if (name in labels or seen.failure) and seen.lines < self._lines:
                first = seen.gap or seen.last + 1
                yield Problem(
                    first, name, _unlabeled(first, self._lines - seen.lines, seen.failure), "warning"
                )


def _unlabeled(first: int, lines: int, failure: str) -> str:
    more = f", and {lines - 1:,} more" if lines > 1 else ""
    failed = f" ({failure})" if failure else ""
    return (
        f"is missing{failed}; a training job that reads it would refuse line {first}{more}. "
        "Check with --for-training object-detection"
    )
