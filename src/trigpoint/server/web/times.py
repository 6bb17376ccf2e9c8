"""Durations and times in words, relative to now."""

from __future__ import annotations

import math
from datetime import datetime

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"))


def duration(seconds: float) -> str:
    """The largest one or two units: `5 minutes`, `1 hour 30 minutes`, `10 days`, `45 seconds`."""
    left = round(seconds)
    if left < 60:
        return _count(left, "second")
    parts = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(_count(count, unit))
        elif parts:
            break
    return " ".join(parts[:2])


def since(at: datetime, now: datetime) -> str:
    """`just now`, `4 minutes ago`, `2 days ago`."""
    seconds = (now - at).total_seconds()
    return "just now" if seconds < 60 else f"{_rough(seconds)} ago"


def until(at: datetime, now: datetime) -> str:
    """`in 4 minutes`, `in 2 days`, `now` when it has passed; part of a unit counts as a whole one."""
    seconds = (at - now).total_seconds()
    if seconds <= 0:
        return "now"
    size, unit = next(((s, u) for s, u in _UNITS if seconds > s), (60, "minute"))
    return f"in {_count(math.ceil(seconds / size), unit)}"


def _rough(seconds: float) -> str:
    size, unit = next(((s, u) for s, u in _UNITS if seconds >= s), (60, "minute"))
    return _count(int(seconds // size), unit)


def _count(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
