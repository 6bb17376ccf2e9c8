"""How do a File channel's objects become files: all named and checked against the disk first, copied by several
threads, shown to the algorithm at once.

The files are written into a folder aside, which takes the channel's place when it is complete: nobody ever sees
half a channel. Objects of local buckets are copied inside the kernel (by reference where the file system can),
never linked: the algorithm may write into its files.

Source: training.md 1.2-1.6, 3.2.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from trigpoint.core.errors import Invalid, LimitExceeded, TrigpointError
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.remote import RemoteUnavailable
from trigpoint.streaming.reading import OpenObject, descriptor_of
from trigpoint.training.channels import DataError, ListObjects, explain_error, listed_objects, manifest_file
from trigpoint.training.fuse import MAX_NAME_BYTES
from trigpoint.training.model import Channel

PROGRESS_S = 10.0
MAX_THREADS = 16
FILE_THREADS = 4
MAX_PATH_BYTES = 4095
RETRY_DELAYS_S: Final = (0.5, 1.0, 2.0, 4.0)

_ASIDE = "~"  # no channel's name can have it
_BATCH_FILES = 16
_BATCH_BYTES = 8 << 20
_LOOKED_UP_AT_ONCE = 500
_COPY_BYTES = 1 << 20
_KERNEL_COPY_BYTES = 1 << 30
_BLOCK_BYTES = 4096
_FIRST_THREADS = 1
_FIRST_LOOK_S = 0.05
_SECOND_LOOK_S = 1.0
_SLOW_FILES_PER_S, _SLOW_BYTES_PER_S = 200.0, 50e6
_JOIN_S = 5.0
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}

Say = Callable[[str], None]
Prepare = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be made; `size_bytes` is None when only its reader will know."""

    uri: str
    path: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a channel's folder shall hold; paths are relative to it, parents come before what lies in them."""

    files: Sequence[Wanted]
    folders: Sequence[str]

    @property
    def size_bytes(self) -> int:
        """All bytes, as far as they are known."""
        return sum(wanted.size_bytes or 0 for wanted in self.files)

    @property
    def disk_bytes(self) -> int:
        """The room that they take on a disk of 4 KiB blocks."""
        return sum(-(-(wanted.size_bytes or 0) // _BLOCK_BYTES) * _BLOCK_BYTES for wanted in self.files)


def _prepare_nothing(_uris: Sequence[str]) -> None:
    pass


def _say_nothing(_line: str) -> None:
    pass


def download(
    channel: Channel,
    folder: Path,
    open_object: OpenObject,
    list_objects: ListObjects,
    *,
    prepare: Prepare = _prepare_nothing,
    say: Say = _say_nothing,
) -> None:
    """Writes the objects of a channel below `folder`, under their paths relative to the prefix.

    `folder` is absent or empty before; after an error it still is. `prepare` is told which objects are opened
    next; `say` gets a line every ten seconds and one at the end.
    Raises: DataError: an object cannot be read, its key does not name a file, two of them name the same, or the
            disk has no room.
    """
    aside = folder.with_name(folder.name + _ASIDE)
    try:
        plan = plan_files(channel, open_object, list_objects)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_paths(plan, folder)
        _check_space(plan, folder)
        shutil.rmtree(aside, ignore_errors=True)
        _Copying(channel.name, plan, aside, open_object, prepare, say).run()
        aside.rename(folder)
    except (TrigpointError, OSError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise explain_error(channel, error) from error


# -- which files


def plan_files(channel: Channel, open_object: OpenObject, list_objects: ListObjects) -> Plan:
    """The files of a channel, an object that is named twice once.

    Decision: keys such as `a` and `a/b`, or `a/b` and `a//b`, which cannot both be files, fail the job: data
    that are silently left out would be found out by nobody.
    Raises: Invalid, NotFound.
    """
    files: dict[str, Wanted] = {}
    marks: set[str] = set()
    for uri, prefix, size_bytes in _objects(channel, open_object, list_objects):
        if size_bytes == 0 and uri.endswith("/"):
            marks.update(_mark(uri, prefix))
            continue
        wanted = Wanted(uri, relative_path(uri, prefix), size_bytes)
        other = files.setdefault(wanted.path, wanted)
        if other.uri != uri:
            raise Invalid(
                f"{other.uri} and {uri} would both be the file {wanted.path}; rename one of them, or give them "
                "different prefixes"
            )
    folders = _folders(files) | _folders(f"{mark}/" for mark in marks)
    for path in sorted(folders & files.keys()):
        raise Invalid(
            f"{files[path].uri} is an object, and other objects' keys lie below it: {path} cannot be a file and "
            "a folder; rename the object, or give them different prefixes"
        )
    return Plan(list(files.values()), sorted(folders))


def _objects(
    channel: Channel, open_object: OpenObject, list_objects: ListObjects
) -> Iterator[tuple[str, str, int | None]]:
    """(URI, prefix, size if it is known) of every object of the channel."""
    if channel.data_type == "ManifestFile":
        manifest = manifest_file(channel, open_object)
        for uri in manifest.uris:
            yield uri, manifest.prefix, None
        return
    for found in listed_objects(channel, list_objects):
        yield f"s3://{found.bucket}/{found.key}", channel.uri, found.size_bytes


def _mark(uri: str, prefix: str) -> list[str]:
    """The folder that a console's folder mark stands for; none when it is the channel's own."""
    if parse_s3_uri(uri)[1] in (parse_s3_uri(prefix)[1], parse_s3_uri(prefix)[1] + "/"):
        return []
    return [relative_path(uri.rstrip("/"), prefix)]


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders in which these lie."""
    folders: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return folders


def relative_path(uri: str, prefix_uri: str) -> str:
    """Where in the channel's folder an object of the prefix lies.

    A prefix that ends within a name keeps that whole name; one that is the key itself gives the file's name.
    Empty segments and `.` are left out, as a file system does.
    Raises: Invalid: it would lie outside the folder, or no file can be called so.
    """
    key, prefix = parse_s3_uri(uri)[1], parse_s3_uri(prefix_uri)[1]
    rest = key.removeprefix(prefix)
    if not rest or not (prefix.endswith("/") or rest.startswith("/") or not prefix):
        rest = key[prefix.rfind("/") + 1 :]
    path = PurePosixPath(rest.lstrip("/"))
    if not path.parts or ".." in path.parts or rest.endswith("/") or "\0" in rest:
        raise Invalid(f"the key of {uri!r} does not name a file below the channel's folder")
    for name in path.parts:
        if len(name.encode()) > MAX_NAME_BYTES:
            raise Invalid(
                f"the key of {uri!r} has the part {name[:40]!r}... of {len(name.encode())} bytes; no file's name "
                f"can have more than {MAX_NAME_BYTES}. Rename the object, or read it with InputMode Pipe"
            )
    return str(path)


# -- whether they fit


def _check_paths(plan: Plan, folder: Path) -> None:
    longest = max(plan.files, key=lambda wanted: len(wanted.path), default=None)
    if longest is None:
        return
    taken = len(os.fsencode(folder)) + 2  # the slash, and the mark of the folder aside
    for wanted in plan.files if len(longest.path) * 4 + taken > MAX_PATH_BYTES else ():
        if taken + len(wanted.path.encode()) > MAX_PATH_BYTES:
            raise Invalid(
                f"the path of {wanted.uri!r} below {folder} would have more than {MAX_PATH_BYTES} bytes; shorten "
                "its key, or read it with InputMode Pipe"
            )


def _check_space(plan: Plan, folder: Path) -> None:
    free_bytes = shutil.disk_usage(folder.parent).free
    if plan.disk_bytes > free_bytes:
        raise LimitExceeded(
            f"{len(plan.files)} objects need {plan.disk_bytes} bytes, but the disk of {folder.parent} has "
            f"{free_bytes} bytes free; free some, or set InputMode to Pipe or FastFile, which need none"
        )


# -- how they are copied


class _Copying:
    """The copying of one channel by threads that take the next few files each time."""

    def __init__(
        self, name: str, plan: Plan, aside: Path, open_object: OpenObject, prepare: Prepare, say: Say
    ) -> None:
        self._name, self._plan, self._say = name, plan, say
        self._aside = os.fsencode(aside) + b"/"
        self._open, self._prepare = open_object, prepare
        self._files = iter(plan.files)
        self._ahead: list[Wanted] = []
        self._taking, self._counting = threading.Lock(), threading.Lock()
        self._ended, self._stopping = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._running = 0
        self._is_near = False  # an object was a file of this machine
        self._done_files = self._done_bytes = 0
        self._problem: Exception | None = None
        self._began_s = time.monotonic()

    def run(self) -> None:
        """Returns when all files are complete; after an error, or an interruption, no more are begun."""
        self._make_folders()
        try:
            self._start(_FIRST_THREADS)
            if not self._ended.wait(_FIRST_LOOK_S):
                if not self._is_near:
                    self._start(MAX_THREADS - _FIRST_THREADS)
                elif not self._ended.wait(_SECOND_LOOK_S) and self._is_slow():
                    self._start(FILE_THREADS - _FIRST_THREADS)
            while not self._ended.wait(PROGRESS_S):
                self._say(self._progress())
        finally:
            self._stopping.set()
        for thread in self._threads:
            thread.join(_JOIN_S)
        if self._problem is not None:
            raise self._problem
        self._say(self._summary())

    def _make_folders(self) -> None:
        os.makedirs(self._aside)  # noqa: PTH103  # as bytes: whatever the locale, a key is UTF-8
        for folder in self._plan.folders:
            os.mkdir(self._aside + folder.encode())  # noqa: PTH102

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
        """Whether it is the disk that is waited for. Else one thread copies files fastest: several would wait for
        each other after every system call.
        """
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
        except Exception as problem:  # noqa: BLE001 - raised by the thread that waits
            with self._counting:
                self._problem = self._problem or problem
            self._stopping.set()
        finally:
            with self._counting:
                self._running -= 1
                if not self._running:
                    self._ended.set()

    def _take(self) -> list[Wanted]:
        """The next few files; none when there are no more, or there shall be none."""
        with self._taking:
            batch: list[Wanted] = []
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

    def _copy(self, wanted: Wanted) -> int:
        """Makes one file; an object whose reading breaks off is read anew, after a while."""
        for delay_s in (*RETRY_DELAYS_S, None):
            try:
                return self._copy_once(wanted)
            except (OSError, RemoteUnavailable) as problem:
                if isinstance(problem, OSError) and problem.errno in _OF_THE_DISK:
                    raise self._no_room(wanted, problem) from problem
                if delay_s is None or self._stopping.wait(delay_s):
                    raise _named(wanted, problem) from problem
        raise AssertionError

    def _copy_once(self, wanted: Wanted) -> int:
        with self._open(wanted.uri) as source:
            target = os.open(
                self._aside + wanted.path.encode(),
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
            self._is_near = True
            return _copy_in_kernel(descriptor, target)
        size_bytes = 0
        while chunk := source.read(_COPY_BYTES):
            if self._stopping.is_set():
                break
            _write_all(target, chunk)
            size_bytes += len(chunk)
        return size_bytes

    def _no_room(self, wanted: Wanted, problem: OSError) -> LimitExceeded:
        free_bytes = shutil.disk_usage(self._aside).free
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


def _named(wanted: Wanted, problem: Exception) -> Exception:
    """The error of an object's reading with the object's name, which a TrigpointError has already."""
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
            if size_bytes:  # some file systems say 0 where they mean that they cannot
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
