"""Durations and times in words, relative to now, in the language of the reader."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from trigpoint.language import gettext, ngettext


def _seconds(count: int) -> str:
    return ngettext("%(num)d second", "%(num)d seconds", count)


def _minutes(count: int) -> str:
    return ngettext("%(num)d minute", "%(num)d minutes", count)


def _hours(count: int) -> str:
    return ngettext("%(num)d hour", "%(num)d hours", count)


def _days(count: int) -> str:
    return ngettext("%(num)d day", "%(num)d days", count)


Unit = Callable[[int], str]
_UNITS: tuple[tuple[int, Unit], ...] = ((86400, _days), (3600, _hours), (60, _minutes))


def duration(seconds: float) -> str:
    """The largest one or two units: `5 minutes`, `1 hour 30 minutes`, `10 days`, `45 seconds`."""
    left = round(seconds)
    if left < 60:
        return _seconds(left)
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(unit(count))
        elif parts:
            break
    return " ".join(parts[:2])


def since(at: datetime, now: datetime) -> str:
    """`just now`, `4 minutes ago`, `2 days ago`."""
    seconds = (now - at).total_seconds()
    if seconds < 60:
        return gettext("just now")
    size, unit = next(((s, u) for s, u in _UNITS if seconds >= s), _UNITS[-1])
    return gettext("%(duration)s ago", duration=unit(int(seconds // size)))


def size(size_bytes: float) -> str:
    """`640 B`, `12 kB`, `3.4 GB`: decimal units, as disks are sold."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size_bytes < 1000 or unit == "TB":
            break
        size_bytes /= 1000
    return f"{size_bytes:.0f} {unit}" if unit == "B" or size_bytes >= 100 else f"{size_bytes:.1f} {unit}"


def until(at: datetime, now: datetime) -> str:
    """`in 4 minutes`, `in 2 days`, `now` when it has passed; part of a unit counts as a whole one."""
    seconds = (at - now).total_seconds()
    if seconds <= 0:
        return gettext("now")
    size, unit = next(((s, u) for s, u in _UNITS if seconds > s), _UNITS[-1])
    return gettext("in %(duration)s", duration=unit(math.ceil(seconds / size)))
