"""One object of a store while it is read as a file."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from typing import BinaryIO, Final

from trigpoint.core.errors import Denied, NotFound, TrigpointError
from trigpoint.remote import RemoteUnavailable
from trigpoint.remote.retry import retrying
from trigpoint.streaming.reading import descriptor_of

RETRY_DELAYS_S: Final = (0.5, 1.0, 2.0)


class ReadFailed(OSError):
    """An error for the reader, which the log already has."""


class ReadLog:
    """What is read from the files of one tree, and the lines in the job's log about what cannot be read.

    Only the first `MAX_COMPLAINTS` lines are written, since an algorithm may try every file of a broken channel.
    """

    MAX_COMPLAINTS: Final = 20

    def __init__(self, write_line: Callable[[str], None]) -> None:
        self._write_line = write_line
        self._lock = threading.Lock()
        self._complaints = 0
        self.opened = 0
        self.read_bytes = 0

    def count_opened(self) -> None:
        with self._lock:
            self.opened += 1

    def count_read(self, size_bytes: int) -> None:
        with self._lock:
            self.read_bytes += size_bytes

    def complain(self, line: str) -> None:
        """Writes a line to the job's log."""
        with self._lock:
            self._complaints += 1
            if self._complaints > self.MAX_COMPLAINTS:
                return
        self._write_line(line)

    def failed(self, key: str, problem: Exception) -> ReadFailed:
        """The reader's error for an error of the store, which is written to the log."""
        if isinstance(problem, ReadFailed):
            return problem
        self.complain(f"{key!r}: {problem}")
        match problem:
            case NotFound():
                number = errno.ENOENT
            case Denied():
                number = errno.EACCES
            case _:
                number = errno.EIO
        return ReadFailed(number, str(problem))

    def changed(self, key: str, listed_bytes: int, size_bytes: int) -> ReadFailed:
        """The reader's error for an object that has another size than when it was listed."""
        self.complain(
            f"{key!r} has {size_bytes} bytes, and had {listed_bytes} when it was listed; the data of a job must "
            "not be changed while it reads them"
        )
        return ReadFailed(errno.ESTALE, "the object has changed")


class ObjectFile:
    """An object that is being read (a tree.OpenedFile). A read that breaks off is repeated after a pause.

    open_object: opens the object; called again after a read that broke off.
    """

    def __init__(
        self, open_object: Callable[[], BinaryIO], key: str, size_bytes: int, read_log: ReadLog
    ) -> None:
        self._open_object, self._key, self._size_bytes = open_object, key, size_bytes
        self._log = read_log
        self._lock = threading.Lock()
        self._source = self._open()
        self._descriptor = descriptor_of(self._source)
        self._retrying = retrying(RETRY_DELAYS_S, (OSError, RemoteUnavailable), before_retry=self._open_again)

    def read(self, offset: int, size_bytes: int) -> bytes:
        """The bytes from `offset` on, fewer only at the end of the object."""
        if self._descriptor is not None:
            data = os.pread(self._descriptor, size_bytes, offset)
        else:
            with self._lock:
                data = self._read_with_retries(offset, size_bytes)
        if len(data) != max(0, min(size_bytes, self._size_bytes - offset)):
            raise self._log.changed(self._key, self._size_bytes, offset + len(data))
        self._log.count_read(len(data))
        return data

    def close(self) -> None:
        self._source.close()

    def _read_with_retries(self, offset: int, size_bytes: int) -> bytes:
        try:
            return self._retrying(self._read_once, offset, size_bytes)
        except (TrigpointError, OSError) as problem:
            raise self._log.failed(self._key, problem) from problem

    def _read_once(self, offset: int, size_bytes: int) -> bytes:
        self._source.seek(offset)
        return self._source.read(size_bytes)

    def _open_again(self) -> None:
        self._source.close()
        self._source = self._open()

    def _open(self) -> BinaryIO:
        """The object's bytes, if it has the size that was listed."""
        try:
            source = self._open_object()
            size_bytes = source.seek(0, os.SEEK_END)
        except (TrigpointError, OSError) as problem:
            raise self._log.failed(self._key, problem) from problem
        if size_bytes != self._size_bytes:
            source.close()
            raise self._log.changed(self._key, self._size_bytes, size_bytes)
        return source
