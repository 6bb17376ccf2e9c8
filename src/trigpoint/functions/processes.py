"""Calls of handlers in processes of their own, with limits of time and memory.

Processes are kept for the next calls of the same function. A call that exceeds a limit ends its process. They never
outlive the server, however it ends. See `host` for their side.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trigpoint.compute.bounded_calls import CallsStopped
from trigpoint.core.process import start_time
from trigpoint.functions.host import LENGTH, RETURNED
from trigpoint.functions.model import MAX_PAYLOAD_BYTES, Cause
from trigpoint.functions.wanted import CallUnwanted, IsWanted, Look, always

IDLE_S = 600.0
OLDEST_S = 3600.0
"""A process makes no more calls after this time. Its credentials are valid longer."""

LOOK_S = 0.1
"""How often the memory of a running call is looked at."""

AFTER_KILL_S = 5.0
_BLOCK_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Program:
    """What a process runs. Calls with the same `key` share processes.

    environment: makes the variables of a new process, given the folder for its temporary files
    """

    key: str
    name: str
    handler: str
    path: tuple[str, ...]
    directory: Path
    memory_mb: int
    environment: Callable[[Path], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gave. `content` is JSON; it is b"" when the process ended. `peak_mb`: 0 if it is not known."""

    content: bytes
    cause: Cause | None
    peak_mb: int
    detail: str = ""


class FunctionProcesses:
    """The processes of calls that have a turn; at most `limit` at the same time. Thread-safe."""

    def __init__(self, limit: int, folder: Path) -> None:
        self._limit = limit
        self._folder = folder
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._running: set[_Process] = set()
        self._stopped = False
        self._numbers = itertools.count(1)

    def call(
        self,
        program: Program,
        about: Mapping[str, object],
        event: bytes,
        limit_s: float,
        on_output: Callable[[bytes], None],
        is_wanted: IsWanted = always,
    ) -> Reply:
        """Runs the handler for one event.

        about:     what its context has
        limit_s:   the time of the call, to which the start of a new process belongs
        on_output: is given what the process prints
        Raises: CallsStopped: the server is shutting down. CallUnwanted: `is_wanted` returned False.
        """
        until_s = time.monotonic() + limit_s
        process = self._taken(program)
        try:
            reply = process.ask(about, event, until_s, on_output, Look(is_wanted))
        except CallUnwanted:
            process.end()
            raise
        finally:
            self._put_back(process)
        if self._stopped:
            raise CallsStopped
        return reply

    def retire(self, name: str) -> None:
        """Ends the idle processes of a function that has changed. Running calls are finished."""
        with self._lock:
            old = [process for process in self._idle if process.program.name == name]
            self._idle = [process for process in self._idle if process.program.name != name]
        for process in old:
            process.end()

    def stop(self) -> None:
        """Kills all processes. Calls that run raise CallsStopped."""
        with self._lock:
            self._stopped = True
            processes = [*self._idle, *self._running]
            self._idle.clear()
        for process in processes:
            process.end()

    def remove_leftovers(self) -> None:
        """Removes temporary files of servers that were killed."""
        for folder in self._folder.glob("*-*"):
            pid = folder.name.split("-")[0]
            if pid.isdecimal() and start_time(int(pid)) is None:
                shutil.rmtree(folder, ignore_errors=True)

    def _taken(self, program: Program) -> _Process:
        """A process of the program that only the caller uses."""
        now_s = time.monotonic()
        with self._lock:
            if self._stopped:
                raise CallsStopped
            fit = [process for process in self._idle if process.is_fit(now_s)]
            ended = [process for process in self._idle if process not in fit]
            own = [process for process in fit if process.program.key == program.key]
            if own:
                fit.remove(own[-1])
            room = max(0, self._limit - len(self._running) - 1)
            spare = len(fit) - room
            if spare > 0:
                ended += fit[:spare]
                fit = fit[spare:]
            self._idle = fit
            process = own[-1] if own else _Process(program, self._new_folder())
            self._running.add(process)
        for each in ended:
            each.end()
        return process

    def _put_back(self, process: _Process) -> None:
        with self._lock:
            self._running.discard(process)
            keep = process.is_alive and not self._stopped
            if keep:
                self._idle.append(process)
        if not keep:
            process.end()

    def _new_folder(self) -> Path:
        return self._folder / f"{os.getpid()}-{next(self._numbers)}"


class _Process:
    """One process; it answers one request at a time."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self._folder = folder
        self._started_s = self._used_s = time.monotonic()
        self._host: int | None = None
        self._ending = threading.Lock()
        folder.mkdir(parents=True, mode=0o700)
        self._connection, theirs = socket.socketpair()
        life, self._life = os.pipe()
        output, their_output = os.pipe()
        self._output: int | None = output
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-P", "-m", "trigpoint.functions.host", str(theirs.fileno()), str(life)],
                stdin=subprocess.DEVNULL,
                stdout=their_output,
                stderr=their_output,
                cwd=program.directory,
                env=dict(program.environment(folder)),
                pass_fds=[theirs.fileno(), life],
                start_new_session=True,
            )
        finally:
            theirs.close()
            os.close(life)
            os.close(their_output)
        os.set_blocking(output, False)
        self._connection.setblocking(False)
        settings = {
            "handler": program.handler,
            "path": list(program.path),
            "memory_bytes": program.memory_mb * 2**20,
        }
        self._waiting = _message(json.dumps(settings).encode())

    @property
    def is_alive(self) -> bool:
        return self._output is not None and self._guard.poll() is None

    def is_fit(self, now_s: float) -> bool:
        """Whether it may make another call."""
        return self.is_alive and now_s - self._used_s < IDLE_S and now_s - self._started_s < OLDEST_S

    def ask(
        self,
        about: Mapping[str, object],
        event: bytes,
        until_s: float,
        on_output: Callable[[bytes], None],
        look: Look,
    ) -> Reply:
        """The reply to one event. After anything but a result or an exception the process is ended.

        Raises: CallUnwanted: the process may still work on the event.
        """
        if self._host is None:
            reply = self._exchanged(self._waiting, until_s, on_output, look)
            if reply.cause not in (None, Cause.RAISED):
                return self._given_up(reply)
            self._host = int(json.loads(reply.content)["pid"])  # no code of the function has run yet
        about = {**about, "remaining_s": max(0.0, until_s - time.monotonic())}
        request = _message(json.dumps(about).encode()) + _message(event)
        reply = self._exchanged(request, until_s, on_output, look)
        self._used_s = time.monotonic()
        return reply if reply.cause in (None, Cause.RAISED) else self._given_up(reply)

    def end(self) -> None:
        """Ends the process and everything that it started, at once."""
        with self._ending:
            if self._output is None:
                return
            os.close(self._life)  # the guard kills the host's process group and ends
            try:
                self._guard.wait(AFTER_KILL_S)
            except subprocess.TimeoutExpired:
                self._guard.kill()  # the kernel kills the host with it
                with suppress(subprocess.TimeoutExpired):
                    self._guard.wait(AFTER_KILL_S)
            os.close(self._output)
            self._output = None
            self._connection.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _given_up(self, reply: Reply) -> Reply:
        self.end()
        return reply

    def _exchanged(
        self, request: bytes, until_s: float, on_output: Callable[[bytes], None], look: Look
    ) -> Reply:
        """Sends the request and receives the reply, while it takes the output and looks at the memory."""
        sent, received = memoryview(request), bytearray()
        try:
            while True:
                look.check()
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    self._take_output(on_output)
                    return self._without_result(Cause.TIMED_OUT)
                wanted = [self._connection] if sent else []
                inputs: list[int | socket.socket] = [self._connection]
                if self._output is not None:
                    inputs.append(self._output)
                ready, writable, _ = select.select(inputs, wanted, [], min(left_s, LOOK_S))
                if writable:
                    sent = sent[self._connection.send(sent[:_BLOCK_BYTES]) :]
                self._take_output(on_output)
                if self._is_too_large():
                    return self._without_result(Cause.MEMORY)
                if self._connection not in ready:
                    continue
                part = self._connection.recv(1 << 20)
                if not part:
                    self._take_output(on_output)
                    return self._without_result(Cause.ENDED, self._how_it_ended())
                received += part
                if (reply := self._reply(received)) is not None:
                    self._take_output(on_output)
                    return reply
        except (OSError, ValueError):  # it was ended by another thread, or has closed its side
            return self._without_result(Cause.ENDED, self._how_it_ended())

    def _reply(self, received: bytearray) -> Reply | None:
        """The complete reply in the received bytes; None while there is none."""
        if len(received) < LENGTH.size:
            return None
        size_bytes = LENGTH.unpack(received[: LENGTH.size])[0]
        if size_bytes - 1 > MAX_PAYLOAD_BYTES:
            return self._without_result(Cause.TOO_LARGE)
        if len(received) < LENGTH.size + size_bytes:
            return None
        kind, content = received[LENGTH.size : LENGTH.size + 1], bytes(received[LENGTH.size + 1 :])
        return Reply(content, None if kind == RETURNED else Cause.RAISED, self._peak_mb())

    def _take_output(self, on_output: Callable[[bytes], None]) -> None:
        """Takes some of what the process has printed, without waiting."""
        with suppress(BlockingIOError, TypeError, OSError):
            for _ in range(64):  # the rest of an endless output comes in the next turns
                data = os.read(self._output, _BLOCK_BYTES)  # type: ignore[arg-type]
                if not data:
                    return
                on_output(data)

    def _without_result(self, cause: Cause, detail: str = "") -> Reply:
        return Reply(b"", cause, self._peak_mb(), detail)

    def _is_too_large(self) -> bool:
        """Whether the host uses more memory than its limit, not counting what it shares with others."""
        with suppress(OSError, ValueError, IndexError, TypeError):
            fields = Path(f"/proc/{int(self._host)}/statm").read_text().split()  # type: ignore[arg-type]
            used_bytes = (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
            return used_bytes > self.program.memory_mb * 2**20
        return False

    def _peak_mb(self) -> int:
        with suppress(OSError, StopIteration, ValueError):
            lines = Path(f"/proc/{self._host}/status").read_text(encoding="ascii").splitlines()
            return -(-next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024)
        return 0

    def _how_it_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            code = self._guard.wait(AFTER_KILL_S)
            return f"signal: {code - 128}" if code > 128 else f"exit status {code}"
        return "it closed its connection"


def _message(content: bytes) -> bytes:
    return LENGTH.pack(len(content)) + content
