"""Complete, synced files in a staging folder, on their way to becoming objects or parts."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from trigpoint.core.ids import new_id
from trigpoint.objects.checksums import DigestingStream, Digests
from trigpoint.objects.files import CHUNK_BYTES, Fingerprint
from trigpoint.objects.model import Data
from trigpoint.objects.placing import make_root

_COPY_BYTES = 64 * 1024 * 1024
_MAX_RACES = 20
LEFTOVER_S = 24 * 3600.0


class StagedFile:
    """A complete, synced file in a staging folder; removed at exit unless `is_placed` is set.

    It stays open, because the lock on it shows others that its writer lives.
    """

    def __init__(self, path: Path, digests: Digests, fingerprint: Fingerprint, held: BinaryIO) -> None:
        self.path = path
        self.digests = digests
        self.fingerprint = fingerprint
        self.is_placed = False
        self._held = held

    def sync(self) -> None:
        """Makes the content durable."""
        os.fsync(self._held.fileno())

    def __enter__(self) -> StagedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.is_placed:
            self.path.unlink(missing_ok=True)
        self._held.close()


def stage(folder: Path, data: Data, algorithms: Iterable[str] = (), *, synced: bool = True) -> StagedFile:
    """Writes `data` to a new file in `folder`, synced unless the caller does that; no file stays when `data` raises."""
    path, stream = folder / new_id(), DigestingStream(algorithms)
    with _kept_if_complete(path) as file:
        for chunk in chunks(data):
            stream.update(chunk)
            _write_all(file.fileno(), chunk)
        return StagedFile(path, stream.digests(), _finish(file.fileno(), synced), file)


def stage_concatenated(folder: Path, parts: Iterable[Path]) -> StagedFile:
    """Writes the parts one after the other to a new, synced file in `folder`, without looking at the bytes.

    Its digests, except for the size, are those of an empty file.
    """
    path = folder / new_id()
    with _kept_if_complete(path) as file:
        for part in parts:
            with part.open("rb", buffering=0) as source:
                _copy_all(source.fileno(), file.fileno())
        fingerprint = _finish(file.fileno())
        digests = replace(DigestingStream().digests(), size_bytes=fingerprint.size_bytes)
        return StagedFile(path, digests, fingerprint, file)


def remove_abandoned(folder: Path) -> None:
    """Removes the staged files in `folder` whose writers are dead: nobody holds their locks."""
    for path in folder.iterdir() if folder.exists() else ():
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            if _is_abandoned(file):
                path.unlink(missing_ok=True)


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


@contextlib.contextmanager
def _kept_if_complete(path: Path) -> Iterator[BinaryIO]:
    """A new file, which is removed when the block raises."""
    file = _new_file(path)
    try:
        yield file
    except BaseException:
        path.unlink(missing_ok=True)
        file.close()
        raise


def _is_abandoned(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, where only the age shows it
        return time.time() - os.fstat(file.fileno()).st_ctime > LEFTOVER_S
    return True


def _hold(file: BinaryIO) -> bool:
    """Locks a new file. False when `remove_abandoned` found it before that and removed it."""
    with contextlib.suppress(OSError):  # a file system without locks
        fcntl.flock(file, fcntl.LOCK_EX)
    return os.fstat(file.fileno()).st_nlink > 0


def _new_file(path: Path) -> BinaryIO:
    for _ in range(_MAX_RACES):
        with contextlib.suppress(FileNotFoundError):
            file = path.open("xb", buffering=0)
            if _hold(file):
                return file
            file.close()
            continue
        # The first file of a bucket, or its folder was removed with the bucket, which the commit then notices.
        with contextlib.suppress(FileNotFoundError):
            make_root(path.parent)
    raise OSError(
        errno.EAGAIN, "the folder was removed again and again while a file was created in it", str(path)
    )


def _finish(descriptor: int, synced: bool = True) -> Fingerprint:
    """Gives a complete file a time of its own, and syncs it.

    The kernel stamps files with the time of its last tick: two versions of one size, written within
    milliseconds, would look the same.
    """
    now_ns = time.time_ns()
    os.utime(descriptor, ns=(now_ns, now_ns))
    if synced:
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
