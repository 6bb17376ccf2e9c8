"""The supervisor of one program: a small detached process that goes on when the server is gone.

    python -m trigpoint.compute.supervise FOLDER

It starts the program of FOLDER/spec.json, writes the program's output to the log line by line with the time, passes
SIGTERM on, kills what is left after the grace period, and writes down how the program ended.

If the supervisor itself is killed, the program must not go on without it. Two things prevent that: on Linux the
kernel kills the program when its parent dies, and a guard, a child of the supervisor that only waits for the end of a
pipe, kills the program's whole process group.

Everything runs in one thread, so forking is safe and there are no locks.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from trigpoint.compute import state
from trigpoint.compute.runner import NOT_EXECUTABLE, STOP_GRACE_S, ProcessSpec
from trigpoint.compute.state import ProcessIdentity

LONGEST_LINE_BYTES = 256 * 1024
"""Source: the size limit of an event in CloudWatch Logs. Longer lines are cut into several."""

DRAIN_S = 5.0
PR_SET_PDEATHSIG = 1


def main(folder: Path) -> None:
    """Returns at once in the calling process; the supervisor goes on in the background."""
    if os.fork():
        os.wait()
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    try:
        supervise(folder)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def supervise(folder: Path) -> None:
    """Runs the program of this state folder to its end. Does nothing when another supervisor does."""
    signals = SignalPipe()
    if not ProcessIdentity.of(os.getpid()).write_once(folder / state.SUPERVISOR):
        return
    spec = state.read_spec(folder)
    assert spec is not None
    log = Log(spec.log_path)
    guard = Guard()
    try:
        program = _start(spec)
    except OSError as error:
        log.write(f"cannot start {spec.argv[0]}: {error}\n".encode())
        log.close()
        guard.dismiss()
        state.write_json(folder / state.STATUS, {"exit_code": NOT_EXECUTABLE})
        return
    guard.protect(program.pid)
    ProcessIdentity.of(program.pid).write(folder / state.PROGRAM)
    exit_code = _watch(program, folder, log, signals)
    guard.dismiss()
    state.write_json(folder / state.STATUS, {"exit_code": exit_code})


def _start(spec: ProcessSpec) -> subprocess.Popen[bytes]:
    parent = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def die_with_parent() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(NOT_EXECUTABLE)

    return subprocess.Popen(
        spec.argv,
        cwd=spec.directory,
        env={**os.environ, **spec.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def _watch(program: subprocess.Popen[bytes], folder: Path, log: Log, signals: SignalPipe) -> int:
    """The program's exit code, when it has ended, nothing is left of its group and the log is complete."""
    assert program.stdout is not None
    output = program.stdout.fileno()
    readable = [output, signals.descriptor]
    kill_at: float | None = None
    while not _has_ended(program.pid):
        wait_s = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        ready, _, _ = select.select(readable, [], [], wait_s)
        if output in ready and not log.take(output):
            readable.remove(output)  # the program has closed it and goes on
        if signals.stop_requested(ready):
            deadline = time.monotonic() + _grace_s(folder)
            if kill_at is None:
                _signal_group(program.pid, signal.SIGTERM)
            kill_at = deadline if kill_at is None else min(kill_at, deadline)
        if kill_at is not None and time.monotonic() >= kill_at:
            _signal_group(program.pid, signal.SIGKILL)
            kill_at = time.monotonic() + 1.0
    # The program is dead but not reaped yet, so its pid, which is its group's, cannot be reused.
    _signal_group(program.pid, signal.SIGKILL)
    exit_code = program.wait()
    log.drain(output, DRAIN_S)
    log.close()
    return exit_code


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(pid, number)


def _grace_s(folder: Path) -> float:
    request = state.read_json(folder / state.STOP)
    return STOP_GRACE_S if request is None else float(request["grace_s"])


class SignalPipe:
    """Makes signals readable, so that one `select` waits for everything."""

    def __init__(self) -> None:
        self.descriptor, write = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(write, False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda number, frame: None)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def stop_requested(self, ready: list[int]) -> bool:
        """Whether one of the signals that arrived asks to stop."""
        if self.descriptor not in ready:
            return False
        came = os.read(self.descriptor, 4096)
        return signal.SIGTERM in came or signal.SIGINT in came


class Log:
    """Appends lines with their time to a file. A full disk loses lines, never the program."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._rest = b""
        self._last_ms = 0

    def take(self, descriptor: int) -> bool:
        """Reads the available output and writes its complete lines; False at the end of the output."""
        data = os.read(descriptor, 65536)
        self.write(data)
        return bool(data)

    def write(self, data: bytes) -> None:
        """Writes the lines that `data` completes and keeps the rest."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > LONGEST_LINE_BYTES:
            lines.append(self._rest[:LONGEST_LINE_BYTES])
            self._rest = self._rest[LONGEST_LINE_BYTES:]
        self._append(lines)

    def drain(self, descriptor: int, limit_s: float) -> None:
        """Takes the rest of the output, for `limit_s` at most, since a stray process may hold the pipe open."""
        end = time.monotonic() + limit_s
        while (
            time.monotonic() < end
            and select.select([descriptor], [], [], max(0.0, end - time.monotonic()))[0]
        ):
            if not self.take(descriptor):
                return

    def close(self) -> None:
        """Writes the last line even if it has no line feed, and closes the file."""
        if self._rest:
            self.write(b"\n")
        os.close(self._file)

    def _append(self, lines: list[bytes]) -> None:
        if not lines:
            return
        self._last_ms = max(self._last_ms, time.time_ns() // 1_000_000)
        stamp = b"%d\t" % self._last_ms
        block = b"".join(stamp + line.rstrip(b"\r") + b"\n" for line in lines)
        with contextlib.suppress(OSError):
            while block:
                block = block[os.write(self._file, block) :]


class Guard:
    """A child that kills the program's process group when the supervisor dies before it dismisses the guard."""

    def __init__(self) -> None:
        read, self._write = os.pipe()
        self._pid = os.fork()
        if self._pid:
            os.close(read)
            return
        os.close(self._write)
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        words = b""
        while part := os.read(read, 64):
            words += part
        if words and not words.endswith(b"dismissed"):
            _signal_group(int(words), signal.SIGKILL)
        os._exit(0)

    def protect(self, group: int) -> None:
        """Names the process group to kill."""
        os.write(self._write, b"%d" % group)

    def dismiss(self) -> None:
        """Ends the guard, which then kills nothing."""
        os.write(self._write, b"dismissed")
        os.close(self._write)
        os.waitpid(self._pid, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
