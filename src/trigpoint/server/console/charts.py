"""Charts: figures over time as a picture that needs no script, and as numbers for the script that makes it interactive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_POINTS = 120
_PERIODS_S = (60, 300, 900, 3600, 4 * 3600, 86400)
_WIDTH, _HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class Chart:
    """One line over time. `times` are in seconds since 1970, in ascending order.

    `line` are the points of an SVG polyline in a box of 600 x 120.
    """

    title: str
    times: Sequence[int]
    values: Sequence[float]

    @property
    def line(self) -> str:
        if not self.times:
            return ""
        first, span = self.times[0], max(1, self.times[-1] - self.times[0])
        top = max(max(self.values), 1)
        points = zip(self.times, self.values, strict=True)
        return " ".join(
            f"{(at - first) / span * _WIDTH:.1f},{_HEIGHT - value / top * (_HEIGHT - 8):.1f}"
            for at, value in points
        )

    @property
    def highest(self) -> float:
        return max(self.values, default=0)

    @property
    def data(self) -> dict[str, Any]:
        """For the script."""
        return {"title": self.title, "times": list(self.times), "values": list(self.values)}


def period_s(begin: datetime, end: datetime) -> int:
    """The length of the periods in which a chart counts, so that it has at most MOST_POINTS."""
    length_s = (end - begin).total_seconds()
    fitting = [period for period in _PERIODS_S if length_s / period <= MOST_POINTS]
    return fitting[0] if fitting else -(-int(length_s) // (MOST_POINTS * 86400)) * 86400


def counted(
    title: str, points: Sequence[Mapping[str, Any]], begin: datetime, end: datetime, period: int
) -> Chart:
    """The sums of GetMetricStatistics as a chart. Periods without a value count as 0."""
    sums = {int(point["Timestamp"].timestamp()): float(point["Sum"]) for point in points}
    start = int(begin.timestamp()) // period * period
    # From the period before, so that what came within one period is a line, too.
    times = list(range(start - period, int(end.timestamp()) + 1, period))[-MOST_POINTS:]
    return Chart(title, times, [sums.get(at, 0.0) for at in times])
