"""What a tree of files must offer so that `server.FuseServer` can show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A file or a folder; `place` is the tree's own name for it, unique among all entries."""

    name: str
    place: str
    is_folder: bool
    size_bytes: int = 0
    modified_s: int = 0


class OpenedFile(Protocol):
    """A file that several threads read at the same time."""

    def read(self, offset: int, size_bytes: int) -> bytes: ...

    def close(self) -> None: ...


class Tree(Protocol):
    """A read-only tree of files.

    Every method may raise OSError; the reader gets its errno. Several threads call them at the same time.
    """

    @property
    def root(self) -> DirectoryEntry:
        """The folder at the top."""
        ...

    def find(self, folder: DirectoryEntry, name: str) -> DirectoryEntry | None:
        """The entry of this name in the folder; None when there is none."""
        ...

    def entries(self, folder: DirectoryEntry) -> Iterator[DirectoryEntry]:
        """All entries of the folder, listed only as far as the iterator is read."""
        ...

    def open(self, file: DirectoryEntry) -> OpenedFile:
        """Opens a file for reading."""
        ...
