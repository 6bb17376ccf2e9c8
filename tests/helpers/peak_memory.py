"""The peak memory of a script in a process of its own.

ru_maxrss does not work here: a child inherits it from its parent, so a large test process hides everything.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
needs_proc = pytest.mark.skipif(not STATUS.exists(), reason="peak memory is read from /proc/self/status")

_TOLD = """
def peak_kib():
    import re
    return int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])
"""


@dataclass(frozen=True)
class Ran:
    """What a script printed, and its peak memory. `grown_kib` is the growth after it called `started()`."""

    lines: list[str]
    peak_kib: int
    grown_kib: int


def run_measured(script: str, *, stdin: bytes = b"", timeout_s: float = 120) -> Ran:
    """Runs a script to its end. The script may call `started()` once everything is loaded."""
    started = "def started():\n    global _before\n    _before = peak_kib()\n_before = 0\n"
    last = "import sys; print(peak_kib(), peak_kib() - _before, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{_TOLD}{started}{script}\n{last}"],
        input=stdin,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    peak, grown = done.stderr.splitlines()[-1].split()
    return Ran(done.stdout.decode(errors="replace").splitlines(), int(peak), int(grown))
