"""Thumbnails of objects, made once and kept on disk.

They are made in processes of their own, at most two at a time, with limits of time and memory: images are files of
strangers. The folder is bounded; what was not looked at for the longest time goes first. It can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from trigpoint.compute.bounded_calls import BoundedCalls, CallFailed
from trigpoint.core.errors import Invalid
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.images.thumbnail import SIDE, mask_thumbnail, thumbnail

MOST_IMAGE_BYTES: Final = 100 * 2**20
MOST_CACHE_BYTES: Final = 2**30
MADE_TOGETHER: Final = 2
LIMIT_S: Final = 10.0
PATIENCE_S: Final = 20.0
_LOOK_EVERY: Final = 500
"""Thumbnails written between two looks at the size of the folder."""


Make = Callable[[bytes, int], bytes]


class Thumbnails:
    """Thumbnails of images, as JPEG, and of masks, as PNG with transparency. Thread-safe.

    Args:   folder: where they are kept; it is made when the first one is written.
    """

    def __init__(
        self, objects: ObjectStore, calls: BoundedCalls, folder: Path, most_bytes: int = MOST_CACHE_BYTES
    ) -> None:
        self._objects = objects
        self._calls = calls
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._until_look = 0

    def of_image(self, uri: str) -> bytes:
        """The thumbnail of an image in the object store.

        Raises: NotFound: there is no such object. Invalid: it cannot be shown; says why. Unavailable: try again.
        """
        return self._of_object(uri, thumbnail, SIDE)

    def of_mask(self, uri: str, side: int = SIDE) -> bytes:
        """A mask in the object store, its longer side at most `side` pixels. Raises: see `of_image`."""
        return self._of_object(uri, mask_thumbnail, side)

    def of_mask_bytes(self, png: bytes, side: int = SIDE) -> bytes:
        """A mask that is in an answer. Raises: Invalid, Unavailable: see `of_image`."""
        name = f"{hashlib.sha256(png).hexdigest()}\n{side}"
        return self._kept(name, lambda: png, mask_thumbnail, side, "the mask")

    def _of_object(self, uri: str, make: Make, side: int) -> bytes:
        info = self._objects.head_uri(uri)
        if info.size_bytes > MOST_IMAGE_BYTES:
            raise Invalid(
                f"{uri} has {info.size_bytes} bytes; images of at most {MOST_IMAGE_BYTES} bytes are shown"
            )
        name = f"{make.__name__}\n{side}\n{info.bucket}\n{info.key}\n{info.etag}"
        return self._kept(name, lambda: self._objects.get(*parse_s3_uri(uri)), make, side, uri)

    def _kept(self, name: str, read: Callable[[], bytes], make: Make, side: int, what: str) -> bytes:
        digest = hashlib.sha256(name.encode()).hexdigest()
        file = self._folder / digest[:2] / digest[2:]
        with suppress(OSError):
            found = file.read_bytes()
            os.utime(file)  # it was looked at now
            return found
        try:
            made = self._calls.call(make, read(), side, limit_s=LIMIT_S, patience_s=PATIENCE_S)
        except CallFailed as problem:
            raise Invalid(f"{what} cannot be shown: {problem}") from None
        self._keep(file, made)
        return made

    def _keep(self, file: Path, made: bytes) -> None:
        """Writes the thumbnail. A full disk is no reason not to show it."""
        partial = file.with_name(f"{file.name}.{threading.get_ident()}.partial")
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(made)
            partial.replace(file)
        with self._lock:
            self._until_look -= 1
            look = self._until_look < 0
            if look:
                self._until_look = _LOOK_EVERY
        if look:
            self._make_room()

    def _make_room(self) -> None:
        """Deletes the thumbnails that were not looked at for the longest time, down to nine tenths of the bound."""
        found = []
        for file in self._folder.glob("*/*"):
            with suppress(OSError):
                status = file.stat()
                found.append((status.st_mtime, status.st_size, file))
        total = sum(size for _, size, _ in found)
        if total <= self._most_bytes:
            return
        for _, size, file in sorted(found, key=lambda each: each[0]):
            if total <= self._most_bytes * 0.9:
                return
            with suppress(OSError):
                file.unlink()
                total -= size
