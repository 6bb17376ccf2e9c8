"""System calls of Linux that Python has no function for. Standard library only."""

from __future__ import annotations

import ctypes
import os

_NUMBERS = {"pivot_root": (155, 41), "mount_setattr": (442, 442)}
"""Of calls without a function in libc: on x86-64, and on the others."""


def call(name: str, *arguments: object) -> None:
    """Makes the call. Numbers are passed as unsigned longs, bytes as pointers to them.

    Raises: OSError: it failed; names the call and the path.
    """
    converted = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    if name in _NUMBERS:
        number = _NUMBERS[name][0 if os.uname().machine == "x86_64" else 1]
        done = _libc.syscall(ctypes.c_long(number), *converted)
    else:
        done = getattr(_libc, name)(*converted)
    if done != 0:
        problem = ctypes.get_errno()
        named = next(
            (os.fsdecode(each) for each in arguments if isinstance(each, bytes) and each[:1] == b"/"), ""
        )
        raise OSError(problem, f"{name} {named} is refused here: {os.strerror(problem)}".replace("  ", " "))


_libc = ctypes.CDLL(None, use_errno=True)
