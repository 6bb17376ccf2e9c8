"""Calls of pure functions in processes of their own, with a limit of time and memory.

A computation in a thread cannot be ended, and while it runs the threads of the server get little done. In a process of
its own it can be killed, and the kernel enforces its limits.

The processes are started when they are first needed, and then kept for the next calls. They never outlive the server,
however it ends. See `bounded_call_process` for their side.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from typing import Any, TypeVar

from trigpoint.core.errors import Unavailable

WALL_FACTOR = 3.0
"""A call may last this many times its limit of processor time, since the processors may be busy."""

AFTER_KILL_S = 5.0
_MIB = 2**20

RETURNED, RAISED = "returned", "raised"

T = TypeVar("T")


class CallFailed(Exception):
    """The function raised an exception, or exceeded a limit. The text says which, for people."""


class CallsStopped(Unavailable):
    """The server is shutting down: the call was not made, or was broken off."""

    def __init__(self) -> None:
        super().__init__("the server is shutting down; try again when it has started")


class CallsBusy(Unavailable):
    """No process became free in time: the call was not made."""

    def __init__(self) -> None:
        super().__init__("the server's processes for this work are all busy; try again in a moment")


class BoundedCalls:
    """At most `count` calls at the same time, each in a process of `memory_bytes` at most. Thread-safe."""

    def __init__(self, count: int = 2, memory_bytes: int = 1024 * _MIB) -> None:
        self._memory_bytes = memory_bytes
        self._changed = threading.Condition()
        self._free = count
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._stopped = False

    def call(
        self, function: Callable[..., T], *arguments: Any, limit_s: float, patience_s: float | None = None
    ) -> T:
        """What the function returns. It must be importable by its name; values are pickled.

        limit_s: seconds of processor time. Waiting for a free process does not count.
        patience_s: seconds to wait for a free process; None sets no limit.
        Raises: CallFailed: the function raised an exception or exceeded a limit. CallsStopped: `stop` was called.
                CallsBusy: no process became free within `patience_s`.
        """
        request = pickle.dumps((function, arguments, limit_s), pickle.HIGHEST_PROTOCOL)
        with self._turn(patience_s):
            process, reply = self._asked(request, limit_s)
            if reply is None and process.ended_by_itself:
                process, reply = self._asked(request, limit_s)
        if reply is None:
            raise CallFailed(process.cause_of_death(limit_s))
        result: T = _result(*pickle.loads(reply))
        return result

    def stop(self) -> None:
        """Kills all processes. Calls that run or wait raise CallsStopped."""
        with self._changed:
            self._stopped = True
            processes = [*self._idle, *self._busy]
            self._idle.clear()
            self._changed.notify_all()
        for process in processes:
            process.kill()

    @contextmanager
    def _turn(self, patience_s: float | None) -> Iterator[None]:
        """Waits until fewer than `count` calls run."""
        with self._changed:
            in_time = self._changed.wait_for(lambda: self._stopped or self._free > 0, patience_s)
            self._check()
            if not in_time:
                raise CallsBusy
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify()

    def _asked(self, request: bytes, limit_s: float) -> tuple[_Process, bytes | None]:
        process = self._started()
        reply = process.ask(request, limit_s * WALL_FACTOR)
        self._keep(process)
        return process, reply

    def _started(self) -> _Process:
        """A process that only the caller uses."""
        with self._changed:
            self._check()
            alive = [process for process in self._idle if process.is_alive]
            process = alive.pop() if alive else _Process(self._memory_bytes)
            self._idle = alive
            self._busy.add(process)
            return process

    def _keep(self, process: _Process) -> None:
        """Lets later calls use the process, if it lives."""
        with self._changed:
            self._busy.discard(process)
            self._check()
            if process.is_alive:
                self._idle.append(process)

    def _check(self) -> None:
        if self._stopped:
            raise CallsStopped


class _Process:
    """One process; it answers one request at a time."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._connection, theirs = Pipe()
        self._timed_out = False
        with theirs:
            self._child = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "trigpoint.compute.bounded_call_process",
                    str(theirs.fileno()),
                    str(memory_bytes),
                ],
                stdin=subprocess.DEVNULL,
                cwd="/",
                # numpy's library would reserve memory for one thread per processor, which counts toward the limit
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                pass_fds=[theirs.fileno()],
            )
        with suppress(OSError):
            self._connection.send(sys.path)

    @property
    def is_alive(self) -> bool:
        return self._child.poll() is None

    @property
    def ended_by_itself(self) -> bool:
        """Whether it ended between two calls, as it does after some idle time. The request was on its way then."""
        return self._child.returncode == 0

    def ask(self, request: bytes, wall_s: float) -> bytes | None:
        """The reply; None when the process ended without one. It is dead then."""
        limit = threading.Timer(wall_s, self._time_out)
        limit.daemon = True
        limit.start()
        try:
            self._connection.send_bytes(request)
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            self._wait()
            return None
        finally:
            limit.cancel()

    def kill(self) -> None:
        """Ends the process at once, whatever it does."""
        self._child.kill()
        self._wait()

    def cause_of_death(self, limit_s: float) -> str:
        """Why the process ended, for people."""
        code = self._child.returncode
        if self._timed_out or code == -signal.SIGPROF:
            return f"it took longer than {limit_s:g} seconds"
        return f"its process ended with the code {code}"

    def _time_out(self) -> None:
        self._timed_out = True
        self._child.kill()

    def _wait(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(AFTER_KILL_S)


def _result(outcome: str, value: Any) -> Any:
    if outcome == RETURNED:
        return value
    raise CallFailed(value)
