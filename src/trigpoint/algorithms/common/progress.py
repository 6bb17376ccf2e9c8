"""How far a training is: the part of a checkpoint that is neither weights nor random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from trigpoint.algorithms.common.batches import Reading
from trigpoint.algorithms.common.learner import EpochTotals


@dataclass(slots=True)
class Progress:
    """A place in a training, always between two batches.

    epoch:   how many epochs are complete
    stream:  the number of the pass through the train channel that this epoch reads; the pipe's own count
    reading: how far that pass is; a later process continues there
    totals:  the sums over the batches of this epoch so far
    """

    epoch: int = 0
    stream: int = 0
    reading: Reading = field(default_factory=Reading)
    totals: EpochTotals = field(default_factory=EpochTotals)

    def after_epoch(self, stream: int) -> Progress:
        """The place at the beginning of the next epoch, which reads this pass."""
        return Progress(self.epoch + 1, stream)

    def to_state(self) -> dict[str, Any]:
        """The place as plain values."""
        totals = asdict(self.totals)
        del totals["started_s"]  # a time of this process
        return {
            "epoch": self.epoch,
            "stream": self.stream,
            "reading": asdict(self.reading),
            "totals": totals,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Progress:
        """The place that `to_state` described. Raises: LookupError, TypeError: it is not one."""
        return cls(
            state["epoch"], state["stream"], Reading(**state["reading"]), EpochTotals(**state["totals"])
        )
