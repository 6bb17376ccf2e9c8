"""Readers of single objects: from a file whose path is known, or from anything that can be opened.

A reader reserves memory for an object before it reads it, and keeps as much as the object needs.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

from trigpoint.core.errors import Denied, Invalid, NotFound
from trigpoint.streaming.stage import Large, Part

OpenObject = Callable[[str], BinaryIO]
"""Opens the object of a URI as a seekable file. Raises TrigpointError when a retry cannot help."""

SMALL_BYTES = 128 << 10


class Room(Protocol):
    """Space in memory; `acquire` waits until there is enough."""

    def acquire(self, size_bytes: int) -> None: ...

    def release(self, size_bytes: int) -> None: ...


class Reader(Protocol):
    """Reads whole objects; used by several threads at once.

    is_local: reading usually takes microseconds, so that handing it to a thread would cost more.
    """

    is_local: bool

    def prepare(self, uris: Sequence[str]) -> None:
        """Announces the objects that are read next, for readers that look them up together. Never raises."""
        ...

    def read(self, uri: str, large_bytes: int, room: Room) -> Part:
        """The object, in memory if it has at most `large_bytes`, else open.

        After the call `room` holds the size of what is returned in memory, and nothing after an error.
        Raises: OSError: a retry may help. TrigpointError: a retry cannot help.
        """
        ...


class OpenedObjects:
    """Reads objects that a function opens."""

    is_local = False

    def __init__(self, open_object: OpenObject) -> None:
        self._open_object = open_object

    def prepare(self, uris: Sequence[str]) -> None:
        """Does nothing: each object is opened on its own."""

    def read(self, uri: str, large_bytes: int, room: Room) -> Part:
        file = self._open_object(uri)
        size_bytes = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size_bytes > large_bytes:
            return Large(file, size_bytes)
        with file:
            room.acquire(size_bytes)
            try:
                return _read_exactly(file, size_bytes)
            except OSError:
                room.release(size_bytes)
                raise


def descriptor_of(source: BinaryIO) -> int | None:
    """The file descriptor of a stream; None when it has none."""
    try:
        return source.fileno()
    except (OSError, AttributeError):
        return None


def _read_exactly(file: BinaryIO, size_bytes: int) -> bytes:
    data = file.read(size_bytes)
    if len(data) != size_bytes:
        raise OSError(f"only {len(data)} of {size_bytes} bytes could be read")
    return data


class LocalFiles:
    """Reads files; `path_of` gives the path of a URI.

    A small file takes three system calls. Its size is not looked up: a read that returns less than requested has
    reached the end of the file.
    """

    is_local = True

    def __init__(self, path_of: Callable[[str], str]) -> None:
        self._path_of = path_of

    def prepare(self, uris: Sequence[str]) -> None:
        """Does nothing: paths need no look-up."""

    def read(self, uri: str, large_bytes: int, room: Room) -> Part:
        path = self._path_of(uri)
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"there is no file {path}") from None
        except PermissionError:
            raise Denied(f"no permission to read the file {path}") from None
        try:
            at_first = min(SMALL_BYTES, large_bytes + 1)
            room.acquire(at_first)
            try:
                data = os.read(file, at_first)
            except IsADirectoryError:
                raise Invalid(f"{path} is a folder, not a file") from None
            finally:
                room.release(at_first)
            if len(data) < at_first:
                room.acquire(len(data))
                return data
            return _rest(file, path, large_bytes, room)
        finally:
            os.close(file)


def _rest(file: int, path: str, large_bytes: int, room: Room) -> Part:
    """The whole of a file that is not small."""
    facts = os.fstat(file)
    if not stat.S_ISREG(facts.st_mode):
        raise Invalid(f"{path} is not a regular file")
    size_bytes = facts.st_size
    if size_bytes > large_bytes:
        return Large(open(path, "rb"), size_bytes)  # noqa: PTH123  # passed on
    room.acquire(size_bytes)
    try:
        data = os.pread(file, size_bytes, 0)
        if len(data) != size_bytes:
            raise OSError(f"only {len(data)} of {size_bytes} bytes could be read")
    except OSError:
        room.release(size_bytes)
        raise
    return data
