"""The usage of the machine by a whole tree of processes, through psutil."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_GPU_DEVICE = re.compile(r"/dev/nvidia(\d+)")
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, OSError)
"""It has ended meanwhile, or is another user's."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process with its place among the others."""

    pid: int
    parent: int
    session: int
    handle: psutil.Process

    @property
    def cpu_s(self) -> float:
        """Its own time on processors and that of its children that have ended; 0 when it has ended."""
        try:
            times = self.handle.cpu_times()
        except _GONE:
            return 0.0
        return times.user + times.system + times.children_user + times.children_system

    @property
    def memory_bytes(self) -> int:
        """Its memory. On Linux, memory that several processes share is divided between them."""
        try:
            used = self.handle.memory_full_info()
        except _GONE:
            used = None
        shared_out = getattr(used, "pss", 0)
        with contextlib.suppress(*_GONE):
            return shared_out or self.handle.memory_info().rss
        return 0

    @property
    def age_s(self) -> float:
        """Seconds since it began."""
        return time.time() - self.handle.create_time()


def running() -> dict[int, Process]:
    """All processes that can be seen, by pid."""
    found: dict[int, Process] = {}
    for handle in psutil.process_iter():
        with contextlib.suppress(*_GONE):
            found[handle.pid] = Process(handle.pid, handle.ppid(), os.getsid(handle.pid), handle)
    return found


def tree(processes: dict[int, Process], root: int) -> list[Process]:
    """The process, the processes in its session (a supervised program leads one), and all their descendants."""
    wanted = {pid for pid, process in processes.items() if pid == root or process.session == root}
    grown = True
    while grown:
        more = {pid for pid, process in processes.items() if process.parent in wanted} - wanted
        wanted |= more
        grown = bool(more)
    return [processes[pid] for pid in sorted(wanted)]


def available_memory_bytes() -> int:
    """The memory of the machine, or of the container that this process is in."""
    limits = [psutil.virtual_memory().total]
    for path in _CGROUP_LIMITS:  # which psutil does not read
        with contextlib.suppress(OSError, ValueError):  # "max", or no such control group
            limits.append(int(path.read_text()))
    return min(limits)


def gpu_devices(processes: Iterable[Process]) -> set[int]:
    """The numbers of the NVIDIA devices (/dev/nvidiaN) that the processes have open; none outside of Linux.

    Not from the driver's list of processes, whose numbers mean nothing in a container, and not from psutil, which
    lists no device files.
    """
    found: set[int] = set()
    for process in processes:
        for target in _open_files(process.pid):
            device = _GPU_DEVICE.fullmatch(target)
            if device:
                found.add(int(device[1]))
    return found


def _open_files(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                yield str(link.readlink())
