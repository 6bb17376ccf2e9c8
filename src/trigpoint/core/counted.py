"""Numbers and lists of things in sentences."""

from __future__ import annotations

from collections.abc import Iterable


def counted(number: int, one: str, many: str = "") -> str:
    """`1 image`, `1,204 images`; `many` where it is not formed with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def first_of(things: Iterable[object], most: int) -> str:
    """`a, b`, or `a, b and 3 more` where there are more than `most`."""
    found = list(things)
    more = len(found) - most
    return ", ".join(map(str, found[:most])) + (f" and {more} more" if more > 0 else "")
