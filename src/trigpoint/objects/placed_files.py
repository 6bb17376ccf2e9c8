"""Files of local buckets whose places are known: opened without asking the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cachetools import LRUCache

from trigpoint.objects import files
from trigpoint.objects.files import Fingerprint
from trigpoint.objects.shared_cache import SharedCache

_KNOWN_PLACES = 50_000
_PLACED_AT_ONCE = 500

FindPlaces = Callable[[str, Sequence[str]], Iterable[tuple[str, str, Fingerprint]]]
"""(key, path, fingerprint) of those of these objects of a bucket that exist."""


class Place(NamedTuple):
    """The path of a version of an object, and the fingerprint of its file."""

    path: str
    fingerprint: Fingerprint


class PlacedFiles:
    """The places of objects in the folders of their buckets. Thread-safe."""

    def __init__(self, folder: Callable[[str], Path]) -> None:
        self._folder = folder
        self._places = SharedCache[tuple[str, str], Place](LRUCache(_KNOWN_PLACES))

    def put(self, bucket: str, key: str, place: Place) -> None:
        """Remembers where an object is."""
        self._places.put((bucket, key), place)

    def look_up(self, bucket: str, keys: Sequence[str], find: FindPlaces) -> None:
        """Looks up the places of these objects, except for those that are known, many at a time."""
        unknown = [key for key in keys if self._places.get((bucket, key)) is None]
        for start in range(0, len(unknown), _PLACED_AT_ONCE):
            for key, path, fingerprint in find(bucket, unknown[start : start + _PLACED_AT_ONCE]):
                self.put(bucket, key, Place(path, fingerprint))

    def open(self, bucket: str, key: str) -> BinaryIO | None:
        """The object's bytes, if we know its file and the file is still the one we know; else None.

        Size and time of a file belong to one version, and the file leaves its place in the transaction that ends
        the version. So an unchanged file holds the bytes of a version that was committed and has not ended.
        """
        place = self._places.get((bucket, key))
        if place is None:
            return None
        file = self.open_place(bucket, place)
        if file is None:
            self._places.drop((bucket, key))
        return file

    def open_place(self, bucket: str, place: Place) -> BinaryIO | None:
        """The file in this place; None when there is none or another one."""
        try:
            file = files.open_beneath(self._folder(bucket), place.path)
        except FileNotFoundError:
            return None
        if files.fingerprint_of(file) == place.fingerprint:
            return file
        file.close()
        return None
