"""How does a stream reach another process: named pipes `<channel>_<epoch>`, one after the other, for ever.

    make <channel>_0
    for each epoch:  wait for a reader; write all rows, or until the reader closes;
                     make the next pipe; remove this one; close

The next pipe exists, and its writer waits, a moment before the reader sees the end of this one: a reader that
goes on at once finds it. Waiting means blocking in open(2): the kernel then counts us as a writer, so a
reader that opened with O_NONBLOCK gets EAGAIN and not an end that looks like an empty epoch.

Source: training.md 3.1.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from trigpoint.streaming.stage import Row, Stage, close_files
from trigpoint.streaming.wrap import pieces

PIPE_BYTES = 1 << 20
FLUSH_BYTES = 256 << 10
FLUSH_S = 0.002
MOST_ROWS = 64
MAX_VECTOR = 512  # below every system's IOV_MAX


class FifoChannel:
    """Writes endless epochs of one channel, in a thread of its own.

    open_epoch: gives the rows of the epoch with this number.
    on_failure: called, with what was raised, before the broken epoch's pipe is closed; it must return
                only when no reader is left: a reader takes a closed pipe for the end of a whole epoch.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        open_epoch: Callable[[int], Stage[Row]],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._directory, self._name = directory, name
        self._open_epoch, self._on_failure = open_epoch, on_failure
        self._stopping = threading.Event()
        self._awaited: Path | None = None
        self._thread = threading.Thread(target=self._run, name=f"pipe-{name}", daemon=True)
        self._first: _Opening | None = None

    def start(self) -> None:
        """Returns when `<channel>_0` exists and its writer waits."""
        self._first = self._announce(0)
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ends the thread and removes the pipes. To be called when no reader is left."""
        self._stopping.set()
        end = time.monotonic() + timeout_s
        while self._thread.is_alive() and time.monotonic() < end:
            if self._awaited is not None:
                _release(self._awaited)
            self._thread.join(0.01)

    def _run(self) -> None:
        opening, epoch = self._first, 0
        while opening is not None:
            fifo, following = None, None
            try:
                fifo = opening.wait()
                if not self._stopping.is_set():
                    self._write_epoch(epoch, fifo)
                if not self._stopping.is_set():
                    following = self._announce(epoch + 1)
            except Exception as error:  # noqa: BLE001  # the thread's main: whatever it is, it must be known
                self._stopping.set()
                self._on_failure(error)
            finally:
                self._path(epoch).unlink(missing_ok=True)
                if fifo is not None:
                    os.close(fifo)
            opening, epoch = following, epoch + 1

    def _write_epoch(self, epoch: int, fifo: int) -> None:
        rows = self._open_epoch(epoch)
        try:
            write_rows(rows, fifo)
        except BrokenPipeError:
            pass  # the reader has seen enough: the next epoch begins from the beginning
        finally:
            rows.close()

    def _announce(self, epoch: int) -> _Opening:
        path = self._path(epoch)
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        self._awaited = path
        return _Opening(path)

    def _path(self, epoch: int) -> Path:
        return self._directory / f"{self._name}_{epoch}"


class _Opening:
    """Opens a pipe for writing in the background: that waits for a reader."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fifo = -1
        self._error: OSError | None = None
        self._entered = threading.Event()
        self._thread = threading.Thread(target=self._open, name=f"open-{path.name}", daemon=True)
        self._thread.start()
        self._entered.wait()

    def _open(self) -> None:
        self._entered.set()
        try:
            self._fifo = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            self._error = error

    def wait(self) -> int:
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._fifo


def _release(path: Path) -> None:
    """Lets a writer that waits for a reader go on."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))


def write_rows(rows: Stage[Row], fifo: int) -> None:
    """Writes all rows, gathered into blocks; what has waited for FLUSH_S goes out with the next row.

    Raises: BrokenPipeError: the reader closed. Whatever the rows raise: what was gathered is dropped then.
    """
    _widen(fifo)
    pending: list[bytes] = []
    pending_bytes = 0
    flushed_s = 0.0
    while taken := rows.take(MOST_ROWS):
        for _, parts in taken:
            for part in parts:
                if isinstance(part, bytes):
                    pending.append(part)
                    pending_bytes += len(part)
                    continue
                _write(fifo, pending)
                pending, pending_bytes = [], 0
                for piece in pieces(part):
                    _write(fifo, [piece])
            close_files(parts)
            if pending_bytes >= FLUSH_BYTES:
                _write(fifo, pending)
                pending, pending_bytes = [], 0
                flushed_s = time.monotonic()
        if pending and time.monotonic() - flushed_s > FLUSH_S:
            _write(fifo, pending)
            pending, pending_bytes = [], 0
            flushed_s = time.monotonic()
    _write(fifo, pending)


def _write(fifo: int, buffers: list[bytes]) -> None:
    for start in range(0, len(buffers), MAX_VECTOR):
        _write_vector(fifo, buffers[start : start + MAX_VECTOR])


def _write_vector(fifo: int, buffers: list[bytes]) -> None:
    total = sum(map(len, buffers))
    written = os.writev(fifo, buffers)
    if written < total:
        rest = memoryview(b"".join(buffers))[written:]
        while rest:
            rest = rest[os.write(fifo, rest) :]


def _widen(fifo: int) -> None:
    """Lets the pipe hold PIPE_BYTES where the system allows it: fewer wake-ups on both sides."""
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(fifo, set_size, PIPE_BYTES)
