"""The processes of one training: how they meet, and what they compute together.

A training of one process has the ranks ALONE, whose methods return what they are given. With several, torch.distributed
connects them: NCCL between GPUs, gloo otherwise. The first process of the first host listens at MASTER_ADDR:MASTER_PORT.

Every process must call the same methods in the same order. A process that fails simply ends; the others notice the closed
connection, raise PeerLost, and are stopped by whoever watches them (processes.py on one instance, the platform on several).
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch._C._distributed_c10d import PrefixStore, TCPStore

from trigpoint.algorithms.common import neighbours
from trigpoint.algorithms.common.harness import AlgorithmError, Container, CustomerError, PeerLost, logger
from trigpoint.algorithms.common.neighbours import Neighbours
from trigpoint.algorithms.common.place import NOT_SHARED, Place
from trigpoint.algorithms.common.processes import SHARED_GPU

MEETING_VARIABLE = "TRIGPOINT_RENDEZVOUS_S"
MEETING_S = 900.0
"""Decision: an instance starts its algorithm when its data are there, and instances download at different speeds."""

ANSWER_S = 1800.0
"""How long a process waits for the others in a step: longer than any evaluation or upload should take."""

_TRY_S = 2.0
_LOST = (
    "Connection closed by peer",
    "Connection reset by peer",
    "Broken pipe",
    "Timed out waiting",
    "timed out",
    "Socket Timeout",
    "NCCL",
    "gloo",
)
"""What errors of torch.distributed say; they have no class of their own in every version."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ranks:
    """The processes of a training, as one of them sees them.

    rank:    its number, from 0; the first one writes models and checkpoints
    count:   how many there are
    control: the group for small values on the CPU
    neighbours: the same processes, when they train on the processors of one machine
    """

    place: Place = NOT_SHARED
    rank: int = 0
    count: int = 1
    control: Any = None
    neighbours: Neighbours | None = None

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    @property
    def are_several(self) -> bool:
        return self.count > 1

    def sum(self, values: Tensor | Sequence[float]) -> Tensor:
        """The sum of the values of all processes, on the CPU in float64."""
        given = torch.as_tensor(values, dtype=torch.float64).detach().cpu().clone()
        if self.neighbours is not None:
            self.neighbours.add_up(given)
        elif self.are_several:
            dist.all_reduce(given, group=self.control)
        return given

    def any(self, value: bool) -> bool:
        """Whether the value is true in a process."""
        return bool(self.sum([float(value)])[0] > 0) if self.are_several else value

    def from_first(self, value: T) -> T:
        """The first process's value. Only plain values and bytes."""
        if not self.are_several:
            return value
        held = [value]
        dist.broadcast_object_list(held, src=0, group=self.control)
        return held[0]

    def to_first(self, value: T) -> list[T]:
        """In the first process the values of all, by rank; empty in the others."""
        if not self.are_several:
            return [value]
        held: list[Any] = [None] * self.count if self.is_first else []
        dist.gather_object(value, held if self.is_first else None, dst=0, group=self.control)
        return held

    def add_up(self, values: Tensor) -> None:
        """Replaces the values by their sums over all processes, on the training's device."""
        if self.neighbours is not None:
            self.neighbours.add_up(values)
        else:
            dist.all_reduce(values)


ALONE = Ranks()


@contextmanager
def joined(container: Container) -> Iterator[Ranks]:
    """The ranks of the training in this container; waits until all its processes have met.

    Raises: AlgorithmError: they do not meet in time. PeerLost: one of them ended, or does not answer.
    """
    if container.place.is_alone:
        yield ALONE
        return
    ranks = _meet(container)
    try:
        yield ranks
    except RuntimeError as error:
        if not any(text in str(error) for text in _LOST):
            raise
        raise PeerLost(
            f"Process {ranks.rank + 1} of {ranks.count} lost the connection to another process of the training: "
            f"{str(error).splitlines()[0][:200]}"
        ) from error
    dist.destroy_process_group()


def _meet(container: Container) -> Ranks:
    place, limit_s = container.place, _limit_s()
    address, port = os.environ.get("MASTER_ADDR"), os.environ.get("MASTER_PORT", "")
    if not address or not port.isdecimal():
        raise AlgorithmError(
            "MASTER_ADDR and MASTER_PORT are not set, so the processes cannot find each other"
        )
    where = f"{container.hosts[0]} ({address}:{port})"
    logger.info("Waiting for the other processes of the training at %s.", where)
    if container.interface:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", container.interface)
        os.environ.setdefault("NCCL_SOCKET_IFNAME", container.interface)
    deadline = time.monotonic() + limit_s
    store = _store(place, address, int(port), where, deadline, container)
    counts = _counts(store, container, deadline, limit_s)
    rank, count = sum(counts[: place.host]) + place.process, sum(counts)
    backend = "nccl" if torch.cuda.is_available() and not os.environ.get(SHARED_GPU) else "gloo"
    left = timedelta(seconds=max(1.0, deadline - time.monotonic()))
    try:
        dist.init_process_group(
            backend,
            store=PrefixStore("training", store),
            rank=rank,
            world_size=count,
            timeout=timedelta(seconds=ANSWER_S),
        )
        control = None if backend == "gloo" else dist.new_group(backend="gloo", timeout=left)
    except RuntimeError as error:
        raise PeerLost(f"The processes of the training did not meet at {where}: {error}") from error
    ranks = _with_neighbours(Ranks(place, rank, count, control))
    through = "shared memory" if ranks.neighbours else backend
    logger.info("Process %d of %d, on %d host(s), connected by %s.", rank + 1, count, place.hosts, through)
    return ranks


def _with_neighbours(ranks: Ranks) -> Ranks:
    if torch.cuda.is_available():
        return ranks
    try:
        found = neighbours.meet(ranks.rank, ranks.count, ANSWER_S, ranks.from_first, ranks.any)
    except (OSError, RuntimeError) as error:
        raise PeerLost(f"The processes of the training lost each other while they met: {error}") from error
    return replace(ranks, neighbours=found)


def _store(
    place: Place, address: str, port: int, where: str, deadline: float, container: Container
) -> TCPStore:
    """The key-value store of the first process. The others try again until it listens."""
    if place.host == 0 and place.leads_host:
        try:
            # bound to this address only: the store has no password
            listening = socket.create_server((address, port))
        except OSError as error:
            raise AlgorithmError(
                f"cannot listen at {where}: {error.strerror}; start the training again"
            ) from None
        return TCPStore(
            address, port, is_master=True, wait_for_workers=False, master_listen_fd=listening.detach()
        )
    while True:
        try:
            socket.create_connection((address, port), timeout=_TRY_S).close()
            return TCPStore(address, port, is_master=False, wait_for_workers=False)
        except (OSError, RuntimeError) as error:
            _check_waiting(container, deadline, f"{where} does not answer ({error})")
            time.sleep(0.1)


def _counts(store: TCPStore, container: Container, deadline: float, limit_s: float) -> list[int]:
    """How many processes each host has; waits until all processes have said that they are here."""
    place = container.place
    store.set(f"here/{place.host}/{place.process}", str(place.processes))
    counts: list[int] = []
    for number, host in enumerate(container.hosts):
        processes = 1
        process = 0
        while process < processes:
            key = f"here/{number}/{process}"
            while not store.check([key]):
                which = f"process {process + 1} of {host}" if process else host
                _check_waiting(container, deadline, f"{which} did not come within {limit_s:.0f} s")
                time.sleep(0.02)
            processes = int(store.get(key))
            process += 1
        counts.append(processes)
    return counts


def _check_waiting(container: Container, deadline: float, what: str) -> None:
    """Raises: AlgorithmError: the time to meet is over. PeerLost: the training is asked to stop."""
    if container.stop_requested.is_set():
        raise PeerLost("The training was asked to stop before its processes had met")
    if time.monotonic() > deadline:
        raise AlgorithmError(
            f"The processes of the training did not meet: {what}. Check that the instances reach each other; "
            f"{MEETING_VARIABLE} in the job's Environment changes the time limit"
        )


def _limit_s() -> float:
    text = os.environ.get(MEETING_VARIABLE, "").strip()
    if not text:
        return MEETING_S
    if not text.isdecimal() or not int(text):
        raise CustomerError(f"{MEETING_VARIABLE} is {text!r}; it must be a number of seconds above 0")
    return float(text)
