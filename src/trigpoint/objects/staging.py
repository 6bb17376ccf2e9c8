"""Complete, synced files in a staging folder, on their way to becoming objects or parts."""

from __future__ import annotations

import contextlib
import errno
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


class StagedFile:
    """A complete, synced file in a staging folder; removed at exit unless `is_placed` is set."""

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
    """Writes `data` to a new, synced file in `folder`; no file stays when `data` raises."""
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

    Its digests, except for the size, are those of an empty file.
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


def _new_file(path: Path) -> BinaryIO:
    for _ in range(_MAX_RACES):
        with contextlib.suppress(FileNotFoundError):
            return path.open("xb", buffering=0)
        # The first file of a bucket, or its folder was removed with the bucket, which the commit then notices.
        with contextlib.suppress(FileNotFoundError):
            make_root(path.parent)
    raise OSError(
        errno.EAGAIN, "the folder was removed again and again while a file was created in it", str(path)
    )


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
