"""A process that runs the calls of `bounded_calls`, one after the other.

    python -m trigpoint.compute.bounded_call_process DESCRIPTOR MEMORY_BYTES

The descriptor is a connection to the server. Three things end the process, none of which needs a cooperating function:
- the kernel kills it with SIGPROF when a call has used up its processor time;
- the kernel kills it when the server is gone in the middle of a call, because it asked for SIGKILL on any event of the
  connection, and during a call the end of the server is the only event;
- between two calls it sees the end of the connection. It also ends after some idle time, or when it has grown large.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from trigpoint.compute.bounded_calls import RAISED, RETURNED

IDLE_S = 300.0
MOST_CHARACTERS = 500
"""Of the text about an exception."""
LARGE_BYTES = 256 * 2**20
"""A process that once needed more memory ends after its call, because Python rarely gives memory back."""


def main(descriptor: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # a signal to the whole process group is for the server, which ends this process
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    connection = Connection(descriptor)
    try:
        sys.path[:] = connection.recv()
        while _peak_bytes() <= LARGE_BYTES and connection.poll(IDLE_S):
            connection.send_bytes(_reply(connection, connection.recv_bytes(), memory_bytes))
    except (EOFError, OSError):
        return  # the server is gone


def _reply(connection: Connection, request: bytes, memory_bytes: int) -> bytes:
    """The pickled outcome of a call."""
    try:
        function, arguments, limit_s = pickle.loads(request)
        with _dies_with_the_server(connection), _processor_time(limit_s):
            return _pickled(RETURNED, function(*arguments))
    except MemoryError:
        return _pickled(RAISED, f"it needed more than {memory_bytes // 2**20} MiB of memory")
    except Exception as problem:  # noqa: BLE001 - the caller gets it as the outcome
        traceback.print_exc()
        text = f"{type(problem).__name__}: {problem}"[:MOST_CHARACTERS]
        return _pickled(RAISED, "".join(c if c.isprintable() else " " for c in text))


def _pickled(outcome: str, value: Any) -> bytes:
    return pickle.dumps((outcome, value), pickle.HIGHEST_PROTOCOL)


@contextmanager
def _processor_time(limit_s: float) -> Iterator[None]:
    """Lets the kernel end the process when it has used up this time."""
    signal.setitimer(signal.ITIMER_PROF, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@contextmanager
def _dies_with_the_server(connection: Connection) -> Iterator[None]:
    """Lets the kernel end the process when the other end of the connection is closed."""
    descriptor = connection.fileno()
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    if hasattr(fcntl, "F_SETSIG"):  # Linux; elsewhere the process ends at the end of its call
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    if connection.poll(0):
        raise SystemExit  # the server ended before the call
    try:
        yield
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def _peak_bytes() -> int:
    """The most memory that this program has had at a time."""
    try:
        # getrusage counts the server's peak as well, which a process on Linux inherits
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
