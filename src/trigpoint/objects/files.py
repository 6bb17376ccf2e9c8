"""Files read without following a symlink, and what identifies a version of them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from trigpoint.objects.layout import RESERVED

CHUNK_BYTES = 1024 * 1024
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG, errno.ENXIO}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Size and time of a file: another file at the same place has others."""

    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Fingerprint:
        return cls(status.st_size, status.st_mtime_ns)


class SliceReader:
    """A part of an open file, read like a stream."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        file.seek(start)
        self._file = file
        self._left_bytes = length

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left_bytes if size < 0 else min(size, self._left_bytes)
        data = self._file.read(wanted)
        self._left_bytes -= len(data)
        return data


def open_beneath(root: Path, relative: str) -> BinaryIO:
    """The regular file `root/relative`, opened without following any symlink below `root`.

    Raises: FileNotFoundError: there is none.
    """
    folders, _, name = relative.rpartition("/")
    try:
        folder = open_folder(root, folders)
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as problem:
        if problem.errno in _NOT_THERE:
            raise FileNotFoundError(problem.errno, "no such file", str(root / relative)) from None
        raise
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise FileNotFoundError(errno.ENOENT, "not a regular file", str(root / relative))
    return os.fdopen(file, "rb")


def open_folder(root: Path, relative: str) -> int:
    """A descriptor of the folder `root/relative`, opened without following any symlink below `root`."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for segment in relative.split("/") if relative else ():
        try:
            inner = os.open(segment, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


def md5_of(file: BinaryIO) -> bytes:
    """The MD5 of a whole file, which is at its beginning before and after."""
    md5 = hashlib.md5(usedforsecurity=False)
    while chunk := file.read(CHUNK_BYTES):
        md5.update(chunk)
    file.seek(0)
    return md5.digest()


def fingerprint_of(file: BinaryIO) -> Fingerprint:
    return Fingerprint.of(os.fstat(file.fileno()))


def remove_bucket_folder(folder: Path) -> None:
    """Removes a deleted bucket's folder and our files in it; files that somebody else put there stay."""
    shutil.rmtree(folder / RESERVED, ignore_errors=True)
    for path, _folders, _files in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            Path(path).rmdir()
