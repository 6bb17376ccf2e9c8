"""The objects with a prefix, as a tree of folders and files that asks the store only for what is looked at.

Looking up a name lists one key, reading a folder lists it a page at a time, and opening a file opens its object.
There are only reads here: nothing can change an object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

from trigpoint.core.errors import TrigpointError
from trigpoint.fusefs.object_file import ObjectFile, ReadLog
from trigpoint.fusefs.protocol import MAX_NAME_BYTES
from trigpoint.fusefs.tree import DirectoryEntry
from trigpoint.objects import Listing


class ObjectReader(Protocol):
    """The part of an object store that is needed here."""

    def list_sizes(
        self, bucket: str, prefix: str = "", delimiter: str = "", start_after: str = "", max_keys: int = ...
    ) -> Listing: ...

    def open(self, bucket: str, key: str) -> BinaryIO: ...


class FolderView:
    """The tree of one channel (a tree.Tree). The place of a file is its key; that of a folder ends with a slash.

    only:       a file that is shown in the root whatever its key is; None when there is none.
    keys:       the objects that are shown; None shows all. Folders are shown even if none of their objects is.
    write_line: gets a line for each object that cannot be shown or read.
    """

    def __init__(
        self,
        objects: ObjectReader,
        bucket: str,
        prefix: str,
        only: DirectoryEntry | None,
        write_line: Callable[[str], None],
        keys: frozenset[str] | None = None,
    ) -> None:
        self._keys = keys
        self._objects, self._bucket, self._prefix, self._only = objects, bucket, prefix, only
        self.read_log = ReadLog(write_line)

    @property
    def root(self) -> DirectoryEntry:
        """The channel's folder."""
        return DirectoryEntry("", f"{self._prefix}/", True)

    def find(self, folder: DirectoryEntry, name: str) -> DirectoryEntry | None:
        """The file or folder of this name.

        Decision: where there is an object `a` and objects below `a/`, only the object is shown.
        """
        if folder == self.root and self._only is not None and name == self._only.name:
            return self._only
        if not _can_be_shown(name):
            return None
        key = self._below(folder) + name
        for probe in (key, f"{key}/"):
            with self._errors_for_reader(key):
                objects = self._objects.list_sizes(self._bucket, probe, max_keys=1).objects
            if not objects:
                return None
            found = objects[0]
            if found.key == key:
                if not self._is_ours(key):
                    return None
                return DirectoryEntry(name, key, False, found.size_bytes, int(found.modified_at.timestamp()))
            if found.key.startswith(f"{key}/"):
                return DirectoryEntry(name, f"{key}/", True)
        return None

    def entries(self, folder: DirectoryEntry) -> Iterator[DirectoryEntry]:
        """All entries of the folder, listed a page at a time."""
        shown: set[str] = set()
        if folder == self.root and self._only is not None:
            shown.add(self._only.name)
            yield self._only
        prefix, marker, is_truncated = self._below(folder), "", True
        while is_truncated:
            with self._errors_for_reader(prefix):
                page = self._objects.list_sizes(self._bucket, prefix, "/", marker)
            for entry in self._on_page(page, prefix):
                if entry.name not in shown:
                    shown.add(entry.name)
                    yield entry
            marker, is_truncated = page.next_marker, page.is_truncated

    def open(self, file: DirectoryEntry) -> ObjectFile:
        """Opens the object for reading.

        Raises: OSError: ESTALE: its size has changed since it was listed. ENOENT, EACCES, EIO.
        """
        self.read_log.count_opened()
        return ObjectFile(
            lambda: self._objects.open(self._bucket, file.place), file.place, file.size_bytes, self.read_log
        )

    def _on_page(self, page: Listing, prefix: str) -> Iterator[DirectoryEntry]:
        for found in page.objects:
            name = found.key.removeprefix(prefix)
            if not self._is_ours(found.key):
                continue
            if _can_be_shown(name):
                modified_s = int(found.modified_at.timestamp())
                yield DirectoryEntry(name, found.key, False, found.size_bytes, modified_s)
            elif name:
                self.read_log.complain(f"{found.key!r} cannot be the name of a file and is not shown")
        for place in page.common_prefixes:
            name = place.removeprefix(prefix)[:-1]
            if _can_be_shown(name):
                yield DirectoryEntry(name, place, True)
            else:
                self.read_log.complain(f"{place!r} cannot be the name of a folder and is not shown")

    def _is_ours(self, key: str) -> bool:
        return self._keys is None or key in self._keys

    def _below(self, folder: DirectoryEntry) -> str:
        return self._prefix if folder == self.root else folder.place

    @contextmanager
    def _errors_for_reader(self, key: str) -> Iterator[None]:
        """Turns errors of the store into those of a file system."""
        try:
            yield
        except (TrigpointError, OSError) as problem:
            raise self.read_log.failed(key, problem) from problem


def _can_be_shown(name: str) -> bool:
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return False
    try:
        return len(name.encode()) <= MAX_NAME_BYTES
    except UnicodeEncodeError:  # not UTF-8, so it is no part of a key
        return False
