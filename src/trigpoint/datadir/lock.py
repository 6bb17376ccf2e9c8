"""The lock that a server holds on its data directory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trigpoint.core.errors import Conflict


class Hold:
    """A server's hold on its data directory. Made by `locked`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def is_last(self) -> bool:
        """Whether no other server holds the directory. Ask once, just before releasing it: asking may release it."""
        return _flock(self._descriptor, fcntl.LOCK_EX)


@contextmanager
def locked(directory: Path, *, shared: bool = False) -> Iterator[Hold]:
    """Holds the directory for this server. Creates it, readable only by its owner, if it does not exist.

    With `shared`, other servers that also pass it may hold the directory too: servers of one PostgreSQL database.
    Raises: Conflict: another server runs on the directory.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX):
            pid = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise _taken(directory, pid, shared=shared)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield Hold(descriptor)
    finally:
        os.close(descriptor)


def _taken(directory: Path, pid: str, *, shared: bool) -> Conflict:
    message = (
        f"another Trigpoint server (process {pid}) is running on {directory}; "
        "stop it or choose another folder with --data"
    )
    if not shared:
        message += " (several servers can share a directory if all use the same PostgreSQL database)"
    return Conflict(message)


def _flock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
