"""The order of an epoch's elements: that of the source, or a shuffle that is a pure function of integers.

The order of epoch e with seed s is a Fisher-Yates shuffle: for i = 0, 1, ..., n - 1 the element at i is swapped
with the one at i + floor(r * (n - i) / 2**64), where r is the next number of SplitMix64, started at
`_start(s, e)`. It needs no data and is computed step by step: the first element does not wait for the last.

Bias: the multiplication favours some places by at most n / 2**64, which is too small to measure.
Source: training.md 1.5; Steele, Lea, Flood 2014 (SplitMix64).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice

from trigpoint.streaming.stage import State, Taking

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def shuffled(count: int, seed: int, epoch: int) -> Iterator[int]:
    """The numbers 0 to count - 1, each once, in the order of this seed and epoch."""
    order = array("Q", range(count))
    state = _start(seed, epoch)
    for place, left in enumerate(range(count, 0, -1)):
        state = (state + _GOLDEN) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        other = place + (((mixed ^ (mixed >> 31)) * left) >> 64)
        chosen = order[other]
        order[other] = order[place]
        yield chosen


def _start(seed: int, epoch: int) -> int:
    """The start of the generator: seed and epoch mixed, so that neighbours have nothing in common."""
    return _mix(_mix(seed & _MASK) ^ ((epoch + 1) * _GOLDEN & _MASK))


def _mix(number: int) -> int:
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


class Order(Taking[int]):
    """Yields the places 0 to count - 1 of one epoch, in order, or shuffled when a seed is given."""

    def __init__(self, count: int, seed: int | None = None, epoch: int = 0) -> None:
        self._count, self._seed, self._epoch = count, seed, epoch
        self._position = 0
        self._places = self._from(0)

    def take(self, most: int) -> list[int]:
        places = list(islice(self._places, most))
        self._position += len(places)
        return places

    def get_state(self) -> State:
        return {"epoch": self._epoch, "position": self._position}

    def set_state(self, state: State) -> None:
        """Goes to the state's epoch and position; for a shuffled epoch this takes about 1 us per element."""
        self._epoch, self._position = state["epoch"], state["position"]
        self._places = self._from(self._position)

    def close(self) -> None:
        self._places = iter(())

    def _from(self, position: int) -> Iterator[int]:
        if self._seed is None:
            return iter(range(position, self._count))
        return islice(shuffled(self._count, self._seed, self._epoch), position, None)

    def __str__(self) -> str:
        return f"Order(count={self._count}, seed={self._seed}, epoch={self._epoch})"
