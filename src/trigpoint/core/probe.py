"""Tries whether a program of ours can do on this system what it is for."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Sequence


def refusal(command: Sequence[str], timeout_s: float, pass_fds: Collection[int] = ()) -> str | None:
    """Why the program fails: its last line on stderr; None when it ends with exit code 0."""
    try:
        done = subprocess.run(
            command,
            pass_fds=pass_fds,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "it takes too long"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
