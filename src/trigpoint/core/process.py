"""Which process is this: an identity that outlives the reuse of process numbers.

A pid is handed out again some time after its process is gone. Pid and start time together, within one boot
of one machine (and one pid namespace of it), are not.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

_PROC = Path("/proc/self/stat")


@cache
def machine_id() -> str:
    """Names this boot of this machine, or the container; a pid means the same only where this is equal."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return os.uname().nodename


def start_time(pid: int) -> str | None:
    """When the process was started, in the machine's own notation; None when no such process runs.

    A zombie, which has ended and only waits to be reaped, does not run.
    """
    return _start_time_of_proc(pid) if _PROC.exists() else _start_time_of_ps(pid)


def _start_time_of_proc(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rsplit(")", 1)[1].split()  # the command before it may hold blanks and parentheses
    state, started = fields[0], fields[19]
    return None if state in "ZX" else started


def _start_time_of_ps(pid: int) -> str | None:
    answer = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else " ".join(started.split())
