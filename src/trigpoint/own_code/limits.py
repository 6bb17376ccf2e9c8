"""Limits of what people's code uses: processes, memory, disk, time. What exceeds one is killed, and the reason names it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from trigpoint.core.archive import DISK_RESERVE_BYTES

LOOK_S: Final = 0.5
MEASURE_S: Final = 5.0
"""The folders are measured this often at most; a look at the free space of the disk costs nothing."""

DEFAULT_DISK_GB: Final = 30
"""Source: the default volume of the SDK's estimators."""

_GB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Limits:
    """Most of everything. `disk_from` says where `disk_gb` comes from, for messages."""

    processes: int = 4096
    memory_mb: int = 0
    disk_gb: int = DEFAULT_DISK_GB
    disk_from: str = "VolumeSizeInGB"

    @property
    def memory_bytes(self) -> int:
        return self.memory_mb * 2**20 if self.memory_mb else int(psutil.virtual_memory().total * 0.8)


class Watch:
    """Looks at a process and at all that it started, and kills it when it exceeds a limit.

    pid:      the process that leads a group of its own
    folders:  folders and files that it can write, on one disk
    breach:   the limit that was exceeded, as a sentence; None so far
    """

    def __init__(
        self, pid: int, folders: Sequence[Path], limits: Limits | None = None, *, time_s: float | None = None
    ) -> None:
        self.breach: str | None = None
        self._pid = pid
        self._folders = folders
        self._limits = limits or Limits()
        self._until_s = None if time_s is None else time.monotonic() + time_s
        self._time_s = time_s
        self._ended = threading.Event()
        self._measured_at_s = time.monotonic()
        self._before_bytes = sum(map(used_bytes, folders))
        self._free_bytes = self._free()
        self._thread = threading.Thread(target=self._run, name="limits", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends looking. Call it when the process has ended, before its number can be another's."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(LOOK_S):
            self.breach = self._exceeded()
            if self.breach:
                _kill_all(self._pid)
                return

    def _exceeded(self) -> str | None:
        tasks, memory = _use_of(self._pid)
        limits = self._limits
        if tasks >= limits.processes:
            return (
                f"it has {tasks} processes and threads; the limit is {limits.processes}, which "
                "TRIGPOINT_MAX_JOB_PROCESSES raises"
            )
        if memory > limits.memory_bytes:
            return (
                f"it uses {memory / _GB:.1f} GB of memory; the limit is {limits.memory_bytes / _GB:.1f} GB, which "
                "TRIGPOINT_MAX_JOB_MEMORY_MB raises"
            )
        if self._until_s is not None and time.monotonic() > self._until_s:
            return f"it took longer than {self._time_s:.0f} seconds"
        return self._disk()

    def _disk(self) -> str | None:
        free = self._free()
        due = time.monotonic() - self._measured_at_s >= MEASURE_S
        if not due and self._free_bytes - free < _GB // 4 and free >= DISK_RESERVE_BYTES:
            return None
        self._measured_at_s, self._free_bytes = time.monotonic(), free
        written = sum(map(used_bytes, self._folders)) - self._before_bytes
        limit = self._limits.disk_gb
        if written > limit * _GB:
            way_out = f", which {self._limits.disk_from} raises" if self._limits.disk_from else ""
            return f"it has written {written / _GB:.1f} GB; the limit is {limit} GB{way_out}"
        if free < DISK_RESERVE_BYTES and written > DISK_RESERVE_BYTES:
            return f"it has written {written / _GB:.1f} GB, and the disk of the server is full; free some space, or write less"
        return None

    def _free(self) -> int:
        return min((shutil.disk_usage(each).free for each in self._folders if each.exists()), default=1 << 62)


def used_bytes(folder: Path) -> int:
    """The space that a file, or the files below a folder, take; what is mounted there does not count."""
    total = 0
    with contextlib.suppress(OSError):
        found = folder.stat()
        if not folder.is_dir():
            return found.st_blocks * 512
        device = found.st_dev
        for where, folders, files in os.walk(folder):
            kept = []
            for name in (*folders, *files):
                with contextlib.suppress(OSError):
                    found = os.lstat(os.path.join(where, name))  # noqa: PTH118 - there may be a million
                    total += found.st_blocks * 512 if found.st_dev == device else 0
                    kept.append(name) if found.st_dev == device else None
            folders[:] = [name for name in folders if name in kept]
    return total


def _use_of(pid: int) -> tuple[int, int]:
    """How many threads the process and its descendants have, and how much memory they use, in bytes."""
    tasks = memory = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                tasks += process.num_threads()
                found = process.memory_info()
                memory += max(0, found.rss - getattr(found, "shared", 0))
    return tasks, memory


def _kill_all(pid: int) -> None:
    """Kills the process group; in a namespace the kernel then kills the rest."""
    children = []
    with contextlib.suppress(psutil.Error):
        children = psutil.Process(pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for child in children:
        with contextlib.suppress(psutil.Error):
            child.kill()
