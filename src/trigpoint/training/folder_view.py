"""How do the objects below a prefix look as folders and files, when nothing is asked for before somebody looks.

A name is looked for with a listing of one key, a folder is listed when it is read, an object is opened when it is
opened. Only reads: there is nothing here by which an object could be changed.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, Protocol

from trigpoint.core.errors import Denied, NotFound, TrigpointError
from trigpoint.objects import Listing
from trigpoint.remote import RemoteUnavailable
from trigpoint.streaming.reading import descriptor_of
from trigpoint.training.fuse import MAX_NAME_BYTES, Entry

RETRY_DELAYS_S: Final = (0.5, 1.0, 2.0)
MAX_COMPLAINTS = 20


class Objects(Protocol):
    """What is needed of an object store."""

    def list_sizes(
        self, bucket: str, prefix: str = "", delimiter: str = "", start_after: str = "", max_keys: int = ...
    ) -> Listing: ...

    def open(self, bucket: str, key: str) -> BinaryIO: ...


class FolderView:
    """The tree of one channel (a fuse.Tree). The place of an entry is its key, that of a folder ends with a slash.

    `only` is a file that lies in the root whatever its key is. `say` gets a line for what cannot be shown or read.
    """

    def __init__(
        self, objects: Objects, bucket: str, prefix: str, only: Entry | None, say: Callable[[str], None]
    ) -> None:
        self._objects, self._bucket, self._prefix, self._only = objects, bucket, prefix, only
        self._say = say
        self._complaints = 0
        self._counting = threading.Lock()
        self.opened = 0
        self.read_bytes = 0

    @property
    def root(self) -> Entry:
        """The channel's folder."""
        return Entry("", f"{self._prefix}/", True)

    def find(self, folder: Entry, name: str) -> Entry | None:
        """The file or folder of this name. Decision: of an object `a` and objects below `a/`, the first is shown."""
        if folder == self.root and self._only is not None and name == self._only.name:
            return self._only
        if not _can_be_shown(name):
            return None
        key = self._below(folder) + name
        for probe in (key, f"{key}/"):
            with self._errors(key):
                objects = self._objects.list_sizes(self._bucket, probe, max_keys=1).objects
            if not objects:
                return None
            found = objects[0]
            if found.key == key:
                return Entry(name, key, False, found.size_bytes, int(found.modified_at.timestamp()))
            if found.key.startswith(f"{key}/"):
                return Entry(name, f"{key}/", True)
        return None

    def entries(self, folder: Entry) -> Iterator[Entry]:
        """What lies in the folder, a page at a time."""
        shown: set[str] = set()
        if folder == self.root and self._only is not None:
            shown.add(self._only.name)
            yield self._only
        prefix, marker, is_truncated = self._below(folder), "", True
        while is_truncated:
            with self._errors(prefix):
                page = self._objects.list_sizes(self._bucket, prefix, "/", marker)
            for entry in self._on_page(page, prefix):
                if entry.name not in shown:
                    shown.add(entry.name)
                    yield entry
            marker, is_truncated = page.next_marker, page.is_truncated

    def _on_page(self, page: Listing, prefix: str) -> Iterator[Entry]:
        for found in page.objects:
            name = found.key.removeprefix(prefix)
            if _can_be_shown(name):
                yield Entry(name, found.key, False, found.size_bytes, int(found.modified_at.timestamp()))
            elif name:
                self._complain(f"{found.key!r} cannot be the name of a file and is not shown")
        for place in page.common_prefixes:
            name = place.removeprefix(prefix)[:-1]
            if _can_be_shown(name):
                yield Entry(name, place, True)
            else:
                self._complain(f"{place!r} cannot be the name of a folder and is not shown")

    def open(self, file: Entry) -> ObjectFile:
        """Begins to read the object.

        Raises: OSError: ESTALE: it is not the one any more that was listed. ENOENT, EACCES, EIO.
        """
        with self._counting:
            self.opened += 1
        return ObjectFile(self, file)

    def open_object(self, file: Entry) -> BinaryIO:
        """The object's bytes, if it is as long as it was."""
        with self._errors(file.place):
            source = self._objects.open(self._bucket, file.place)
            size_bytes = source.seek(0, os.SEEK_END)
        if size_bytes != file.size_bytes:
            source.close()
            raise self.changed(file, size_bytes)
        return source

    def changed(self, file: Entry, size_bytes: int) -> OSError:
        """What the reader gets for an object that is not as long as it was, which is written to the log."""
        self._complain(
            f"{file.place!r} has {size_bytes} bytes, and had {file.size_bytes} when it was listed; the data "
            "of a job must not be changed while it reads them"
        )
        return OSError(errno.ESTALE, "the object has changed")

    def count(self, size_bytes: int) -> None:
        """Takes note of what was read."""
        with self._counting:
            self.read_bytes += size_bytes

    def failed(self, key: str, problem: Exception) -> OSError:
        """What the reader gets for an error, which is written to the log."""
        if isinstance(problem, OSError) and problem.errno == errno.ESTALE:
            return problem
        self._complain(f"{key!r}: {problem}")
        number = {NotFound: errno.ENOENT, Denied: errno.EACCES}
        return OSError(next((number[k] for k in number if isinstance(problem, k)), errno.EIO), str(problem))

    def _below(self, folder: Entry) -> str:
        return self._prefix if folder == self.root else folder.place

    def _errors(self, key: str) -> _Errors:
        return _Errors(self, key)

    def _complain(self, what: str) -> None:
        with self._counting:
            self._complaints += 1
            if self._complaints > MAX_COMPLAINTS:
                return
        self._say(what)


class _Errors:
    """Makes the errors of the store those of a file system."""

    def __init__(self, view: FolderView, key: str) -> None:
        self._view, self._key = view, key

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TrigpointError | OSError):
            raise self._view.failed(self._key, error) from error


class ObjectFile:
    """An object that is being read (a fuse.OpenedFile); reading that breaks off is begun anew, after a while."""

    def __init__(self, view: FolderView, file: Entry) -> None:
        self._view, self._file = view, file
        self._lock = threading.Lock()
        self._source = view.open_object(file)
        self._descriptor = descriptor_of(self._source)

    def read(self, offset: int, size_bytes: int) -> bytes:
        """The bytes from `offset` on, fewer only where the object ends."""
        if self._descriptor is not None:
            data = os.pread(self._descriptor, size_bytes, offset)
        else:
            with self._lock:
                data = self._read_again_and_again(offset, size_bytes)
        if len(data) != max(0, min(size_bytes, self._file.size_bytes - offset)):
            raise self._view.changed(self._file, offset + len(data))
        self._view.count(len(data))
        return data

    def close(self) -> None:
        self._source.close()

    def _read_again_and_again(self, offset: int, size_bytes: int) -> bytes:
        for delay_s in (*RETRY_DELAYS_S, None):
            try:
                self._source.seek(offset)
                return self._source.read(size_bytes)
            except (TrigpointError, OSError) as problem:
                if delay_s is None or not isinstance(problem, OSError | RemoteUnavailable):
                    raise self._view.failed(self._file.place, problem) from problem
            time.sleep(delay_s)
            self._source.close()
            self._source = self._view.open_object(self._file)
        raise AssertionError


def _can_be_shown(name: str) -> bool:
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        return False
    try:
        return len(name.encode()) <= MAX_NAME_BYTES
    except UnicodeEncodeError:  # not UTF-8: no key is called so
        return False
