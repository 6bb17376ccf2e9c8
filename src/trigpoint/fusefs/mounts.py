"""Mounts trees of files for one program and its children, and serves them from this process.

The mounts are made in a mount namespace of the program's own (`enter`), so no other process sees them, and they
end with the last process that does.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from trigpoint.core.probe import refusal
from trigpoint.fusefs.server import FuseServer
from trigpoint.fusefs.tree import Tree

THREADS = 16
_SCRIPT = Path(__file__).with_name("enter.py")
_PROBE_S = 20.0
_JOIN_S = 2.0


class Mounts:
    """The mounted folders of one program: `add` them, start the program with `command`, `close` at its end.

    `complain` gets a line for each error in our own code.
    """

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._trees: list[tuple[Path, Tree]] = []
        self._sockets: tuple[socket.socket, socket.socket] | None = None
        self._threads: list[threading.Thread] = []
        self._descriptors: list[int] = []

    def add(self, folder: Path, tree: Tree) -> None:
        """Shows the tree in this folder, which must exist."""
        self._trees.append((folder, tree))

    def command(self, program: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
        """The command that runs the program with its mounts, and the descriptors that it must inherit."""
        if not self._trees:
            return list(program), ()
        self._sockets = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._start(self._receive, "mounts")
        theirs = self._sockets[1].fileno()
        return _enter(theirs, [folder for folder, _ in self._trees], program), (theirs,)

    def close(self) -> None:
        """Ends the serving threads. Call it when the program is dead."""
        if self._sockets is None:
            return
        self._sockets[1].close()  # ends a receiver that still waits
        until_s = time.monotonic() + _JOIN_S  # processes that the program left may keep the mounts alive
        for thread in list(self._threads):
            thread.join(max(0.0, until_s - time.monotonic()))
        self._sockets[0].close()
        if not any(thread.is_alive() for thread in self._threads):
            for descriptor in self._descriptors:
                os.close(descriptor)
        self._trees, self._sockets = [], None

    def _receive(self) -> None:
        """Takes the descriptors of the mounts from the process that made them, and starts to serve them."""
        assert self._sockets is not None
        with contextlib.suppress(OSError):
            _, descriptors, _, _ = socket.recv_fds(
                self._sockets[0], 1, len(self._trees), socket.MSG_CMSG_CLOEXEC
            )
            self._descriptors = list(descriptors)
        for (folder, tree), descriptor in zip(self._trees, self._descriptors, strict=False):
            server = FuseServer(tree, descriptor, self._complain)
            for _ in range(THREADS):
                self._start(server.serve, f"mount-{folder.name}")

    def _start(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def why_not_possible(folder: Path) -> str | None:
    """Why this system does not let a process mount `folder` for itself; None when it does. Tries it out."""
    if sys.platform != "linux":
        return "mounts of a job's own need Linux"
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        return refusal(_enter(theirs.fileno(), [folder], ()), _PROBE_S, (theirs.fileno(),))


def _enter(sock: int, folders: Sequence[Path], program: Sequence[str]) -> list[str]:
    then = ["--", *program] if program else []
    return [sys.executable, "-I", "-S", str(_SCRIPT), str(sock), *map(str, folders), *then]
