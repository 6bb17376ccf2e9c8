"""Tables of measurements: medians of interleaved rounds, and ratios."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median


class Figures:
    """Measured values by (row, column, figure); each may be taken several times."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, str], list[float]] = defaultdict(list)

    def add(self, row: str, column: str, **values: float) -> None:
        """Adds one round's values."""
        for figure, value in values.items():
            self._values[row, column, figure].append(value)

    def median(self, row: str, column: str, figure: str) -> float | None:
        """The median of all rounds; None when nothing was measured."""
        values = self._values.get((row, column, figure))
        return median(values) if values else None

    def print(
        self, title: str, figure: str, columns: Sequence[str], baseline: str, *, higher_is_better: bool = True
    ) -> None:
        """One line per row: the medians, then `baseline` compared with each of the other columns."""
        rows = list(dict.fromkeys(row for row, _, found in self._values if found == figure))
        others = [column for column in columns if column != baseline]
        heads = [*columns, *(f"vs {other}" for other in others)]
        width = max(len(row) for row in rows)
        print(f"\n{title}\n{'':{width}}  " + "  ".join(f"{head:>12}" for head in heads))
        for row in rows:
            own = self.median(row, baseline, figure)
            cells = [_number(self.median(row, column, figure)) for column in columns]
            for other in others:
                theirs = self.median(row, other, figure)
                cells.append(_ratio(own, theirs, higher_is_better))
            print(f"{row:{width}}  " + "  ".join(f"{cell:>12}" for cell in cells))

    def write(self, path: Path, about: Mapping[str, object]) -> None:
        """All values as JSON."""
        values = [
            {"row": row, "column": column, "figure": figure, "values": found}
            for (row, column, figure), found in self._values.items()
        ]
        path.write_text(json.dumps({"about": dict(about), "values": values}, indent=1) + "\n")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(own: float | None, theirs: float | None, higher_is_better: bool) -> str:
    if not own or not theirs:
        return "-"
    return f"{own / theirs if higher_is_better else theirs / own:.2f}x"
