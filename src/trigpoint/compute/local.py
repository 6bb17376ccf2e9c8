"""Runs programs on this machine, each under a detached supervisor that outlives the server."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from trigpoint.compute import state
from trigpoint.compute.runner import STOP_GRACE_S, ProcessSpec, ProcessState
from trigpoint.core.errors import Invalid
from trigpoint.core.ids import new_id

START_LIMIT_S = 30.0
AFTER_KILL_S = 10.0

_LEFT_OUT = frozenset({"TRIGPOINT_DATABASE_URL", "TRIGPOINT_SMTP_URL", "PYTHONDONTWRITEBYTECODE"})
"""The settings that contain passwords; and the variable that forbids Python to keep compiled modules, which images of
containers often set. Decision: torch would be compiled again at the start of each program, for 3 s of processor time."""

log = logging.getLogger(__name__)


class LocalRunner:
    """Runs programs as processes of this machine; see compute.runner for the contract.

    Each program has a state folder under `state_dir`, named by its handle. Thread-safe; any number of runners, in
    any number of processes, may share a `state_dir`.
    """

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    def start(self, spec: ProcessSpec, handle: str | None = None) -> str:
        """Starts the program and returns its handle; does nothing when the handle was used before."""
        handle = handle or new_id()
        folder = self._folder(handle)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (folder / state.SUPERVISOR).exists():
            return handle
        spec.directory.mkdir(parents=True, exist_ok=True)
        state.write_spec(folder, spec)
        _launch(folder)
        return handle

    def poll(self, handle: str) -> ProcessState:
        """The state of the program."""
        folder = self._folder(handle)
        found = _ended(folder)
        if found is None and _is_watched(folder):
            return ProcessState("running")
        found = found or _ended(folder)  # it may have ended between the two checks
        return found or ProcessState("lost")

    def stop(self, handle: str, grace_s: float = STOP_GRACE_S) -> None:
        """Asks the program to end and returns at once; it is killed when it has not ended after `grace_s`."""
        folder = self._folder(handle)
        supervisor = state.ProcessIdentity.read(folder / state.SUPERVISOR)
        if supervisor is None or _ended(folder) or not supervisor.runs():
            return
        state.write_json(folder / state.STOP, {"grace_s": grace_s})
        supervisor.send(signal.SIGTERM)

    def forget(self, handle: str) -> None:
        """Drops the state of a program that has ended."""
        if self.poll(handle).phase == "running":
            raise Invalid(f"the program {handle} still runs; stop it before you forget it")
        shutil.rmtree(self._folder(handle), ignore_errors=True)

    def stop_all(self, grace_s: float = STOP_GRACE_S) -> None:
        """Stops all programs that run, and waits for their end."""
        handles = list(self._running())
        for handle in handles:
            self.stop(handle, grace_s)
        end = time.monotonic() + grace_s + AFTER_KILL_S
        while handles and time.monotonic() < end:
            time.sleep(0.02)
            handles = [handle for handle in handles if self.poll(handle).phase == "running"]
        for handle in handles:
            log.error("program did not end handle=%s", handle)

    def _running(self) -> Iterator[str]:
        for path in self._state_dir.glob(f"*/{state.SUPERVISOR}"):
            if self.poll(path.parent.name).phase == "running":
                yield path.parent.name

    def _folder(self, handle: str) -> Path:
        if not handle or "/" in handle or handle.startswith("."):
            raise Invalid(f"{handle!r} is not a handle of a program")
        return self._state_dir / handle


def _launch(folder: Path) -> None:
    """Returns when the supervisor is detached and has written its identity."""
    with (folder / "supervisor.log").open("ab") as output:
        subprocess.run(
            [sys.executable, "-m", "trigpoint.compute.supervise", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_environment(),
            start_new_session=True,
            check=True,
            timeout=START_LIMIT_S,
        )
    end = time.monotonic() + START_LIMIT_S
    while not (folder / state.SUPERVISOR).exists():
        if time.monotonic() > end:
            raise TimeoutError(f"the supervisor of {folder} did not start; see supervisor.log there")
        time.sleep(0.005)


def _environment() -> dict[str, str]:
    """The server's variables for the programs that it starts, but for those in `_LEFT_OUT`."""
    return {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}


def _ended(folder: Path) -> ProcessState | None:
    status = state.read_json(folder / state.STATUS)
    return None if status is None else ProcessState("exited", status["exit_code"])


def _is_watched(folder: Path) -> bool:
    """Whether the supervisor runs, or the program outlives it for the moment that it takes to kill it."""
    supervisor = state.ProcessIdentity.read(folder / state.SUPERVISOR)
    if supervisor is None:
        return False
    if supervisor.runs():
        return True
    program = state.ProcessIdentity.read(folder / state.PROGRAM)
    if program is None or not program.runs() or _ended(folder):
        return False
    with contextlib.suppress(ProcessLookupError):
        program.send(signal.SIGKILL)
    return True
