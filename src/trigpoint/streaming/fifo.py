"""A channel's stream to another process: named pipes `<channel>_<epoch>`, one after the other, without end.

    make <channel>_0
    for each epoch:  wait for a reader; write all rows, or until the reader closes;
                     make the next pipe; remove this one; close

The next pipe exists before the reader sees the end of this one: a reader that continues at once finds it. A pipe
gets its name when its writing end is already open, so a reader that opens it with O_NONBLOCK gets EAGAIN, and not
an end that looks like an empty epoch. For the same reason a Keeper also holds it.

An epoch that cannot be completed is not closed while anybody reads it. The rows before the error are still
delivered, and the error is a failure only when the reader has taken all of them and wants more. A reader that
closes first has left early, which is allowed.

Source: training.md 3.1.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from trigpoint.streaming.flow import Flow, unread_bytes
from trigpoint.streaming.keeper import Keeper
from trigpoint.streaming.pipe import Pipe, PipeOnDemand, release_writer
from trigpoint.streaming.pipe_writing import ReaderLeft, widen, write_rows
from trigpoint.streaming.stage import Row, Stage

LEAVING_S = 0.05
"""How long a reader that has taken everything may take to close, before it counts as wanting more."""
_LOOK_MS = 5


class FifoChannel:
    """Writes endless epochs of one channel, in a thread of its own.

    open_epoch: gives the rows of the epoch with this number.
    on_failure: called, with what was raised, before the broken epoch's pipe is closed; it must return
                only when no reader is left: a reader takes a closed pipe for the end of a whole epoch.
    keeper:     also holds the pipes, in case this process is killed.
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
        self._first: Pipe | None = None

    def start(self) -> None:
        """Makes `<channel>_0`, and returns when its writer waits for a reader."""
        self._first = self._announce(0)
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ends the thread and removes the pipes. Call it when no reader is left."""
        self._stopping.set()
        end = time.monotonic() + timeout_s
        while self._thread.is_alive() and time.monotonic() < end:
            if self._awaited is not None:
                release_writer(self._awaited)
            self._thread.join(0.01)

    def _run(self) -> None:
        pipe, epoch = self._first, 0
        while pipe is not None:
            pipe, epoch = self._serve(epoch, pipe), epoch + 1

    def _serve(self, epoch: int, pipe: Pipe) -> Pipe | None:
        """Writes one epoch; returns the pipe of the next epoch, None when there is none."""
        following = PipeOnDemand(lambda: self._announce(epoch + 1))
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
                rows.close()  # may wait for objects that are being read: only after the next pipe exists
        except Exception as error:  # noqa: BLE001  # the thread's main: every error must be reported
            self._stopping.set()
            self._on_failure(error)
            pipe.close()
        if self._stopping.is_set():
            following.abandon()
            return None
        return following()

    def _write_epoch(self, epoch: int, rows: Stage[Row], fifo: int) -> None:
        """Writes the rows until their end or until the reader leaves.

        Raises: what the rows raise, when the reader has taken everything before it and stays.
        """
        widen(fifo)
        self.flow.opened(epoch, fifo)
        try:
            write_rows(rows, fifo, self.flow)
        except ReaderLeft:
            self.flow.closed(early=True)  # the reader has seen enough: the next epoch starts at its beginning
        except Exception:
            if self._is_more_wanted(fifo):
                self.flow.broken()
                raise
            self.flow.closed(early=True)
        else:
            self.flow.closed(early=False)

    def _is_more_wanted(self, fifo: int) -> bool:
        """Waits until the reader has taken everything that was written, or has left; True when it stays."""
        watched = select.poll()
        watched.register(fifo, 0)  # without events: poll still reports that there is no reader
        while unread_bytes(fifo):
            if watched.poll(_LOOK_MS) or self._stopping.is_set():
                return False
        return not watched.poll(LEAVING_S * 1000)

    def _announce(self, epoch: int) -> Pipe:
        path = self._directory / f"{self.name}_{epoch}"
        pipe = Pipe(path, self._keeper)
        self._awaited = path
        return pipe


@contextlib.contextmanager
def _on_leaving(fifo: int, do: Callable[[], object]) -> Iterator[None]:
    """While the context is open, calls `do` when the pipe loses its reader, even while the next data are awaited."""
    woken, wake = os.pipe()

    def watch() -> None:
        watched = select.poll()
        watched.register(fifo, 0)  # without events: poll still reports that there is no reader
        watched.register(woken, select.POLLIN)
        if all(descriptor == fifo for descriptor, _ in watched.poll()):
            with contextlib.suppress(OSError):  # the channel's thread gets the same error
                do()

    watching = threading.Thread(target=watch, name="pipe-reader", daemon=True)
    watching.start()
    try:
        yield
    finally:
        os.write(wake, b".")
        watching.join()  # while it polls the pipe, closing the pipe would not end it
        os.close(wake)
        os.close(woken)
