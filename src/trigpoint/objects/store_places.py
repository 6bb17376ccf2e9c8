"""Objects of the store as places, for what reads manifests and folders by name, with bounds for a page that waits for it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from trigpoint.core.errors import Denied, LimitExceeded
from trigpoint.datasets.places import Places, split_s3
from trigpoint.objects.object_store import ObjectStore
from trigpoint.objects.ranged_file import begin

_PIECE_BYTES = 1 << 20


class StorePlaces(Places):
    """Opens objects of this store only: neither local files nor other addresses. Thread-safe.

    Args:   most_objects: of a listing.
            patience_s: a stream that is opened ends with a whole line after so many seconds. `was_cut` says if one did.
    """

    def __init__(
        self, objects: ObjectStore, most_objects: int | None = None, patience_s: float | None = None
    ) -> None:
        super().__init__()
        self._objects = objects
        self._most_objects = most_objects
        self._patience_s = patience_s
        self.was_cut = False

    def open(self, place: str) -> BinaryIO:
        """The object's bytes. Raises: NotFound, Denied, Invalid."""
        file = self._objects.open(*_object(place))
        if self._patience_s is None:
            return file
        return io.BufferedReader(_UntilLate(file, time.monotonic() + self._patience_s, self), _PIECE_BYTES)

    def read(self, place: str) -> bytes:
        """All bytes. Raises: as `open`."""
        return self._objects.get(*_object(place))

    def size(self, place: str) -> int:
        """The size in bytes. Raises: as `open`."""
        return self._objects.head(*_object(place)).size_bytes

    def head(self, place: str, size_bytes: int) -> bytes:
        """The first bytes. Raises: as `open`."""
        with self._objects.open(*_object(place)) as file:
            begin(file, 0, size_bytes)
            return file.read(size_bytes)

    def put(self, place: str, file: Path, content_type: str) -> None:
        """Writes the object."""
        with file.open("rb") as data:
            self._objects.write_uri(place, data, content_type)

    def listing(self, uri: str) -> Iterator[tuple[str, int]]:
        """Key and size of the objects under a prefix. Raises: LimitExceeded: there are more than `most_objects`."""
        for number, info in enumerate(self._objects.iterate_uri(uri)):
            if number == self._most_objects:
                raise LimitExceeded(
                    f"{uri} has more than {self._most_objects:,} objects; take a longer prefix, "
                    "or use `trigpoint manifest create`"
                )
            yield info.key, info.size_bytes


def _object(place: str) -> tuple[str, str]:
    if not place.startswith("s3://"):
        raise Denied(f"{place} is not an object of this server")
    return split_s3(place)


class _UntilLate(io.RawIOBase):
    """A stream that ends at the first line end after a moment."""

    def __init__(self, file: BinaryIO, until: float, places: StorePlaces) -> None:
        self._file = file
        self._until = until
        self._places = places
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        if self._ended:
            return 0
        data = self._file.read(len(view))
        if time.monotonic() > self._until and (cut := data.find(b"\n")) >= 0:
            # a whole line more, so that the last one is not taken for a damaged one
            rest = data[cut + 1 :] or self._file.read(1)
            self._places.was_cut = self._ended = bool(rest)
            data = data[: cut + 1]
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
