"""Gradients of the processes of one machine: their means, computed through memory that all of them see.

torch's DistributedDataParallel does the same over connections. On processors, where nothing else could compute meanwhile,
its copies cost a third of a small network's step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from trigpoint.algorithms.common.neighbours import Neighbours

_ALIGNED_BYTES = 64


def bytes_of_gradients(network: nn.Module) -> int:
    """How much memory a process needs for the gradients of a network."""
    return sum(_room(each) for each in _trained(network))


class SharedMean(nn.Module):
    """A network whose gradients, after a backward pass, are the means of those of all processes.

    Every backward pass must reach all parameters that are trained, as in DistributedDataParallel.

    Args: memory: of each process, by rank; see `neighbours.shared_memory`.
    """

    def __init__(self, network: nn.Module, neighbours: Neighbours, memory: Sequence[memoryview]) -> None:
        super().__init__()
        self.module = network
        self._neighbours = neighbours
        self._parameters_left = 0
        self._trained = _trained(network)
        # [parameter][rank]
        self._given = [
            list(each) for each in zip(*(_views(self._trained, part) for part in memory), strict=True)
        ]
        for number, parameter in enumerate(self._trained):
            parameter.register_post_accumulate_grad_hook(partial(self._take, number))  # type: ignore[no-untyped-call]

    def forward(self, *inputs: Any) -> Any:
        return self.module(*inputs)

    def _take(self, number: int, parameter: Tensor) -> None:
        """Called when the gradient of a parameter is complete; the last call of a pass computes the means of all."""
        if not self._parameters_left:
            self._parameters_left = len(self._trained)
            self._neighbours.wait()  # until all have read what they were given in the last pass
        assert parameter.grad is not None
        given = self._given[number]
        torch.mul(parameter.grad, 1 / len(given), out=given[self._neighbours.rank])
        self._parameters_left -= 1
        if not self._parameters_left:
            self._neighbours.wait()
            self._add_up()

    def _add_up(self) -> None:
        # in the order of the ranks in all processes, so that their weights stay equal, bit by bit
        for parameter, (first, second, *others) in zip(self._trained, self._given, strict=True):
            assert parameter.grad is not None
            torch.add(first, second, out=parameter.grad)
            for other in others:
                parameter.grad.add_(other)


def _trained(network: nn.Module) -> list[nn.Parameter]:
    return [each for each in network.parameters() if each.requires_grad]


def _room(parameter: Tensor) -> int:
    size_bytes = parameter.numel() * parameter.element_size()
    return -(-size_bytes // _ALIGNED_BYTES) * _ALIGNED_BYTES


def _views(parameters: Sequence[Tensor], memory: memoryview) -> list[Tensor]:
    """A tensor in the memory for the gradient of each parameter, in its order of dimensions."""
    views, at = [], 0
    for each in parameters:
        flat = torch.frombuffer(memory, dtype=each.dtype, count=each.numel(), offset=at)
        views.append(flat.as_strided(each.shape, each.stride()))
        at += _room(each)
    return views
