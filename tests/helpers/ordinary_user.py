"""Runs a call with the file permissions of an ordinary user, also in a test run of root."""

from __future__ import annotations

import ctypes
import os
import struct
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_NO_CAPABILITIES = struct.pack("6I", *[0] * 6)


def as_ordinary_user(call: Callable[[], T]) -> T:
    """What `call` returns in a thread that obeys the permission bits of files. It may not start threads."""
    if os.geteuid() != 0:
        return call()
    results: list[T] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            _drop_capabilities()
            results.append(call())
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return results[0]


def _drop_capabilities() -> None:
    """Takes root's power over files from this thread, for good; the process keeps it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(struct.pack("Ii", _VERSION, 0), _NO_CAPABILITIES) != 0:
        raise OSError(ctypes.get_errno(), "capset")
