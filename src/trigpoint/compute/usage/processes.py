"""What do the processes of this machine use: read from Linux's /proc, a whole tree of processes at a time."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_GPU_DEVICE = re.compile(r"/dev/nvidia(\d+)")


@dataclass(frozen=True, slots=True)
class Process:
    """One process. `cpu_s` is its own time on processors and that of its children that have ended; `started` is
    the start in clock ticks since boot, as `core.process` has it."""

    pid: int
    parent: int
    session: int
    started: str
    cpu_s: float


def is_served() -> bool:
    """Whether this machine has a /proc that can be read so."""
    return (_PROC / "self" / "stat").exists() and (_PROC / "meminfo").exists()


def running() -> dict[int, Process]:
    """All processes that can be seen, by pid."""
    found = (_process(int(path.name)) for path in _PROC.iterdir() if path.name.isdigit())
    return {process.pid: process for process in found if process is not None}


def tree(processes: dict[int, Process], root: int) -> list[Process]:
    """The process, its session (which is what a supervised program leads) and all that descend from them."""
    wanted = {pid for pid, process in processes.items() if pid == root or process.session == root}
    grown = True
    while grown:
        more = {pid for pid, process in processes.items() if process.parent in wanted} - wanted
        wanted |= more
        grown = bool(more)
    return [processes[pid] for pid in sorted(wanted)]


def age_s(process: Process) -> float:
    """Seconds since the process began."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(process.started) / _ticks_per_s()


def memory_bytes(processes: Iterable[Process]) -> int:
    """The memory of the processes, with what several of them share counted once."""
    return sum(_proportional_bytes(process.pid) for process in processes)


def available_memory_bytes() -> int:
    """The memory of the machine, or of the container that this process is in."""
    limits = [_kilobytes(_PROC / "meminfo", "MemTotal") or 1]
    for path in _CGROUP_LIMITS:
        text = _read(path).strip()
        if text.isdigit():
            limits.append(int(text))
    return min(limits)


def gpu_devices(processes: Iterable[Process]) -> set[int]:
    """The numbers of the NVIDIA devices (/dev/nvidiaN) that the processes have open."""
    found: set[int] = set()
    for process in processes:
        for target in _open_files(process.pid):
            device = _GPU_DEVICE.fullmatch(target)
            if device:
                found.add(int(device[1]))
    return found


def _open_files(pid: int) -> Iterator[str]:
    try:
        for link in (_PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                yield str(link.readlink())
    except OSError:
        return  # it ended meanwhile, or is another user's


def _process(pid: int) -> Process | None:
    text = _read(_PROC / str(pid) / "stat")
    if not text:
        return None
    fields = text.rsplit(")", 1)[1].split()  # the command before it may hold blanks and parentheses
    ticks = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    return Process(pid, int(fields[1]), int(fields[3]), fields[19], ticks / _ticks_per_s())


def _proportional_bytes(pid: int) -> int:
    shared_out = _kilobytes(_PROC / str(pid) / "smaps_rollup", "Pss")
    return shared_out or _kilobytes(_PROC / str(pid) / "status", "VmRSS") or 0


def _kilobytes(path: Path, name: str) -> int | None:
    """The number in a line like `Name:  12 kB`, in bytes."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", _read(path), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # it ended meanwhile, or is another user's


@cache
def _ticks_per_s() -> int:
    return os.sysconf("SC_CLK_TCK")
