"""The identity of a process, which stays unique when process numbers are reused.

A pid is reused some time after its process is gone. The pair of pid and start time is not, within one boot of one
machine (and one pid namespace of it).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc/self/stat")


@cache
def machine_id() -> str:
    """The name of this boot of this machine, or of the container. Pids can be compared only where it is equal."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return os.uname().nodename


def start_time(pid: int) -> str | None:
    """The start of the process, in the system's own notation; None when no such process runs.

    A zombie, which has ended and waits to be reaped, does not run.
    """
    return _start_time_from_proc(pid) if _PROC.exists() else _start_time_from_psutil(pid)


def _start_time_from_proc(pid: int) -> str | None:
    # not psutil.Process.create_time, which on Linux moves when the clock is set: a process would become another
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rsplit(")", 1)[1].split()  # the command before it may contain blanks and parentheses
    state, started = fields[0], fields[19]
    return None if state in "ZX" else started


def _start_time_from_psutil(pid: int) -> str | None:
    import psutil  # here, since every supervisor would load it and Linux needs it nowhere

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    except psutil.Error:
        return None
