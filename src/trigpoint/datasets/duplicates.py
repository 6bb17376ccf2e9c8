"""Lines of a manifest that have the object of an earlier line, found in 16 bytes of memory per line."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from trigpoint.records.manifest.selection import REFERENCE_SUFFIX

_SHARES = 16


class Duplicates:
    """A digest of the object of each line."""

    def __init__(self) -> None:
        self._digests, self._numbers = array("Q"), array("L")

    def remember(self, number: int, line: Mapping[str, Any], raw: bytes) -> None:
        """Adds a line: by its first reference, or else by all of it."""
        reference = next((value for name, value in line.items() if name.endswith(REFERENCE_SUFFIX)), None)
        key = reference.encode("utf-8", "surrogatepass") if isinstance(reference, str) else raw
        self._digests.append(int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "little"))
        self._numbers.append(number)

    def found(self) -> list[tuple[int, int]]:
        """Each line whose object an earlier line has, with that earlier line, in the order of the lines.

        A sixteenth of the lines is sorted at a time, which bounds the memory.
        """
        digests, numbers = self._digests, self._numbers
        found: list[tuple[int, int]] = []
        for share in range(_SHARES):
            places = [place for place, digest in enumerate(digests) if digest >> 60 == share]
            places.sort(key=digests.__getitem__)  # stable: lines with equal digests keep their order
            found += (
                (numbers[place], numbers[before])
                for before, place in pairwise(places)
                if digests[before] == digests[place]
            )
        return sorted(found)
