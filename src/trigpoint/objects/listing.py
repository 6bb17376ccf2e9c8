"""One page of a listing: keys in UTF-8 byte order, rolled up at a delimiter, continued after a marker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from trigpoint.objects.model import Listing, ObjectInfo
from trigpoint.objects.names import after_prefix, common_prefix

_SKIP_BEFORE_SEEKING = 12


class Keyed(Protocol):
    """Anything that has an object's key."""

    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)
Scan = Callable[[str, bool], Iterable[K]]
"""scan(lower, inclusive): everything with the prefix from `lower` on, in order, read lazily."""


def list_page(
    scan: Scan[K],
    describe: Callable[[K], ObjectInfo | None],
    prefix: str,
    delimiter: str,
    start_after: str,
    max_keys: int,
) -> Listing:
    """One page of at most `max_keys` objects and common prefixes together.

    `describe` returns None for an object that has gone since the scan. A common prefix is not walked through: the
    scan starts again after it.
    Decision: a `start_after` that is itself a common prefix (the marker of a page that ended with one) leaves
    all of that prefix out; one inside a common prefix does not.
    """
    objects: list[ObjectInfo] = []
    prefixes: list[str] = []
    last = ""
    lower, inclusive = _beginning(prefix, delimiter, start_after)
    while lower is not None and max_keys > 0:
        seek, skipped = None, 0
        for entry in scan(lower, inclusive):
            rolled = common_prefix(entry.key, prefix, delimiter)
            if rolled is not None and prefixes and rolled == prefixes[-1]:
                skipped += 1
                if skipped < _SKIP_BEFORE_SEEKING:
                    continue
                seek = after_prefix(rolled)
                break
            if len(objects) + len(prefixes) == max_keys:
                return Listing(objects, prefixes, True, last)
            skipped = 0
            if rolled is not None:
                prefixes.append(rolled)
                last = rolled
            elif (info := describe(entry)) is not None:
                objects.append(info)
                last = entry.key
        lower, inclusive = seek, True
    return Listing(objects, prefixes, False, "")


def _beginning(prefix: str, delimiter: str, start_after: str) -> tuple[str | None, bool]:
    if start_after.encode() < prefix.encode():
        return prefix, True
    if start_after.startswith(prefix) and common_prefix(start_after, prefix, delimiter) == start_after != "":
        return after_prefix(start_after), True
    return start_after, not start_after
