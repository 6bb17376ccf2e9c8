"""The processes of a training that all run on one machine: sums of small tensors, and memory that they share.

A sum through torch.distributed's gloo costs each process about 0.3 ms of processor time, and one of 45 MB about 50 ms: all of
it passes through TCP connections of the kernel. Here small values go over Unix sockets, and large ones through memory that
all processes have mapped. A process that waits sleeps in the kernel.
"""

from __future__ import annotations

import mmap
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from trigpoint.algorithms.common.harness import PeerLost

MESSAGE_BYTES = 64 * 1024
"""At most this much is sent before all have received it, so that it fits into the buffer of every socket."""

_MEMORY_FOLDER = "/dev/shm"

T = TypeVar("T")
Share = Callable[[T], T]


@dataclass(slots=True)
class Neighbours:
    """The other processes of the training, as one of them sees them.

    links: a connected socket to each of the others, by rank
    Every process must call the same methods in the same order, with tensors of the same size.
    """

    rank: int
    links: dict[int, socket.socket]
    _parts: dict[int, bytearray] = field(init=False)

    def __post_init__(self) -> None:
        self._parts = {rank: bytearray(MESSAGE_BYTES) for rank in self.links}

    def add_up(self, values: Tensor) -> None:
        """Replaces the values by their sums over all processes, added in the order of the ranks: equal in all, bit by bit.

        Args:   values: contiguous, on the CPU.
        Raises: PeerLost: another process ended, or does not answer.
        """
        most = MESSAGE_BYTES // values.element_size()
        for part in torch.split(values.view(-1), most):
            self._add_up(part)

    def wait(self) -> None:
        """Returns when all processes have called it. Raises: PeerLost."""
        self._exchange(memoryview(b"w"))

    def _add_up(self, values: Tensor) -> None:
        own = memoryview(values.numpy().data).cast("B")
        given = {self.rank: values.clone()}
        for rank, data in self._exchange(own).items():
            given[rank] = torch.frombuffer(data, dtype=values.dtype)
        values.copy_(given.pop(0))
        for rank in sorted(given):
            values.add_(given[rank])

    def _exchange(self, message: memoryview) -> dict[int, memoryview]:
        """What each of the others sent, of the same length; valid until the next call."""
        try:
            for link in self.links.values():
                link.sendall(message)
            return {
                rank: _receive(link, memoryview(self._parts[rank])[: len(message)])
                for rank, link in self.links.items()
            }
        except OSError as error:
            raise PeerLost(
                f"Process {self.rank + 1} lost another process of the training: {error}"
            ) from error


def _receive(link: socket.socket, into: memoryview) -> memoryview:
    rest = into
    while rest:
        count = link.recv_into(rest)
        if not count:
            raise ConnectionResetError("its connection is closed")
        rest = rest[count:]
    return into


def meet(
    rank: int, count: int, timeout_s: float, from_first: Share[str | None], any_of: Share[bool]
) -> Neighbours | None:
    """Connects the processes of a training; None in all of them when they run on several machines.

    Args: from_first: gives all processes the first one's value. any_of: whether it is true in any process.
    """
    with _folder(rank, from_first) as folder, socket.socket(socket.AF_UNIX) as listening:
        links: dict[int, socket.socket] = {}
        failed = folder is None or not _listen(listening, folder / str(rank), count)
        if any_of(failed):
            return None
        assert folder is not None
        for other in range(rank):
            links[other] = socket.socket(socket.AF_UNIX)
            links[other].connect(str(folder / str(other)))
            links[other].sendall(rank.to_bytes(4, "big"))
        listening.settimeout(timeout_s)
        for _ in range(rank + 1, count):
            link, _ = listening.accept()
            links[int.from_bytes(link.recv(4, socket.MSG_WAITALL), "big")] = link
        any_of(False)  # all are connected, and the folder can go
    for link in links.values():
        link.settimeout(timeout_s)
        for side in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            link.setsockopt(socket.SOL_SOCKET, side, 4 * MESSAGE_BYTES)
    return Neighbours(rank, dict(sorted(links.items())))


def shared_memory(
    rank: int, count: int, size_bytes: int, from_first: Share[str | None], any_of: Share[bool]
) -> list[memoryview] | None:
    """Memory of so many bytes for each process, by rank, which all of them see; None where there is too little of it."""
    with _folder(rank, from_first) as folder:
        failed = folder is None or (rank == 0 and not _reserve(folder / "memory", count * size_bytes))
        if any_of(failed):
            return None
        assert folder is not None
        with (folder / "memory").open("r+b") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), count * size_bytes))
        any_of(False)  # all have mapped it
    return [mapped[k * size_bytes : (k + 1) * size_bytes] for k in range(count)]


@contextmanager
def _folder(rank: int, from_first: Share[str | None]) -> Iterator[Path | None]:
    """A private folder of the first process, removed at the end; None where it cannot be seen."""
    made = None
    if rank == 0:
        base = _MEMORY_FOLDER if os.access(_MEMORY_FOLDER, os.W_OK) else None
        made = tempfile.mkdtemp(prefix="trigpoint-", dir=base)
    try:
        name = from_first(made)
        yield Path(name) if name is not None and Path(name).is_dir() else None
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


def _listen(listening: socket.socket, path: Path, backlog: int) -> bool:
    try:
        listening.bind(str(path))
        listening.listen(backlog)
    except OSError:
        return False
    return True


def _reserve(path: Path, size_bytes: int) -> bool:
    """Makes a file whose memory is there: a write to what is not would end the process."""
    try:
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size_bytes)
    except (OSError, AttributeError):  # macOS has no posix_fallocate
        return False
    return True
