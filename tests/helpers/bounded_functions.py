"""Functions that tests have called in processes of their own."""

from __future__ import annotations

import os
import signal
import time


def doubled(number: int) -> int:
    return 2 * number


def process_id() -> int:
    return os.getpid()


def endless() -> None:
    while True:
        pass


def endless_inside_one_instruction() -> int:
    """Computes for very long without ever looking at a signal or letting another thread run."""
    number: int = 7**300_000_000
    return number


def asleep() -> None:
    time.sleep(3600)


def greedy() -> int:
    return len(bytearray(4 * 2**30))


def large(mebibytes: int = 300) -> int:
    """Needs much memory for a moment, and fills it."""
    return len(b"x" * (mebibytes * 2**20))


def broken() -> None:
    raise ZeroDivisionError("division of 1 by 0")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
