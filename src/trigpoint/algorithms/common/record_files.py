"""A .rec file on disk whose records can be read in any order without keeping the file in memory.

Only the byte at which each record begins is kept: 8 bytes per record. Index files are not read, because one that belongs
to another version of the .rec would cut records in the middle.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from pathlib import Path

from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.pipe import NOT_RECORDIO
from trigpoint.core.counted import first_of
from trigpoint.core.errors import Invalid
from trigpoint.records.rec_file import read_rec_at
from trigpoint.records.recordio import NotRecordIO, record_starts

_MOST_NAMED = 5


def files_below(folder: Path) -> Iterator[str]:
    """The files below a channel's folder, as paths relative to it, sorted."""
    found = []
    for parent, _, names in os.walk(folder):
        inside = os.path.relpath(parent, folder)
        found += [name if inside == "." else f"{inside}/{name}" for name in names]
    return iter(sorted(found))


def named(names: list[str]) -> str:
    """The first few names, and the number of the others."""
    return first_of(names, _MOST_NAMED)


def what_it_has(files: list[str], candidates: list[str]) -> str:
    """What a channel without exactly one candidate holds: the candidates, or the files if there is none."""
    return f"it has {named(candidates or files)}" if files else "it is empty"


class RecordFile:
    """The one .rec file of a channel. Safe to read in several threads at once.

    Raises: CustomerError: there is none, or several, or it is not RecordIO (names file, record and byte).
    """

    def __init__(self, channel: str, folder: Path) -> None:
        files = list(files_below(folder))
        candidates = [name for name in files if name.lower().endswith(".rec")]
        if len(candidates) != 1:
            raise CustomerError(
                f"Channel '{channel}' with content type application/x-recordio needs exactly one .rec file; "
                f"{what_it_has(files, candidates)}. Let S3Uri name the .rec"
            )
        self.channel, self.name = channel, candidates[0]
        self._path = folder / self.name
        self._starts = self._scan()

    def __len__(self) -> int:
        return len(self._starts)

    def read(self, place: int) -> bytes:
        """The payload of the record at this place, from 0. Raises: CustomerError."""
        try:
            with self._path.open("rb") as file:
                return read_rec_at(file, self._starts[place])
        except (Invalid, OSError) as error:
            raise self._refusal(place, error) from None

    def _scan(self) -> array[int]:
        starts = array("Q")
        try:
            with self._path.open("rb") as file:
                starts.extend(record_starts(file))
        except (NotRecordIO, OSError) as error:
            raise self._refusal(len(starts), error) from None
        return starts

    def _refusal(self, place: int, error: Exception) -> CustomerError:
        return CustomerError(
            f"{NOT_RECORDIO}(channel '{self.channel}', {self.name}, record {place}: {error})"
        )
