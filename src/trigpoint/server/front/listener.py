"""The listening socket, and the file descriptors that connections may use."""

from __future__ import annotations

import errno
import logging
import os
import resource
import socket
import time
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)

BACKLOG = 1024
RESERVED_DESCRIPTORS = 128  # for the database, logs, child processes and files that no request owns
DESCRIPTORS_PER_CONNECTION = 2  # its socket, and the file that it reads or writes
MOST_DESCRIPTORS = 65_536  # some programs that we start visit every descriptor up to the limit
REPORT_EVERY_S = 60.0
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def raise_descriptor_limit() -> int:
    """Raises the number of files that this process may have open as far as it may, and returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return MOST_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def connections_for(descriptors: int, wanted: int) -> int:
    """How many connections the descriptors suffice for, at most `wanted`."""
    possible = (descriptors - RESERVED_DESCRIPTORS) // DESCRIPTORS_PER_CONNECTION
    return max(16, min(wanted, possible))


class Listener(socket.socket):
    """A listening socket that survives when the process or the system has no descriptor left.

    asyncio would log the failure and try again for each connection of the backlog, without an end. This class keeps
    one descriptor in reserve, accepts with it, and closes that connection, so that its client is not left waiting.
    """

    _reserve = -1
    _reported_at_s = float("-inf")

    def listen(self, backlog: int = BACKLOG, /) -> None:
        super().listen(backlog)
        self._keep_reserve()

    def accept(self) -> tuple[socket.socket, Any]:
        try:
            return super().accept()
        except OSError as problem:
            if problem.errno not in _EXHAUSTED:
                raise
            self._report(problem)
            self._turn_one_away()
            raise BlockingIOError from None  # asyncio takes it for "no connection left" and returns

    def close(self) -> None:
        self._drop_reserve()
        super().close()

    def _turn_one_away(self) -> None:
        self._drop_reserve()
        with suppress(OSError):  # another thread took the descriptor, or the client has gone
            refused, _ = super().accept()
            refused.close()
        self._keep_reserve()

    def _keep_reserve(self) -> None:
        if self._reserve < 0:
            with suppress(OSError):  # the next call tries again
                self._reserve = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def _drop_reserve(self) -> None:
        if self._reserve >= 0:
            os.close(self._reserve)
            self._reserve = -1

    def _report(self, problem: OSError) -> None:
        now_s = time.monotonic()
        if now_s - self._reported_at_s >= REPORT_EVERY_S:
            self._reported_at_s = now_s
            log.error("front.no_descriptor problem=%s", problem.strerror)
