"""One named pipe: made, opened for writing when a reader comes, and removed."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from trigpoint.streaming.keeper import Keeper


class Pipe:
    """A named pipe that is open for writing before it gets its name, and waits for a reader."""

    def __init__(self, path: Path, keeper: Keeper | None) -> None:
        self._path, self._keeper = path, keeper
        self._fifo = -1
        self._error: OSError | None = None
        self._entered = threading.Event()
        hidden = path.with_name(f".{path.name}")
        hidden.unlink(missing_ok=True)
        os.mkfifo(hidden, 0o600)
        self._held = _open_without_reader(hidden)
        if keeper is not None:
            keeper.hold(path.name, self._held)
        self._thread = threading.Thread(
            target=self._open, args=(hidden,), name=f"open-{path.name}", daemon=True
        )
        self._thread.start()
        self._entered.wait()
        hidden.replace(path)
        self._is_open = True

    def _open(self, hidden: Path) -> None:
        """Opens the pipe for writing, which waits for a reader; runs in a thread."""
        self._entered.set()
        try:
            try:
                self._fifo = _opened(hidden, os.O_WRONLY)
            except FileNotFoundError:  # it has got its name in the meantime
                self._fifo = _opened(self._path, os.O_WRONLY)
        except OSError as error:
            self._error = error

    def wait(self) -> int:
        """Waits for a reader; returns the writing end."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._fifo

    def close(self) -> None:
        """Removes the pipe; its reader sees the end after everything is read. Idempotent."""
        if not self._is_open:
            return
        self._is_open = False
        self._path.unlink(missing_ok=True)
        if self._fifo >= 0:
            os.close(self._fifo)
        os.close(self._held)
        if self._keeper is not None:
            self._keeper.release(self._path.name)

    def abandon(self) -> None:
        """Removes a pipe that no reader has opened."""
        release_writer(self._path)
        self._thread.join()
        self.close()


class PipeOnDemand:
    """A pipe that is made at the first call, from any thread."""

    def __init__(self, make: Callable[[], Pipe]) -> None:
        self._make = make
        self._made: Pipe | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Pipe:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def abandon(self) -> None:
        """Removes the pipe if there is one."""
        if self._made is not None:
            self._made.abandon()


def release_writer(path: Path) -> None:
    """Wakes a writer that waits for a reader."""
    with contextlib.suppress(OSError):
        os.close(_opened(path, os.O_RDONLY | os.O_NONBLOCK))


def _open_without_reader(path: Path) -> int:
    """The writing end of a pipe, without waiting for a reader."""
    both = _opened(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        return _opened(path, os.O_WRONLY | os.O_NONBLOCK)
    finally:
        os.close(both)


def _opened(path: Path, flags: int) -> int:
    """A descriptor of a pipe. The reader may be hostile, and put a link to a file of ours in the pipe's place.

    Raises: OSError: it is a link, or no pipe.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a pipe", str(path))
    return descriptor
