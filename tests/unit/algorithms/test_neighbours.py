"""Sums of processes of one machine; here each of them is a thread, with sockets and memory of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
import torch
from torch import nn

from trigpoint.algorithms.common.harness import PeerLost
from trigpoint.algorithms.common.neighbours import MESSAGE_BYTES, Neighbours, meet, shared_memory
from trigpoint.algorithms.common.shared_mean import SharedMean, bytes_of_gradients

T = TypeVar("T")
COUNT = 3


class Group:
    """What torch.distributed does for the processes until they have met."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(COUNT)
        self._held: dict[int, Any] = {}

    def all(self, rank: int, value: Any) -> dict[int, Any]:
        self._held[rank] = value
        self._barrier.wait(30)
        found = dict(self._held)
        self._barrier.wait(30)
        return found

    def ways(self, rank: int) -> tuple[Callable[[Any], Any], Callable[[bool], bool]]:
        return lambda value: self.all(rank, value)[0], lambda value: any(self.all(rank, value).values())


def in_each(work: Callable[[Neighbours, Group], T]) -> list[T]:
    """What the work returns in each of the processes, which have met."""
    group = Group()

    def begin(rank: int) -> T:
        found = meet(rank, COUNT, 30, *group.ways(rank))
        assert found is not None
        return work(found, group)

    with ThreadPoolExecutor(COUNT) as pool:
        return list(pool.map(begin, range(COUNT)))


def test_sums_are_the_same_in_all_processes_whatever_their_size() -> None:
    most = MESSAGE_BYTES // 8
    values = [torch.rand(2 * most + 3, dtype=torch.float64) for _ in range(COUNT)]

    def work(neighbours: Neighbours, _: Group) -> torch.Tensor:
        mine = values[neighbours.rank].clone()
        neighbours.add_up(mine)
        neighbours.wait()
        one = torch.tensor(float(neighbours.rank), dtype=torch.float64)
        neighbours.add_up(one)
        return torch.cat((mine, one[None]))

    first, *others = in_each(work)
    assert torch.equal(first[:-1], values[0] + values[1] + values[2])
    assert first[-1] == 3
    assert all(torch.equal(first, each) for each in others)


def test_a_process_that_ends_is_noticed_by_the_others() -> None:
    def work(neighbours: Neighbours, _: Group) -> None:
        if neighbours.rank == 1:
            for link in neighbours.links.values():
                link.close()
            return
        with pytest.raises(PeerLost, match="lost another process"):
            neighbours.wait()
        for link in neighbours.links.values():
            link.close()

    in_each(work)


def test_gradients_are_the_means_of_those_of_all_processes_in_each_pass() -> None:
    networks = []
    for _ in range(COUNT + 1):
        torch.manual_seed(0)
        networks.append(nn.Sequential(nn.Conv2d(2, 3, 2), nn.Flatten(), nn.Linear(12, 2)))
        networks[-1].to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.rand(2, COUNT, 4, 2, 3, 3)

    def work(neighbours: Neighbours, group: Group) -> list[list[torch.Tensor]]:
        network = networks[neighbours.rank]
        memory = shared_memory(
            neighbours.rank, COUNT, bytes_of_gradients(network), *group.ways(neighbours.rank)
        )
        assert memory is not None
        joint = SharedMean(network, neighbours, memory)
        found = []
        for each in x:
            network.zero_grad()
            joint(each[neighbours.rank]).square().mean().backward()
            found.append([p.grad.clone() for p in network.parameters() if p.grad is not None])
        return found

    first, *others = in_each(work)
    for each, grads in zip(x, first, strict=True):
        networks[-1].zero_grad()
        networks[-1](each.flatten(0, 1)).square().mean().backward()
        for parameter, grad in zip(networks[-1].parameters(), grads, strict=True):
            assert torch.allclose(parameter.grad, grad, atol=1e-6)  # type: ignore[arg-type]
    for other in others:
        assert all(
            torch.equal(a, b)
            for one, two in zip(first, other, strict=True)
            for a, b in zip(one, two, strict=True)
        )


def test_too_little_memory_is_noticed_by_all_before_it_is_used() -> None:
    def work(neighbours: Neighbours, group: Group) -> bool:
        return shared_memory(neighbours.rank, COUNT, 1 << 50, *group.ways(neighbours.rank)) is None

    assert all(in_each(work))
