"""How do bytes get into and out of files safely: written aside, synced, moved into place; never through a
symlink.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from trigpoint.core.ids import new_id
from trigpoint.objects.checksums import DigestingStream, Digests
from trigpoint.objects.layout import RESERVED
from trigpoint.objects.model import Data

CHUNK_BYTES = 1024 * 1024
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG, errno.ENXIO}
_MAX_RACES = 20
_COPY_BYTES = 64 * 1024 * 1024


class Clash(Exception):
    """A folder is in the way of a file, or a file in the way of a folder."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what we notice that a file is not the one we indexed."""

    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Fingerprint:
        return cls(status.st_size, status.st_mtime_ns)


class Slice:
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


class StagedFile:
    """A complete, synced file aside; removed at exit unless `is_placed` says that it was moved into place."""

    def __init__(self, path: Path, digests: Digests, fingerprint: Fingerprint) -> None:
        self.path = path
        self.digests = digests
        self.fingerprint = fingerprint
        self.is_placed = False

    def __enter__(self) -> StagedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.is_placed:
            self.path.unlink(missing_ok=True)


def stage(folder: Path, data: Data, algorithms: Iterable[str] = ()) -> StagedFile:
    """Writes `data` to a new, synced file in `folder`; nothing is left behind when `data` raises."""
    path, stream = folder / new_id(), DigestingStream(algorithms)
    try:
        with _new_file(path) as file:
            for chunk in chunks(data):
                stream.update(chunk)
                _write_all(file.fileno(), chunk)
            fingerprint = _finish(file.fileno())
        return StagedFile(path, stream.digests(), fingerprint)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def stage_concatenated(folder: Path, parts: Iterable[Path]) -> StagedFile:
    """Writes the parts one after the other to a new, synced file in `folder`, without looking at the bytes.

    Its digests are those of nothing, save the size.
    """
    path = folder / new_id()
    try:
        with _new_file(path) as file:
            for part in parts:
                with part.open("rb", buffering=0) as source:
                    _copy_all(source.fileno(), file.fileno())
            fingerprint = _finish(file.fileno())
        digests = replace(DigestingStream().digests(), size_bytes=fingerprint.size_bytes)
        return StagedFile(path, digests, fingerprint)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def chunks(data: Data) -> Iterator[bytes]:
    """The pieces of bytes, of something with `read`, or of an iterable of pieces."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        for start in range(0, len(data), CHUNK_BYTES):
            yield bytes(data[start : start + CHUNK_BYTES])
    elif hasattr(data, "read"):
        while chunk := data.read(CHUNK_BYTES):
            yield chunk
    else:
        yield from data


def open_beneath(root: Path, relative: str) -> BinaryIO:
    """The regular file `root/relative`, opened without following any symlink below `root`.

    Raises: FileNotFoundError: there is none.
    """
    folders, _, name = relative.rpartition("/")
    try:
        folder = _open_folder(root, folders)
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


def _open_folder(root: Path, relative: str) -> int:
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


def install(source: Path, root: Path, relative: str, undo: Path | None) -> None:
    """Moves `source` to `root/relative`, durably; a file that lay there stays reachable under `undo`, if one
    is given.

    Raises: Clash: a folder is in the way, or a file where a folder is needed.
    """
    with Placing() as placing:
        placing.move(source, root, relative, undo)
        placing.sync()


class Placing:
    """Moves files into place and makes all of their names durable together, each folder once."""

    def __init__(self) -> None:
        self._folders: dict[tuple[int, int], int] = {}  # descriptors by device and inode

    def __enter__(self) -> Placing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for descriptor in self._folders.values():
            os.close(descriptor)

    def move(self, source: Path, root: Path, relative: str, undo: Path | None) -> None:
        """As `install`, but durable only after `sync`."""
        for _ in range(_MAX_RACES):
            try:
                self._move(source, root, relative, undo)
            except FileNotFoundError:
                # A delete beside us may remove a folder that had become empty, the new one too.
                with contextlib.suppress(FileNotFoundError):
                    make_parents(root, relative)
            else:
                return
        raise OSError(
            errno.EAGAIN,
            "the folder was removed again and again while a file was written into it",
            str(root / relative),
        )

    def sync(self) -> None:
        """Returns when the names are durable."""
        for descriptor in self._folders.values():
            os.fsync(descriptor)

    def _move(self, source: Path, root: Path, relative: str, undo: Path | None) -> None:
        parent, _, name = relative.rpartition("/")
        try:
            folder = self._kept(_open_folder(root, parent))
            if undo is not None:
                keep_aside(root / relative, undo)
            os.replace(source, name, dst_dir_fd=folder)
        except OSError as problem:
            if problem.errno in (errno.EISDIR, errno.ENOTDIR, errno.ELOOP):
                raise Clash(str(root / relative)) from None
            raise

    def _kept(self, folder: int) -> int:
        """The descriptor of this folder that stays open until the end."""
        status = os.fstat(folder)
        kept = self._folders.setdefault((status.st_dev, status.st_ino), folder)
        if kept != folder:
            os.close(folder)
        return kept


def keep_aside(target: Path, undo: Path) -> None:
    """Gives the file at `target`, if any, a second name `undo`.

    On a file system without hard links nothing is kept: a crash in the moment of commit then shows the new
    bytes under the old attributes.
    """
    with contextlib.suppress(OSError):
        try:
            os.link(target, undo, follow_symlinks=False)
        except FileExistsError:
            undo.unlink()
            os.link(target, undo, follow_symlinks=False)
        except FileNotFoundError:
            undo.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.link(target, undo, follow_symlinks=False)


def move_aside(target: Path, undo: Path) -> None:
    """Renames the file at `target`, if any, to `undo`."""
    undo.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not target.is_dir():
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            target.replace(undo)


def make_parents(root: Path, relative: str) -> None:
    """Makes the folders above `root/relative`, durably.

    Raises: Clash: something that is no folder (a file, a symlink) is in the way.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = root
    for segment in relative.split("/")[:-1]:
        parent, folder = folder, folder / segment
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if not stat.S_ISDIR(folder.lstat().st_mode):
                raise Clash(str(folder)) from None
        else:
            sync_folder(parent)


def remove_empty_parents(root: Path, relative: str) -> None:
    """Removes the folders above `root/relative` that have become empty, up to `root`."""
    folder = (root / relative).parent
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def remove_bucket_folder(folder: Path) -> None:
    """Removes a deleted bucket's folder with what is ours in it; files that somebody else put there stay."""
    shutil.rmtree(folder / RESERVED, ignore_errors=True)
    for path, _folders, _files in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            Path(path).rmdir()


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_older(folder: Path, than_s: float) -> None:
    """Removes the files in `folder` that nobody has touched for so long: what a kill left behind."""
    for path in older(folder, than_s):
        path.unlink(missing_ok=True)


def older(folder: Path, than_s: float) -> list[Path]:
    """The files in `folder` that nobody has touched, linked or renamed for so long."""
    found = []
    for path in folder.iterdir() if folder.exists() else ():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.lstat().st_ctime > than_s:
                found.append(path)
    return found


def _new_file(path: Path) -> BinaryIO:
    try:
        return path.open("xb", buffering=0)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.open("xb", buffering=0)


def _finish(descriptor: int) -> Fingerprint:
    """Syncs a complete file and gives it a time of its own.

    The kernel stamps files with the time of its last tick: two versions of one size, written within
    milliseconds, would look the same.
    """
    now_ns = time.time_ns()
    os.utime(descriptor, ns=(now_ns, now_ns))
    os.fsync(descriptor)
    return Fingerprint.of(os.fstat(descriptor))


def _copy_all(source: int, target: int) -> None:
    """Appends all of one file to another, inside the kernel where it can."""
    try:
        while os.copy_file_range(source, target, _COPY_BYTES):
            pass
    except (AttributeError, OSError):
        while chunk := os.read(source, CHUNK_BYTES):
            _write_all(target, chunk)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
