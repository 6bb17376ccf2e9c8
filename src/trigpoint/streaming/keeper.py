"""A small process that keeps pipes open when their writer is killed.

The kernel closes the files of a killed process, and a reader takes that for the end of an epoch. So a second
process also holds the writing end of every pipe until its epoch has ended. When the first process disappears
without a farewell, the second one kills the algorithm, and closes the pipes only when the algorithm is dead and no
reader is left: nobody ever sees a truncated epoch end.

The process is this file run as a script. It has a session of its own, so that a signal to the process group does
not reach it, and it imports only what this file imports. Linux only (pidfd): on other systems pipes have one
holder, and a killed writer looks like the end of an epoch.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys

_MOST_BYTES = 1024
HOLD, RELEASE, WATCH, FAREWELL = b"hold", b"release", b"watch", b"farewell"


class Keeper:
    """The writer's side. A killed keeper is not replaced, and nothing fails: it only matters when the writer dies."""

    @staticmethod
    def is_possible() -> bool:
        """Whether this system has what a keeper needs."""
        return sys.platform == "linux" and hasattr(os, "pidfd_open")

    def __init__(self) -> None:
        import subprocess  # not where the script would load it

        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,  # the log of the job must not wait for its end
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The keeper's process."""
        return int(self._process.pid)

    def hold(self, name: str, fifo: int) -> None:
        """Keeps the writing end `fifo` open under this name until it is released."""
        self._send(HOLD, name.encode(), fifo)

    def release(self, name: str) -> None:
        """Closes the keeper's copy, now or some microseconds later."""
        self._send(RELEASE, name.encode())

    def watch(self, pid: int) -> None:
        """Names the process to kill, with the group that it leads, when the writer disappears."""
        with contextlib.suppress(ProcessLookupError):
            algorithm = os.pidfd_open(pid)
            try:
                self._send(WATCH, str(pid).encode(), algorithm)
            finally:
                os.close(algorithm)

    def close(self) -> None:
        """Ends the keeper, which closes everything it holds."""
        self._send(FAREWELL)
        self._socket.close()
        self._process.wait()

    def _send(self, word: bytes, more: bytes = b"", descriptor: int | None = None) -> None:
        with contextlib.suppress(OSError):
            descriptors = [] if descriptor is None else [descriptor]
            socket.send_fds(self._socket, [word + b" " + more], descriptors)


def keep(channel: socket.socket) -> None:
    """Serves one writer until it says farewell, or has died and nobody reads its pipes any more."""
    held: dict[bytes, int] = {}
    algorithm: tuple[int, int] | None = None
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, _MOST_BYTES, 1)
        word, _, name = message.partition(b" ")
        if word == HOLD:
            held[name] = descriptors[0]
        elif word == RELEASE:
            os.close(held.pop(name))
        elif word == WATCH:
            algorithm = int(name), descriptors[0]
        elif word == FAREWELL:
            return
        else:
            break
    if algorithm is not None:
        _kill(*algorithm)
        _wait_until_unread(list(held.values()))


def _kill(pid: int, pidfd: int) -> None:
    """Kills the process and its group, and returns when it is dead."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)  # type: ignore[attr-defined,unused-ignore]
        # the number is still its own: it has just been there
        os.killpg(pid, signal.SIGKILL)
    select.select([pidfd], [], [])


def _wait_until_unread(fifos: list[int]) -> None:
    """Returns when none of the pipes has a reader."""
    for fifo in fifos:
        waiting = select.poll()
        waiting.register(fifo, 0)
        waiting.poll()  # the writing end has an error when the last reader is gone


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    keep(socket.socket(fileno=0))
