"""What an algorithm brings to the training loop: a learner, its log lines, and the settings that the loop needs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Protocol, TypeVar

from torch import Tensor, nn

from trigpoint.algorithms.common.batches import BatchSettings
from trigpoint.algorithms.common.best import EarlyStopping
from trigpoint.algorithms.common.optimizers import OptimizerSettings
from trigpoint.algorithms.common.sources import Raw

E = TypeVar("E")


class LoopSettings(OptimizerSettings, EarlyStopping, BatchSettings, Protocol):
    """The hyperparameters that the loop needs."""

    @property
    def epochs(self) -> int: ...


@dataclass(frozen=True, slots=True)
class OfAll:
    """A step of several processes: the loss over all their examples, and how many those are."""

    loss: float
    examples: int


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a network made of one batch."""

    loss: Tensor
    """Scalar to be lowered, float32. With several processes, the mean of their gradients is that of the whole loss."""

    measured: Mapping[str, Tensor]
    """Scalars by name, over the examples of all processes; their means over the epoch's batches are reported."""

    of_all: OfAll | None = None
    """None in a training of one process."""


@dataclass(slots=True)
class EpochTotals:
    """The sums of one epoch."""

    started_s: float = 0.0
    batches: int = 0
    examples: int = 0
    seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)

    @property
    def records_per_s(self) -> float:
        return self.examples / max(self.seconds, 1e-9)

    @property
    def means(self) -> dict[str, float]:
        """Mean over the batches of each measured scalar."""
        return {name: value / max(self.batches, 1) for name, value in self.sums.items()}

    def start(self) -> None:
        """Lets the time run from now on, after the seconds that an interrupted process needed."""
        self.started_s = time.monotonic() - self.seconds

    def add(self, result: BatchResult, examples: int) -> None:
        self.batches += 1
        self.examples += examples
        for name, value in result.measured.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value.detach())
        self.seconds = time.monotonic() - self.started_s


class Report(Protocol):
    """The log of one algorithm's training. Clients parse these lines; a module may implement this."""

    EVERY_BATCHES: int

    def batches(self, epoch: int, totals: EpochTotals) -> None:
        """Logs how far an epoch is, every EVERY_BATCHES batches."""

    def trained(self, host: str, epoch: int, totals: EpochTotals) -> None:
        """Logs the measured values of an epoch, when its last batch is done."""

    def scored(self, host: str, epoch: int, score: float) -> None:
        """Logs the score on the validation channel."""

    def improved(self, score: float) -> None:
        """Logs that the best model is about to be replaced."""

    def epoch_done(self, host: str, epochs_done: int, epochs: int, totals: EpochTotals) -> None:
        """Logs that an epoch and its evaluation are over."""

    def stopped_early(self, epoch: int, best: float) -> None:
        """Logs that early stopping ends the training after this epoch."""


class Learner(Protocol[E]):
    """What an algorithm brings to the loop. E: an example, ready to be put into a batch."""

    @property
    def model(self) -> nn.Module: ...

    @property
    def network(self) -> Mapping[str, Any]:
        """The hyperparameters that a checkpoint must share with this training, by name."""

    @property
    def report(self) -> Report: ...

    @property
    def keep_every(self) -> int | None:
        """Every how many epochs a model is kept; None keeps only the best, or the last without validation."""

    @property
    def scales_gradients(self) -> bool:
        """Whether gradients are too small for the precision and must be scaled (float16)."""

    @property
    def way_out(self) -> str:
        """What else than a lower learning_rate may help when the loss is not finite; begins with a comma, or empty."""

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """The trained parameters, see `make_optimizer`."""

    def prepare(self, raw: Raw, rng: Random | None) -> E:
        """Decodes one example; varies it with `rng` when that is given. Called by several threads.

        Raises: InvalidSample: the example cannot be used. CustomerError: the training cannot continue.
        """

    def evaluate_batch(self, batch: Sequence[E]) -> BatchResult:
        """The losses of a batch, which with several processes may be empty. The model is in training mode."""

    def score(self, batches: Iterator[list[E]]) -> float:
        """How well the model does on the examples of all processes, of which these are this one's, in some batches none.

        The same number in all processes; higher is better. The model is in evaluation mode.
        """

    def state(self) -> Mapping[str, Any]:
        """What a checkpoint must hold besides the model and the optimizer, as tensors and plain values."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Takes over what `state` gave in an earlier process."""

    def save(self, folder: Path, epochs: int, score: float | None) -> Path:
        """Writes the model after so many epochs into the artifact; the path of its weights.

        score: on the validation channel; None without one.
        """
