"""How does a FastFile channel get to the algorithm: as a read-only folder that fetches what is read, when it is read.

The folder is a FUSE mount in a mount namespace that only the algorithm and its children are in (fuse_enter); the
instance answers for it (fuse, folder_view). Where the system does not allow that, the channel is downloaded as in
File mode, and the log says so.

Source: training.md 3.3.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from trigpoint.core.errors import TrigpointError
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.training.channels import DataError, explain_error, no_objects
from trigpoint.training.folder_view import FolderView, Objects
from trigpoint.training.fuse import Entry, FuseServer
from trigpoint.training.model import Channel

THREADS = 16
_SCRIPT = Path(__file__).with_name("fuse_enter.py")
_PROBE_S = 20.0
_JOIN_S = 2.0

PARTIAL_PREFIX = (
    "Failed to download data. For FastFile mode, partial S3 prefix is not supported. S3 prefix has to end with a "
    "full file or folder. Add a trailing '/' to the S3 prefix if it ends with a folder name that is also a prefix "
    "for other folders. Current S3 prefix: [{prefix}], found S3 object: [{key}]."
)
"""Source: training.md 3.3."""


@dataclass(frozen=True, slots=True)
class _Shown:
    channel: Channel
    folder: Path
    view: FolderView


class FastFiles:
    """The FastFile channels of one instance: `offer` them, start the algorithm with `command`, `stop` at its end."""

    def __init__(self, objects: Objects, say: Callable[[str], None]) -> None:
        self._objects, self._say = objects, say
        self._shown: list[_Shown] = []
        self._refusal: str | None = None
        self._probed = False
        self._sockets: tuple[socket.socket, socket.socket] | None = None
        self._threads: list[threading.Thread] = []
        self._descriptors: list[int] = []

    def offer(self, channel: Channel, folder: Path) -> bool:
        """Makes the channel's folder, which the algorithm will see filled; False, with a line in the log, where
        the system does not allow it.

        Raises: DataError: the prefix matches nothing, or ends within a name.
        """
        try:
            view = self._view(channel)
        except DataError:
            raise
        except (TrigpointError, OSError) as error:
            raise explain_error(channel, error) from error
        folder.mkdir(parents=True, exist_ok=True)
        if not self._is_possible(folder):
            self._say(
                f"FastFile channel {channel.name}: this system does not let a job mount its data "
                f"({self._refusal}); they are downloaded first, as in File mode"
            )
            return False
        self._shown.append(_Shown(channel, folder, view))
        return True

    def command(self, program: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
        """The command that runs the program so that it sees the folders, and the descriptors that it inherits."""
        if not self._shown:
            return list(program), ()
        self._sockets = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        receiver = threading.Thread(target=self._receive, name="fastfile-mounts", daemon=True)
        self._threads.append(receiver)
        receiver.start()
        theirs = self._sockets[1].fileno()
        return _enter(theirs, [each.folder for each in self._shown], program), (theirs,)

    def stop(self) -> None:
        """Ends the answers, and says what was read; to be called when the algorithm is dead."""
        if self._sockets is not None:
            self._sockets[1].close()  # a receiver that still waits sees the end
            until_s = time.monotonic() + _JOIN_S  # what the algorithm left running may hold on to the mounts
            for thread in list(self._threads):
                thread.join(max(0.0, until_s - time.monotonic()))
            self._sockets[0].close()
            if not any(thread.is_alive() for thread in self._threads):
                for descriptor in self._descriptors:
                    os.close(descriptor)
        for each in self._shown:
            self._say(
                f"FastFile channel {each.channel.name}: {each.view.opened} files opened, "
                f"{each.view.read_bytes / 1e6:.1f} MB read"
            )
        self._shown, self._sockets = [], None

    def _view(self, channel: Channel) -> FolderView:
        """The tree of the channel's prefix, which must end with a whole file or folder."""
        bucket, prefix = parse_s3_uri(channel.uri)

        def say(line: str) -> None:
            self._say(f"FastFile channel {channel.name}: {line}")

        if not prefix or prefix.endswith("/"):
            if not self._objects.list_sizes(bucket, prefix, max_keys=1).objects:
                raise no_objects(channel)
            return FolderView(self._objects, bucket, prefix, None, say)
        page = self._objects.list_sizes(bucket, prefix, "/", max_keys=3)
        only = None
        for found in page.objects:
            if found.key != prefix:
                raise DataError(PARTIAL_PREFIX.format(prefix=prefix, key=found.key))
            name = prefix.rpartition("/")[2]
            only = Entry(name, found.key, False, found.size_bytes, int(found.modified_at.timestamp()))
        for folder in page.common_prefixes:
            if folder != f"{prefix}/":
                first = self._objects.list_sizes(bucket, folder, max_keys=1).objects
                raise DataError(PARTIAL_PREFIX.format(prefix=prefix, key=first[0].key if first else folder))
        if only is None and not page.common_prefixes:
            raise no_objects(channel)
        return FolderView(self._objects, bucket, f"{prefix}/", only, say)

    def _is_possible(self, folder: Path) -> bool:
        """Whether a folder can be mounted for a process here; tried out once."""
        if not self._probed:
            self._probed = True
            self._refusal = why_not(folder)
        return self._refusal is None

    def _receive(self) -> None:
        """Takes the descriptors of the mounts from the process that made them, and begins to answer."""
        assert self._sockets is not None
        with contextlib.suppress(OSError):
            _, descriptors, _, _ = socket.recv_fds(
                self._sockets[0], 1, len(self._shown), socket.MSG_CMSG_CLOEXEC
            )
            self._descriptors = list(descriptors)
        for each, descriptor in zip(self._shown, self._descriptors, strict=False):
            server = FuseServer(each.view, each.view.root, descriptor, self._say)
            for _ in range(THREADS):
                thread = threading.Thread(
                    target=server.serve, name=f"fastfile-{each.channel.name}", daemon=True
                )
                self._threads.append(thread)
                thread.start()


def why_not(folder: Path) -> str | None:
    """Why no folder can be mounted for a process of this user on this system; None when one can."""
    if sys.platform != "linux":
        return "mounts of a job's own need Linux"
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        try:
            done = subprocess.run(
                _enter(theirs.fileno(), [folder], ()),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PROBE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it takes too long"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


def _enter(sock: int, folders: Sequence[Path], program: Sequence[str]) -> list[str]:
    then = ["--", *program] if program else []
    return [sys.executable, "-I", "-S", str(_SCRIPT), str(sock), *map(str, folders), *then]
