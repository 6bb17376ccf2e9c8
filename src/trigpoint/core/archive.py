"""Unpacking of .tar.gz archives that strangers made: bounded in bytes and members, and never outside of the folder."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from trigpoint.core.errors import Invalid

MAX_MEMBERS = 100_000
DISK_RESERVE_BYTES = 256 * 1024 * 1024
"""The space that unpacking leaves free, so that a large archive does not stop the server's other work."""

_HEADER_BYTES = 1024 * 1024
"""Most bytes between the contents of two members: headers, long names, padding."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may unpack to.

    Args:   max_bytes: the sum of its files.
            setting: the name of the setting that raises it, for messages.
    """

    max_bytes: int = 20 * 1024**3
    max_members: int = MAX_MEMBERS
    setting: str = ""


DEFAULT_LIMITS = ArchiveLimits()


def unpack(
    file: BinaryIO,
    folder: Path,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    place: Callable[[tarfile.TarInfo], str | None] = lambda member: member.name,
) -> int:
    """Unpacks a .tar.gz; the number of files written.

    Args:    place: the path of a member's file in the folder; None leaves the member out. Members that
                    are neither files nor folders are refused, unless they are left out.
    Raises:  Invalid: not a gzip or tar file, truncated, damaged, too large, larger than the free space, or a member
             that would be outside of the folder.
    """
    try:
        with gzip.open(file) as stream:
            metered = _Metered(stream)
            files = _Unpacking(metered, folder, limits, place).run()
            metered.allow(_HEADER_BYTES * 16)  # tar pads the end of an archive with zeros
            while metered.read(1 << 16):
                pass  # gzip checks the checksum when it reaches the end
    except OSError as error:
        # gzip's own errors have no number; those of the file system name a path of this server
        why = f"a member cannot be written ({error.strerror})" if error.errno else str(error)
        raise Invalid(f"it cannot be read as a .tar.gz archive: {why}") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise Invalid(f"it cannot be read as a .tar.gz archive: {error}") from error
    return files


class _Metered:
    """A stream that gives no more bytes than were allowed: tarfile reads whole headers into memory."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self._left = 0

    def allow(self, size_bytes: int) -> None:
        self._left = size_bytes

    def read(self, size_bytes: int = -1) -> bytes:
        data = self._stream.read(min(size_bytes, self._left + 1) if size_bytes >= 0 else self._left + 1)
        if len(data) > self._left:
            raise Invalid(
                "it has a header or an end of more than 1 MB; make the archive with tar or Python's tarfile"
            )
        self._left -= len(data)
        return data


class _Unpacking:
    """One pass over an archive."""

    def __init__(
        self,
        stream: _Metered,
        folder: Path,
        limits: ArchiveLimits,
        place: Callable[[tarfile.TarInfo], str | None],
    ) -> None:
        self._stream = stream
        self._folder = folder
        self._limits = limits
        self._place = place
        self._members = self._files = self._size_bytes = 0

    def run(self) -> int:
        self._stream.allow(_HEADER_BYTES)
        with tarfile.open(fileobj=self._stream, mode="r|") as archive:  # type: ignore[call-overload]
            for member in archive:
                self._count(member)
                self._stream.allow(member.size + _HEADER_BYTES)  # also what is read past to the next member
                self._unpack(archive, member)
        return self._files

    def _count(self, member: tarfile.TarInfo) -> None:
        self._members += 1
        self._size_bytes += member.size
        if self._members > self._limits.max_members:
            raise Invalid(f"it has more than {self._limits.max_members} members")
        if self._size_bytes > self._limits.max_bytes:
            way_out = f"; {self._limits.setting} raises the limit" if self._limits.setting else ""
            raise Invalid(f"it unpacks to more than {self._limits.max_bytes} bytes{way_out}")

    def _unpack(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        name = self._place(member)
        if name is None:
            return
        target = inside(self._folder, name)
        if member.isdir():
            target.mkdir(parents=True, exist_ok=True)
            return
        content = archive.extractfile(member) if member.isreg() else None
        if content is None:
            raise Invalid(
                f"its member {member.name!r} is neither a file nor a folder; links are not followed"
            )
        if member.size > shutil.disk_usage(self._folder).free - DISK_RESERVE_BYTES:
            raise Invalid(f"its member {member.name!r} of {member.size} bytes does not fit on the disk")
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("wb") as out:
            shutil.copyfileobj(content, out)
        self._files += 1


def inside(folder: Path, name: str) -> Path:
    """The path of a name in the folder.

    Raises: Invalid: it would be outside of the folder.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise Invalid(f"its member {name!r} would be outside of the folder")
    return folder / path
