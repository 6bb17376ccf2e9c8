"""How does a stream reach another process: named pipes `<channel>_<epoch>`, one after the other, for ever.

    make <channel>_0
    for each epoch:  wait for a reader; write all rows, or until the reader closes;
                     make the next pipe; remove this one; close

The next pipe exists a moment before the reader sees the end of this one: a reader that goes on at once finds it.
A pipe appears under its name when its writing end is already held, so a reader that opens with O_NONBLOCK gets
EAGAIN and not an end that looks like an empty epoch; for the same reason a Keeper holds it besides us.

An epoch that cannot be completed is not closed as long as anybody reads it. What comes before the error is still
delivered, and the error is a failure only when the reader has taken all of that and wants more: one that closes
first has left early, as it may.

Source: training.md 3.1.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from trigpoint.streaming.flow import Flow, unread_bytes
from trigpoint.streaming.keeper import Keeper
from trigpoint.streaming.stage import Row, Stage, close_files
from trigpoint.streaming.wrap import pieces

PIPE_BYTES = 1 << 20
FLUSH_BYTES = 256 << 10
FLUSH_S = 0.002
MOST_ROWS = 64
MAX_VECTOR = 512  # below every system's IOV_MAX
LEAVING_S = 0.05
"""How long a reader that has taken all there is may take to close, before it is said to want more."""
_LOOK_MS = 5


class ReaderLeft(Exception):
    """The reader closed the pipe."""


class FifoChannel:
    """Writes endless epochs of one channel, in a thread of its own.

    open_epoch: gives the rows of the epoch with this number.
    on_failure: called, with what was raised, before the broken epoch's pipe is closed; it must return
                only when no reader is left: a reader takes a closed pipe for the end of a whole epoch.
    keeper:     holds the pipes as well, in case that this process is killed.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        open_epoch: Callable[[int], Stage[Row]],
        on_failure: Callable[[Exception], None],
        keeper: Keeper | None = None,
    ) -> None:
        self.name = name
        self.flow = Flow()
        self._directory = directory
        self._open_epoch, self._on_failure = open_epoch, on_failure
        self._keeper = keeper
        self._stopping = threading.Event()
        self._awaited: Path | None = None
        self._thread = threading.Thread(target=self._run, name=f"pipe-{name}", daemon=True)
        self._first: _Pipe | None = None

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
        pipe, epoch = self._first, 0
        while pipe is not None:
            pipe, epoch = self._serve(epoch, pipe), epoch + 1

    def _serve(self, epoch: int, pipe: _Pipe) -> _Pipe | None:
        """Writes one epoch; gives the pipe of the next, None when there is none."""
        following = _Once(lambda: self._announce(epoch + 1))
        rows: Stage[Row] | None = None
        try:
            fifo = pipe.wait()
            if not self._stopping.is_set():
                rows = self._open_epoch(epoch)
                with _on_leaving(fifo, following):
                    self._write_epoch(epoch, rows, fifo)
            if not self._stopping.is_set():
                following()
            pipe.close()
            if rows is not None:
                rows.close()  # may wait for objects that are being read: not before the next pipe is there
        except Exception as error:  # noqa: BLE001  # the thread's main: whatever it is, it must be known
            self._stopping.set()
            self._on_failure(error)
            pipe.close()
        if self._stopping.is_set():
            following.abandon()
            return None
        return following()

    def _write_epoch(self, epoch: int, rows: Stage[Row], fifo: int) -> None:
        """Writes the rows until their end or until the reader leaves.

        Raises: what the rows raise, when the reader has all that comes before it and stays.
        """
        _widen(fifo)
        self.flow.opened(epoch, fifo)
        try:
            write_rows(rows, fifo, self.flow)
        except ReaderLeft:
            self.flow.closed(early=True)  # it has seen enough: the next epoch begins from the beginning
        except Exception:
            if self._is_more_wanted(fifo):
                self.flow.broken()
                raise
            self.flow.closed(early=True)
        else:
            self.flow.closed(early=False)

    def _is_more_wanted(self, fifo: int) -> bool:
        """Waits until the reader has taken all that was written, or has left; whether it stays then."""
        watched = select.poll()
        watched.register(fifo, 0)  # what is reported unasked: that there is no reader
        while unread_bytes(fifo):
            if watched.poll(_LOOK_MS) or self._stopping.is_set():
                return False
        return not watched.poll(LEAVING_S * 1000)

    def _announce(self, epoch: int) -> _Pipe:
        path = self._directory / f"{self.name}_{epoch}"
        pipe = _Pipe(path, self._keeper)
        self._awaited = path
        return pipe


class _Pipe:
    """A named pipe that is open for writing from the moment it can be seen, and waits for a reader."""

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
        """Opens the pipe for writing in the background, which waits for a reader."""
        self._entered.set()
        try:
            try:
                self._fifo = os.open(hidden, os.O_WRONLY | os.O_CLOEXEC)
            except FileNotFoundError:  # it has got its name meanwhile
                self._fifo = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            self._error = error

    def wait(self) -> int:
        """The writing end, as soon as there is a reader."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._fifo

    def close(self) -> None:
        """Removes the pipe; its reader sees the end when it has read everything. Idempotent."""
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
        """Removes a pipe that nobody has opened."""
        _release(self._path)
        self._thread.join()
        self.close()


class _Once:
    """A pipe that is made when it is asked for first, by whichever thread."""

    def __init__(self, make: Callable[[], _Pipe]) -> None:
        self._make = make
        self._made: _Pipe | None = None
        self._lock = threading.Lock()

    def __call__(self) -> _Pipe:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def abandon(self) -> None:
        """Removes the pipe if there is one."""
        if self._made is not None:
            self._made.abandon()


@contextlib.contextmanager
def _on_leaving(fifo: int, do: Callable[[], object]) -> Iterator[None]:
    """Within, does this as soon as the pipe has no reader, even while the next data are waited for."""
    woken, wake = os.pipe()

    def watch() -> None:
        watched = select.poll()
        watched.register(fifo, 0)  # what is reported unasked: that there is no reader
        watched.register(woken, select.POLLIN)
        if all(descriptor == fifo for descriptor, _ in watched.poll()):
            with contextlib.suppress(OSError):  # the channel's thread meets it too
                do()

    watching = threading.Thread(target=watch, name="pipe-reader", daemon=True)
    watching.start()
    try:
        yield
    finally:
        os.write(wake, b".")
        watching.join()  # as long as it looks at the pipe, closing would not end it
        os.close(wake)
        os.close(woken)


def _release(path: Path) -> None:
    """Lets a writer that waits for a reader go on."""
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))


def _open_without_reader(path: Path) -> int:
    """The writing end of a pipe, without waiting for a reader."""
    both = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    finally:
        os.close(both)


def write_rows(rows: Stage[Row], fifo: int, flow: Flow | None = None) -> None:
    """Writes all rows, gathered into blocks; nothing waits while the next rows are not there yet.

    Raises: ReaderLeft: the reader closed. Whatever the rows raise, once all before it is written.
    """
    _widen(fifo)
    block = _Block(fifo, flow)
    pending = block.parts
    flushed_s = 0.0
    try:
        while taken := rows.take(MOST_ROWS):
            for _, parts in taken:
                for part in parts:
                    if isinstance(part, bytes):
                        pending.append(part)
                        block.size_bytes += len(part)
                    else:
                        block.write()
                        for piece in pieces(part):
                            block.write_piece(piece)
                block.records += 1
                close_files(parts)
                if block.size_bytes >= FLUSH_BYTES:
                    block.write()
                    flushed_s = time.monotonic()
            # fewer than asked for: the next may take its time, and the reader should not wait for it too
            if pending and (len(taken) < MOST_ROWS or time.monotonic() - flushed_s > FLUSH_S):
                block.write()
                flushed_s = time.monotonic()
    finally:
        block.write()


class _Block:
    """What is gathered for the next write: parts of rows, and how many rows end in them."""

    __slots__ = ("_fifo", "_flow", "parts", "records", "size_bytes")

    def __init__(self, fifo: int, flow: Flow | None) -> None:
        self._fifo, self._flow = fifo, flow
        self.parts: list[bytes] = []
        self.size_bytes = self.records = 0

    def write(self) -> None:
        """Writes it, and is empty again."""
        parts, size_bytes, records = self.parts[:], self.size_bytes, self.records
        self.parts.clear()
        self.size_bytes = self.records = 0
        if self._flow is not None and (parts or records):
            self._flow.writes(size_bytes)
            _write(self._fifo, parts)
            self._flow.wrote(records, size_bytes)
        else:
            _write(self._fifo, parts)

    def write_piece(self, piece: bytes) -> None:
        """Writes a piece of what is too large to be gathered."""
        self.parts.append(piece)
        self.size_bytes = len(piece)
        self.write()


def _write(fifo: int, buffers: list[bytes]) -> None:
    try:
        for start in range(0, len(buffers), MAX_VECTOR):
            _write_vector(fifo, buffers[start : start + MAX_VECTOR])
    except BrokenPipeError:  # only from here: one that reading an object raises is a failure
        raise ReaderLeft from None


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
