"""The checkpoints of an instance: brought from S3 before its algorithm starts, and kept equal in S3 while it runs.

Files that are new, changed or deleted go to S3; objects that others add there while the job runs are left as they are.
A file goes there when it has not changed for STABLE_S, because before that somebody may still be writing it; or when it
was renamed after its last change, as complete files are. Without that, a file that is replaced every second would stay
away until the end. Of a small file, both may have the same time; it also goes when another file was under its name before
and nobody has written to it for QUIET_S. An object is replaced as a whole, and only if its file stayed the same while it
was read.

Source: training.md 4.7.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from trigpoint.core.errors import TrigpointError
from trigpoint.door.objects import InstanceObjects
from trigpoint.objects.files import open_beneath, open_folder
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.training.channels import explain_error
from trigpoint.training.download import download
from trigpoint.training.model import Channel

LOOK_S: Final = 1.0
STABLE_S: Final = 2.0
QUIET_S: Final = 0.2
LARGEST_SHARE: Final = 0.1
"""Decision: after a look that took long, as of large files, the next is so much later that looks take this share."""
LONGEST_PAUSE_S: Final = 30.0
"""Source: training.md 4.7, the longest time between two looks."""
LAST_PATIENCE_S: Final = 60.0
"""Decision: how long the end of an instance waits for a store that does not answer."""
REPEAT_S: Final = 60.0
"""How often the same problem is logged."""
MOST_FILES: Final = 100_000
"""Decision: further files stay on the instance, and the log says so."""
_CHUNK_BYTES = 1 << 20
_DELETED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _State:
    """What changes when a file is written or replaced."""

    inode: int
    size_bytes: int
    mtime_ns: int
    was_renamed: bool = field(compare=False)
    """Whether its name, owner or mode changed after its content."""

    @classmethod
    def of(cls, status: os.stat_result) -> _State:
        renamed = status.st_ctime_ns > status.st_mtime_ns
        return cls(status.st_ino, status.st_size, status.st_mtime_ns, renamed)


class _Changed(Exception):
    """The file was written to while it was read."""


class CheckpointSync:
    """The folder of checkpoints of one instance, and its place in S3.

    root:       the directory of the instance. No link below it is followed: it could lead to files of the server
    folder:     below the root; need not exist
    uri:        of the place; what lies below it as a folder belongs to the job
    write_line: writes a line to the job's log
    """

    def __init__(
        self, root: Path, folder: Path, uri: str, objects: InstanceObjects, write_line: Callable[[str], None]
    ) -> None:
        self._root, self._folder, self._objects, self._write_line = root, folder, objects, write_line
        self._place = folder.relative_to(root).as_posix()
        self._uri = f"{uri.rstrip('/')}/"
        self._bucket, self._prefix = parse_s3_uri(self._uri)
        self._stored: dict[str, _State] = {}  # what S3 has, by path below the folder
        self._seen: dict[str, tuple[_State, float]] = {}  # the last state of a new file, and since when
        self._reported_s: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def bring_in(self) -> None:
        """Makes the folder, with the files that lie in S3. Raises: DataError: they cannot be read or written."""
        channel = Channel("checkpoints", "S3Prefix", self._uri, "File")
        try:
            has_files = any(not found.key.endswith("/") for found in self._objects.iterate_uri(self._uri))
            if has_files:
                download(
                    channel,
                    self._folder,
                    self._objects.open_uri,
                    self._objects.iterate_uri,
                    prepare=self._objects.prepare_uris,
                    write_line=self._write_line,
                )
            self._folder.mkdir(parents=True, exist_ok=True)
            self._stored = dict(self._files())
        except (TrigpointError, OSError) as error:
            raise explain_error(channel, error) from error

    def start(self) -> None:
        """Begins to store changes, in a thread."""
        self._thread.start()

    def finish(self, *, killed: bool) -> None:
        """Stores the last state and ends the thread. Call it when the algorithm is dead.

        killed: it may have been in the middle of a file. What it wrote in its last moments stays away, and nothing is
                deleted: its files may have been about to be replaced.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        end_s, pause_s = time.monotonic() + LAST_PATIENCE_S, 0.5
        while (problem := self._try_to_store(at_the_end=not killed, delete=not killed)) is not None:
            if time.monotonic() + pause_s > end_s:
                self._write_line(f"WARNING: the last checkpoints were not stored: {problem}")
                return
            time.sleep(pause_s)
            pause_s *= 2

    def _run(self) -> None:
        pause_s = LOOK_S
        while not self._stopping.wait(pause_s):
            began_s = time.monotonic()
            problem = self._try_to_store(at_the_end=False, delete=True)
            if problem is not None:
                self._report(
                    "problem", f"WARNING: checkpoints are not stored: {problem}; this is tried again"
                )
            took_s = time.monotonic() - began_s
            pause_s = min(max(LOOK_S, took_s / LARGEST_SHARE), LONGEST_PAUSE_S)

    def _try_to_store(self, *, at_the_end: bool, delete: bool) -> str | None:
        """Makes S3 equal to the folder; what prevented it."""
        try:
            files = dict(self._files())
            for path in sorted(path for path, state in files.items() if self._stored.get(path) != state):
                if at_the_end or self._is_settled(path, files[path]):
                    self._store(path, files[path])
            if delete:
                self._delete([path for path in self._stored if path not in files])
        except (TrigpointError, OSError) as error:
            return f"{error.message if isinstance(error, TrigpointError) else error} ({self._uri})"
        self._seen = {path: seen for path, seen in self._seen.items() if path in files}
        return None

    def _is_settled(self, path: str, state: _State) -> bool:
        now_s = time.monotonic()
        seen, since_s = self._seen.get(path, (None, now_s))
        if seen != state:
            since_s = now_s
        self._seen[path] = (state, since_s)
        if state.was_renamed or now_s - since_s >= STABLE_S:
            return True
        was_exchanged = seen is not None and seen.inode != state.inode
        return was_exchanged and time.time() - state.mtime_ns / 1e9 >= QUIET_S

    def _store(self, path: str, state: _State) -> None:
        """Writes one object. A file that changes meanwhile is stored later, one that disappears is not stored."""
        try:
            with open_beneath(self._root, f"{self._place}/{path}") as file:
                self._objects.put(self._bucket, self._prefix + path, _unchanged(file, state))
        except (_Changed, FileNotFoundError):
            return
        self._stored[path] = state

    def _delete(self, paths: list[str]) -> None:
        for first in range(0, len(paths), _DELETED_AT_ONCE):
            some = paths[first : first + _DELETED_AT_ONCE]
            self._objects.delete_many(self._bucket, [self._prefix + path for path in some])
            for path in some:
                del self._stored[path]

    def _files(self) -> Iterator[tuple[str, _State]]:
        """The regular files below the folder. Links are left out: they could lead out of it."""
        count = 0
        for path, status in _entries(self._root, self._place):
            if not _is_name(path):
                self._report(path, f"WARNING: the checkpoint {path!r} is not stored: its name is not UTF-8")
            elif stat.S_ISLNK(status.st_mode):
                self._report(path, f"WARNING: the checkpoint {path} is not stored: it is a symbolic link")
            elif stat.S_ISREG(status.st_mode):
                count += 1
                if count > MOST_FILES:
                    self._report("count", f"WARNING: of the checkpoints, only {MOST_FILES} files are stored")
                    return
                yield path, _State.of(status)

    def _report(self, about: str, line: str) -> None:
        now_s = time.monotonic()
        if now_s - self._reported_s.get(about, -REPEAT_S) >= REPEAT_S:
            self._reported_s[about] = now_s
            self._write_line(line)


def _entries(root: Path, place: str, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Everything but folders below the folder `place` of the root, with its path there and its status.

    A folder that is deleted meanwhile is empty.
    Raises: OSError: a folder was exchanged for something else, as a link.
    """
    try:
        folder = open_folder(root, f"{place}/{below}".rstrip("/"))
    except FileNotFoundError:
        return
    try:
        found = sorted(_statuses(folder))
    finally:
        os.close(folder)
    for name, status in found:
        if stat.S_ISDIR(status.st_mode):
            yield from _entries(root, place, f"{below}{name}/")
        else:
            yield f"{below}{name}", status


def _statuses(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):  # it was deleted meanwhile
                yield entry.name, entry.stat(follow_symlinks=False)


def _is_name(path: str) -> bool:
    try:
        return bool(path.encode())
    except UnicodeEncodeError:
        return False


def _unchanged(file: BinaryIO, state: _State) -> Iterator[bytes]:
    """The bytes of the file. Raises: _Changed: at the end it is not in this state."""
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk
    if _State.of(os.fstat(file.fileno())) != state:
        raise _Changed
