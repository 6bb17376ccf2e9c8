"""Paths that were written on another computer, and the files that they mean here."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable


def parts_of(path: str) -> tuple[str, ...]:
    """The folders and the name of a path with slashes or backslashes, without drive, `.` and `..`."""
    parts = unicodedata.normalize("NFC", path).replace("\\", "/").split("/")
    if len(parts[0]) == 2 and parts[0][1] == ":":
        del parts[0]
    return tuple(part for part in parts if part not in ("", ".", ".."))


class PathIndex:
    """Finds the files whose paths fit a path best.

    Two paths fit when one ends with the other: `C:\\photos\\day\\1.jpg` fits `day/1.jpg` and `1.jpg`, but not
    `night/1.jpg`. The more folders are equal, the better.
    """

    def __init__(self, files: Iterable[tuple[str, str]]) -> None:
        """files: each file, and the path by which it is found."""
        self._files: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for file, path in files:
            if parts := parts_of(path):
                self._files[parts[-1].casefold()].append((parts, file))

    def best(self, path: str) -> list[str]:
        """The files that fit best, several if they fit equally well. Case only counts where both cases exist."""
        parts = parts_of(path)
        same_name = self._files.get(parts[-1].casefold(), []) if parts else []
        found = [(fit, file) for each, file in same_name if (fit := _fit(parts, each))]
        best = max((fit for fit, _ in found), default=None)
        return [file for fit, file in found if fit == best]


def _fit(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[int, int] | None:
    """How many last parts are equal, and how many of them also in case; None when the paths do not fit."""
    length = min(len(one), len(other))
    pairs = list(zip(one[-length:], other[-length:], strict=True))
    if any(a.casefold() != b.casefold() for a, b in pairs):
        return None
    return length, sum(a == b for a, b in pairs)
