"""Counters of the data that flow through the pipes of a channel, and of the time that each side waits.

The reader waits when the pipe is empty and the next data are not there yet; the writer waits when its data do not
fit. Both are measured where the pipe is written, once per block of many records, which costs a few microseconds
per block.

The reader's time is an upper bound: nobody can see from outside whether a process that has emptied its pipe waits
for more or works on what it has.
"""

from __future__ import annotations

import array
import fcntl
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

DEFAULT_PIPE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class FlowTotals:
    """The totals of a channel since its start.

    epoch:        the epoch that is being read, or was read last; -1 before the first
    is_open:      whether a reader has the pipe open and the epoch continues
    records:      manifest lines or objects that were written
    ended, left:  how many epochs have ended; how many of them the reader closed early
    ended_records, ended_bytes: what was written in the epochs that have ended
    starved_s:    time that the pipe was empty while the next data were fetched
    blocked_s:    time that data waited for room in the pipe
    open_s:       time that a reader had the pipes of ended epochs open
    """

    epoch: int = -1
    is_open: bool = False
    records: int = 0
    size_bytes: int = 0
    ended: int = 0
    left: int = 0
    ended_records: int = 0
    ended_bytes: int = 0
    starved_s: float = 0.0
    blocked_s: float = 0.0
    open_s: float = 0.0


class Flow:
    """The counters of one channel: set by the thread that writes its pipes, read by any.

    `now` gives seconds that never go back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._fifo = -1
        self._capacity_bytes = 0
        self._is_blocked = False
        self._since_s = 0.0
        self._epoch = -1
        self._records = self._bytes = 0
        self._ended = self._left = self._ended_records = self._ended_bytes = 0
        self._starved_s = self._blocked_s = 0.0
        self._first_open_s: float | None = None
        self._opened_s = self._closed_s = self._open_s = 0.0

    def opened(self, epoch: int, fifo: int) -> None:
        """Records that a reader has opened this epoch; `fifo` is watched until `closed`."""
        with self._lock:
            self._epoch, self._fifo = epoch, fifo
            self._capacity_bytes = capacity_bytes(fifo)
            self._is_blocked = False
            self._since_s = self._opened_s = self._now()
            if self._first_open_s is None:
                self._first_open_s = self._since_s

    def writes(self, size_bytes: int) -> None:
        """Records that the writing of a block starts."""
        with self._lock:
            waiting_bytes = unread_bytes(self._fifo)
            now_s = self._now()
            if not waiting_bytes:
                self._starved_s += now_s - self._since_s
            self._since_s = now_s
            self._is_blocked = waiting_bytes + size_bytes > self._capacity_bytes

    def wrote(self, records: int, size_bytes: int) -> None:
        """Records that the block is written, in which this many records ended."""
        with self._lock:
            now_s = self._now()
            if self._is_blocked:
                self._blocked_s += now_s - self._since_s
                self._is_blocked = False
            self._since_s = now_s
            self._records += records
            self._bytes += size_bytes

    def closed(self, *, early: bool) -> None:
        """Records that the epoch has ended; called before its pipe is closed."""
        with self._lock:
            self._close()
            self._ended += 1
            self._left += early
            self._ended_records, self._ended_bytes = self._records, self._bytes

    def broken(self) -> None:
        """Records that the epoch cannot be completed; called instead of `closed`."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        self._account()
        self._closed_s = self._since_s
        self._open_s += self._closed_s - self._opened_s
        self._fifo = -1
        self._is_blocked = False

    def totals(self) -> FlowTotals:
        """The totals until now, waits in progress included."""
        with self._lock:
            self._account()
            return FlowTotals(
                self._epoch,
                self._fifo >= 0,
                self._records,
                self._bytes,
                self._ended,
                self._left,
                self._ended_records,
                self._ended_bytes,
                self._starved_s,
                self._blocked_s,
                self._open_s,
            )

    def open_since_s(self) -> float | None:
        """When the channel was first opened in this period; None: not at all."""
        with self._lock:
            return self._first_open_s

    def end_period(self) -> float:
        """Starts a new period; returns the seconds from `open_since_s` until now, or until the last epoch ended."""
        with self._lock:
            now_s = self._now()
            is_open = self._fifo >= 0
            begun_s, self._first_open_s = self._first_open_s, now_s if is_open else None
            return 0.0 if begun_s is None else (now_s if is_open else self._closed_s) - begun_s

    def _account(self) -> None:
        if self._fifo < 0:
            return
        now_s = self._now()
        if self._is_blocked:
            self._blocked_s += now_s - self._since_s
        elif not unread_bytes(self._fifo):
            self._starved_s += now_s - self._since_s
        self._since_s = now_s


def unread_bytes(fifo: int) -> int:
    """The bytes in a pipe that are not read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(fifo, termios.FIONREAD, count)
    return count[0]


def capacity_bytes(fifo: int) -> int:
    """How many bytes a pipe can hold."""
    get_size = getattr(fcntl, "F_GETPIPE_SZ", None)
    if get_size is None:
        return DEFAULT_PIPE_BYTES
    return int(fcntl.fcntl(fifo, get_size))
