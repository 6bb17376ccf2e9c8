"""The processes of a server: those whose command line names its data directory (Linux)."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SUPERVISOR = "trigpoint.compute.supervise"


@dataclass(frozen=True, slots=True)
class Process:
    """A process as /proc shows it."""

    pid: int
    command: str

    def kill(self) -> None:
        """Sends SIGKILL. Does nothing if the process has ended."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def processes_of(data_dir: Path, *words: str) -> list[Process]:
    """The processes of a data directory, including the server, whose command line has all these words."""
    found = (_read(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [
        process
        for process in found
        if process and _names(process.command, data_dir) and all(word in process.command for word in words)
    ]


def wait_for_no_process(data_dir: Path, limit_s: float = 5) -> None:
    """Fails and names the processes if any process of the directory is left after the limit."""
    deadline = time.monotonic() + limit_s
    while left := processes_of(data_dir):
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.05)


def wait_for(condition: Callable[[], object], what: str, limit_s: float = 60) -> None:
    """Returns when the condition holds."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what}"
        time.sleep(0.1)


def _names(command: str, data_dir: Path) -> bool:
    return f"{data_dir}/" in f"{command} ".replace(f"{data_dir} ", f"{data_dir}/ ")


def _read(entry: Path) -> Process | None:
    try:
        words = (entry / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
    except OSError:
        return None  # it has just ended
    return Process(int(entry.name), words.decode(errors="replace"))
