"""How is one object read: from a file whose path is known, or from whatever can be opened.

A reader takes room in memory for an object before it reads it, and keeps as much as the object is long.
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
"""Opens the object of a URI as a seekable file. Raises TrigpointError when trying again is of no use."""

SMALL_BYTES = 128 << 10


class Room(Protocol):
    """Space in memory; `acquire` waits until there is enough."""

    def acquire(self, size_bytes: int) -> None: ...

    def release(self, size_bytes: int) -> None: ...


class Reader(Protocol):
    """Reads whole objects; used by several threads at once.

    `is_local`: reading takes microseconds as a rule, so that handing it to a thread would cost more.
    """

    is_local: bool

    def prepare(self, uris: Sequence[str]) -> None:
        """Says which objects are read next, where looking them up together is cheaper. Never raises."""
        ...

    def read(self, uri: str, large_bytes: int, room: Room) -> Part:
        """The object, in memory if it has at most `large_bytes`, else open.

        Of `room` the length of what is returned in memory stays taken, and nothing after an error.
        Raises: OSError: trying again may help. TrigpointError: it does not.
        """
        ...


class Opened:
    """Reads what a function opens."""

    is_local = False

    def __init__(self, open_object: OpenObject) -> None:
        self._open_object = open_object

    def prepare(self, uris: Sequence[str]) -> None:
        """Each object is opened by itself."""

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
    """The descriptor of a file of the kernel's; None for other streams."""
    try:
        return source.fileno()
    except (OSError, AttributeError):
        return None


def _read_exactly(file: BinaryIO, size_bytes: int) -> bytes:
    data = file.read(size_bytes)
    if len(data) != size_bytes:
        raise OSError(f"it has {size_bytes} bytes but gave {len(data)}")
    return data


class LocalFiles:
    """Reads files; `path_of` gives the path of a URI.

    Three system calls for a small file: its size is not asked for, because a read that gives less than was
    asked for has met the end of the file.
    """

    is_local = True

    def __init__(self, path_of: Callable[[str], str]) -> None:
        self._path_of = path_of

    def prepare(self, uris: Sequence[str]) -> None:
        """A path says all."""

    def read(self, uri: str, large_bytes: int, room: Room) -> Part:
        path = self._path_of(uri)
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"there is no file {path}") from None
        except PermissionError:
            raise Denied(f"the file {path} may not be read by this user") from None
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
        return Large(open(path, "rb"), size_bytes)  # noqa: PTH123  # handed on
    room.acquire(size_bytes)
    try:
        data = os.pread(file, size_bytes, 0)
        if len(data) != size_bytes:
            raise OSError(f"it has {size_bytes} bytes but gave {len(data)}")
    except OSError:
        room.release(size_bytes)
        raise
    return data
