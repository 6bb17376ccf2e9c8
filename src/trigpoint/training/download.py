"""Downloads the objects of a File channel before the algorithm starts.

The files are written into a temporary folder, which is renamed to the channel's when it is complete, so nobody ever
sees half a channel. Several threads copy. Objects of local buckets are copied inside the kernel (by reference where
the file system can) and never linked, since the algorithm may write into its files.

Source: training.md 1.2-1.6, 3.2.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from trigpoint.core.errors import LimitExceeded, TrigpointError
from trigpoint.remote import RemoteUnavailable
from trigpoint.remote.retry import retrying
from trigpoint.streaming.reading import OpenObject, descriptor_of
from trigpoint.training.channels import DataError, ListObjects, explain_error
from trigpoint.training.download_plan import DownloadPlan, WantedFile, check_paths, check_space, plan_files
from trigpoint.training.model import Channel

PROGRESS_S = 10.0
MAX_THREADS = 16
FILE_THREADS = 4
RETRY_DELAYS_S: Final = (0.5, 1.0, 2.0, 4.0)

_PART = "~"  # no channel's name can have it
_BATCH_FILES = 16
_BATCH_BYTES = 8 << 20
_LOOKED_UP_AT_ONCE = 500
_COPY_BYTES = 1 << 20
_KERNEL_COPY_BYTES = 1 << 30
_FIRST_THREADS = 1
_FIRST_LOOK_S = 0.05
_SECOND_LOOK_S = 1.0
_SLOW_FILES_PER_S, _SLOW_BYTES_PER_S = 200.0, 50e6
_JOIN_S = 5.0
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}

WriteLine = Callable[[str], None]
Prepare = Callable[[Sequence[str]], None]


def _prepare_nothing(_uris: Sequence[str]) -> None:
    pass


def _write_nothing(_line: str) -> None:
    pass


def download(
    channel: Channel,
    folder: Path,
    open_object: OpenObject,
    list_objects: ListObjects,
    *,
    prepare: Prepare = _prepare_nothing,
    write_line: WriteLine = _write_nothing,
) -> None:
    """Writes the objects of a channel below `folder`, under their paths relative to the prefix.

    `folder` must not exist, or be empty; after an error it still is. `prepare` gets the URIs of the objects that
    are opened next; `write_line` gets a line every ten seconds and one at the end.
    Raises: DataError: an object cannot be read, its key does not name a file, two keys name the same file, or
            the disk has too little space.
    """
    part = folder.with_name(folder.name + _PART)
    try:
        plan = plan_files(channel, open_object, list_objects)
        folder.parent.mkdir(parents=True, exist_ok=True)
        check_paths(plan, folder)
        check_space(plan, folder)
        shutil.rmtree(part, ignore_errors=True)
        _Copying(channel.name, plan, part, open_object, prepare, write_line).run()
        part.rename(folder)
    except (TrigpointError, OSError) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise explain_error(channel, error) from error


class _Copying:
    """The copying of one channel, by threads that each take the next few files."""

    def __init__(
        self,
        name: str,
        plan: DownloadPlan,
        folder: Path,
        open_object: OpenObject,
        prepare: Prepare,
        write_line: WriteLine,
    ) -> None:
        self._name, self._plan, self._write_line = name, plan, write_line
        self._folder = os.fsencode(folder) + b"/"
        self._open, self._prepare = open_object, prepare
        self._files = iter(plan.files)
        self._ahead: list[WantedFile] = []
        self._taking, self._counting = threading.Lock(), threading.Lock()
        self._ended, self._stopping = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._running = 0
        self._is_local = False  # an object was a file of this machine
        self._done_files = self._done_bytes = 0
        self._problem: Exception | None = None
        self._began_s = time.monotonic()
        self._retrying = retrying(RETRY_DELAYS_S, (OSError, RemoteUnavailable), given_up=self._stopping)

    def run(self) -> None:
        """Returns when all files are complete. After an error or an interruption no more files are begun."""
        self._make_folders()
        try:
            self._start(_FIRST_THREADS)
            if not self._ended.wait(_FIRST_LOOK_S):
                if not self._is_local:
                    self._start(MAX_THREADS - _FIRST_THREADS)
                elif not self._ended.wait(_SECOND_LOOK_S) and self._is_slow():
                    self._start(FILE_THREADS - _FIRST_THREADS)
            while not self._ended.wait(PROGRESS_S):
                self._write_line(self._progress())
        finally:
            self._stopping.set()
        for thread in self._threads:
            thread.join(_JOIN_S)
        if self._problem is not None:
            raise self._problem
        self._write_line(self._summary())

    def _make_folders(self) -> None:
        os.makedirs(self._folder)  # noqa: PTH103  # as bytes: whatever the locale, a key is UTF-8
        for folder in self._plan.folders:
            os.mkdir(self._folder + folder.encode())  # noqa: PTH102

    def _start(self, count: int) -> None:
        with self._counting:
            if self._ended.is_set():
                return
            self._running += count
        for _ in range(count):
            thread = threading.Thread(target=self._work, name=f"download-{self._name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _is_slow(self) -> bool:
        """Whether the disk is the bottleneck."""
        # if it is not, one thread is fastest: several would wait for the GIL after every system call
        seconds = time.monotonic() - self._began_s
        return (
            self._done_files < _SLOW_FILES_PER_S * seconds and self._done_bytes < _SLOW_BYTES_PER_S * seconds
        )

    def _work(self) -> None:
        try:
            while batch := self._take():
                for wanted in batch:
                    if self._stopping.is_set():
                        return
                    size_bytes = self._copy(wanted)
                    with self._counting:
                        self._done_files += 1
                        self._done_bytes += size_bytes
        except Exception as problem:  # noqa: BLE001 - raised again by the thread that waits
            with self._counting:
                self._problem = self._problem or problem
            self._stopping.set()
        finally:
            with self._counting:
                self._running -= 1
                if not self._running:
                    self._ended.set()

    def _take(self) -> list[WantedFile]:
        """The next few files; none at the end, or when copying stops."""
        with self._taking:
            batch: list[WantedFile] = []
            size_bytes = 0
            while not self._stopping.is_set() and len(batch) < _BATCH_FILES and size_bytes < _BATCH_BYTES:
                if not self._ahead and not self._look_ahead():
                    break
                wanted = self._ahead.pop()
                size_bytes += _BATCH_BYTES // 4 if wanted.size_bytes is None else wanted.size_bytes
                batch.append(wanted)
            return batch

    def _look_ahead(self) -> bool:
        self._ahead = list(islice(self._files, _LOOKED_UP_AT_ONCE))
        self._prepare([wanted.uri for wanted in self._ahead])
        self._ahead.reverse()
        return bool(self._ahead)

    def _copy(self, wanted: WantedFile) -> int:
        """Writes one file. An object whose reading breaks off is read again after a pause."""
        try:
            return self._retrying(self._copy_once, wanted)
        except (OSError, RemoteUnavailable) as problem:
            raise _named(wanted, problem) from problem

    def _copy_once(self, wanted: WantedFile) -> int:
        try:
            return self._write_file(wanted)
        except OSError as problem:
            if problem.errno in _OF_THE_DISK:
                raise self._no_space(wanted, problem) from problem
            raise

    def _write_file(self, wanted: WantedFile) -> int:
        with self._open(wanted.uri) as source:
            target = os.open(
                self._folder + wanted.path.encode(),
                os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC,
                0o666,
            )
            try:
                return self._pour(source, target)
            finally:
                os.close(target)

    def _pour(self, source: BinaryIO, target: int) -> int:
        descriptor = descriptor_of(source)
        if descriptor is not None:
            self._is_local = True
            return _copy_in_kernel(descriptor, target)
        size_bytes = 0
        while chunk := source.read(_COPY_BYTES):
            if self._stopping.is_set():
                break
            _write_all(target, chunk)
            size_bytes += len(chunk)
        return size_bytes

    def _no_space(self, wanted: WantedFile, problem: OSError) -> LimitExceeded:
        free_bytes = shutil.disk_usage(self._folder).free
        return LimitExceeded(
            f"{wanted.uri} cannot be written: {os.strerror(problem.errno or 0)}. The channel needs at least "
            f"{self._plan.disk_bytes} bytes, {self._done_bytes} are written and {free_bytes} free on the disk; "
            "free some, or set InputMode to Pipe or FastFile, which need none"
        )

    def _progress(self) -> str:
        done, seconds = self._done_bytes, time.monotonic() - self._began_s
        return (
            f"Downloading channel {self._name}: {self._done_files} of {len(self._plan.files)} files, "
            f"{done / 1e6:.1f} of {self._plan.size_bytes / 1e6:.1f} MB, {done / 1e6 / seconds:.1f} MB/s"
        )

    def _summary(self) -> str:
        done, seconds = self._done_bytes, max(time.monotonic() - self._began_s, 1e-6)
        return (
            f"Downloaded channel {self._name}: {self._done_files} files, {done / 1e6:.1f} MB in {seconds:.1f} s "
            f"({done / 1e6 / seconds:.1f} MB/s)"
        )


def _named(wanted: WantedFile, problem: Exception) -> Exception:
    """The error with the object's name; a TrigpointError has it already."""
    if isinstance(problem, TrigpointError):
        return problem
    return DataError(f"{wanted.uri}: {type(problem).__name__}: {problem}")


def _copy_in_kernel(source: int, target: int) -> int:
    """Copies a whole file, by reference where the file system can."""
    size_bytes = 0
    if hasattr(os, "copy_file_range"):
        try:
            while copied := os.copy_file_range(source, target, _KERNEL_COPY_BYTES):
                size_bytes += copied
            if size_bytes:  # some file systems return 0 when they cannot
                return size_bytes
        except OSError as problem:
            if problem.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
                raise
    while chunk := os.read(source, _COPY_BYTES):
        _write_all(target, chunk)
        size_bytes += len(chunk)
    return size_bytes


def _write_all(target: int, data: bytes) -> None:
    view: memoryview = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
