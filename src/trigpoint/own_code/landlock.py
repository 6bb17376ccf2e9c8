"""Landlock: lets a process of Linux give up its access to all files but some, without being root.

Source: the kernel's documentation, userspace-api/landlock. There is no well-kept binding for Python, and three system
calls need none. Standard library only: the caller is about to become another program.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from typing import Final

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_ASK_VERSION = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_MAKE_DEVICES: Final = (1 << 6) | (1 << 11)  # character and block devices
_ALL_OF_FIRST_VERSION: Final = (1 << 13) - 1
_ADDED: Final = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # by version: rename to another folder, truncate, ioctl
_FOR_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14) | (1 << 15)
_SCOPES_SINCE: Final = 6
_SCOPES: Final = 3  # abstract sockets and signals of processes outside


def version() -> int:
    """The version of Landlock that the kernel offers; 0 if none."""
    return max(0, int(_libc.syscall(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION)))


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Takes from this process, and from all that it starts, the access to everything else, for good.

    readable: files and folders that can be read and executed
    writable: files and folders in which everything is allowed but devices
    Paths that do not exist are left out. The process must have given up gaining privileges before.
    Raises: OSError: the kernel refuses it.
    """
    known = version()
    handled = _ALL_OF_FIRST_VERSION
    for since, right in _ADDED.items():
        handled |= right if known >= since else 0
    attributes = struct.pack("=QQQ", handled, 0, _SCOPES if known >= _SCOPES_SINCE else 0)
    size = len(attributes) if known >= _SCOPES_SINCE else 16 if known >= 4 else 8
    rules = _checked(_libc.syscall(_CREATE, attributes[:size], ctypes.c_size_t(size), 0))
    try:
        for paths, rights in (
            (readable, _EXECUTE | _READ_FILE | _READ_FOLDER),
            (writable, handled & ~_MAKE_DEVICES),
        ):
            for path in paths:
                _allow(rules, path, rights & handled)
        _checked(_libc.syscall(_RESTRICT, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - standard library only, and os is loaded
            rights &= _FOR_FILES
        rule = struct.pack("=Qi", rights, opened)
        _checked(_libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0))
    finally:
        os.close(opened)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock is refused here: {os.strerror(number)}")
    return result


_libc = ctypes.CDLL(None, use_errno=True)
