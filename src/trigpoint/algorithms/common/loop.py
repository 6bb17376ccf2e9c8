"""The training loop of all algorithms: in each epoch train, score, keep the best model, write a checkpoint.

Everything random is seeded by fixed numbers, the epoch and the place of the example in its stream. Two runs over the
same data on the same machine have the same losses, and a resumed run continues as if it had not been interrupted.

An algorithm brings a `Learner`: its network, what it makes of a batch, its score, its files and its log lines.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from trigpoint.algorithms.common import hardware, metric_lines
from trigpoint.algorithms.common.artifacts import load_state, save_state
from trigpoint.algorithms.common.batches import BatchSettings, read_batches
from trigpoint.algorithms.common.best import Best, EarlyStopping
from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.algorithms.common.optimizers import (
    OptimizerSettings,
    learning_rate,
    make_optimizer,
    set_learning_rate,
)
from trigpoint.algorithms.common.sources import Raw, Source

SEED = 0
CHECKPOINT_NAME = "last.state"
BEST_FOLDER = "best"

E = TypeVar("E")


class LoopSettings(OptimizerSettings, EarlyStopping, BatchSettings, Protocol):
    """The hyperparameters that the loop needs."""

    @property
    def epochs(self) -> int: ...


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a network made of one batch."""

    loss: Tensor
    """Scalar to be lowered, float32."""

    measured: Mapping[str, Tensor]
    """Scalars by name; their means over the epoch's batches are reported."""


@dataclass(slots=True)
class Totals:
    """The sums of one epoch."""

    started_s: float
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

    def add(self, result: BatchResult, examples: int) -> None:
        self.batches += 1
        self.examples += examples
        for name, value in result.measured.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value.detach())
        self.seconds = time.monotonic() - self.started_s


class Report(Protocol):
    """The log of one algorithm's training. Clients parse these lines; a module may implement this."""

    EVERY_BATCHES: int

    def batches(self, epoch: int, totals: Totals) -> None:
        """Logs how far an epoch is, every EVERY_BATCHES batches and at its end."""

    def trained(self, host: str, epoch: int, totals: Totals) -> None:
        """Logs the measured values of an epoch."""

    def scored(self, host: str, epoch: int, score: float) -> None:
        """Logs the score on the validation channel."""

    def improved(self, score: float) -> None:
        """Logs that the best model is about to be replaced."""

    def epoch_done(self, host: str, epochs_done: int, epochs: int, totals: Totals) -> None:
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

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """The trained parameters, see `make_optimizer`."""

    def prepare(self, raw: Raw, rng: Random | None) -> E:
        """Decodes one example; varies it with `rng` when that is given. Called by several threads.

        Raises: InvalidSample: the example cannot be used. CustomerError: the training cannot continue.
        """

    def evaluate_batch(self, batch: Sequence[E]) -> BatchResult:
        """The losses of a batch. The model is in training mode."""

    def score(self, batches: Iterator[list[E]]) -> float:
        """How well the model does on these examples; higher is better. The model is in evaluation mode."""

    def save(self, folder: Path) -> Path:
        """Writes the model artifact; the path of its weights."""


def seed() -> None:
    """Fixes the random weights of networks that are made from now on, and the number of torch's threads."""
    torch.set_num_threads(hardware.cores())
    torch.manual_seed(SEED)


class TrainingRun(Generic[E]):
    """A training in progress: network, optimizer, epoch, and the best score so far."""

    def __init__(
        self, container: Container, settings: LoopSettings, sources: Mapping[str, Source], learner: Learner[E]
    ) -> None:
        self.container, self.settings, self.sources, self.learner = container, settings, sources, learner
        self.optimizer = make_optimizer(settings, learner.parameter_groups())
        self.epoch = 0
        self.best = Best()
        self.kept_a_model = False
        self._passes: dict[
            str, int
        ] = {}  # channel -> passes that this process has begun: the pipe's own count

    def run(self) -> None:
        """Trains until the last epoch, early stopping or the wish to stop, and leaves a model artifact."""
        host, epochs, report = self.container.host, self.settings.epochs, self.learner.report
        while self.epoch < epochs and not self.finished_early():
            totals = self.train_epoch()
            if self.container.stop_requested.is_set():
                logger.info("Asked to stop in epoch %d after %d batches.", self.epoch, totals.batches)
                break
            report.batches(self.epoch, totals)
            report.trained(host, self.epoch, totals)
            self.score_and_keep()
            self.epoch += 1
            self.checkpoint()
            report.epoch_done(host, self.epoch, epochs, totals)
        if not self.kept_a_model:
            self.keep_model()

    def train_epoch(self) -> Totals:
        """One pass over the train channel, with a step for each batch."""
        self.learner.model.train()
        set_learning_rate(self.optimizer, learning_rate(self.settings, self.epoch))
        totals = Totals(started_s=time.monotonic())
        for batch in self._batches("train"):
            totals.add(self.step(batch), len(batch))
            if totals.batches % self.learner.report.EVERY_BATCHES == 0:
                self.learner.report.batches(self.epoch, totals)
        return totals

    def step(self, batch: Sequence[E]) -> BatchResult:
        """Forward, losses, backward, update. Raises: CustomerError: the loss is no longer a finite number."""
        result = self.learner.evaluate_batch(batch)
        if not math.isfinite(float(result.loss.detach())):
            raise CustomerError(
                f"The loss is not finite in epoch {self.epoch}; "
                f"try a lower learning_rate than {self.settings.learning_rate}"
            )
        self.optimizer.zero_grad()
        result.loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return result

    def score_and_keep(self) -> None:
        """Scores the model on the validation channel, and keeps it when it is the best so far."""
        if "validation" not in self.container.channels:
            return
        self.learner.model.eval()
        score = self.learner.score(self._batches("validation"))
        if self.container.stop_requested.is_set():
            return
        self.learner.report.scored(self.container.host, self.epoch, score)
        self.best.take(score, self.settings.early_stopping_tolerance)
        if self.best.improved:
            self.learner.report.improved(score)
            self.keep_model()

    def finished_early(self) -> bool:
        """Whether early stopping ends the training here."""
        if not self.best.enough(self.settings, self.epoch):
            return False
        self.learner.report.stopped_early(self.epoch - 1, self.best.score)
        return True

    def keep_model(self) -> None:
        """Writes the network as it is now into the model directory."""
        path = self.learner.save(self.container.model_dir)
        self.kept_a_model = True
        logger.info(metric_lines.saved(str(path)))

    def checkpoint(self) -> None:
        """Writes what a later process needs to continue from here, if the platform keeps checkpoints."""
        folder = self.container.checkpoint_dir
        if not folder.is_dir():
            return
        state = {
            "network": list(self.learner.network.values()),
            "model": self.learner.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "best_score": self.best.score,
            "epochs_without_gain": self.best.epochs_without_gain,
        }
        save_state(folder / CHECKPOINT_NAME, state)
        if self.best.improved:
            self.learner.save(folder / BEST_FOLDER)

    def resume(self) -> None:
        """Continues from a checkpoint, if there is one.

        Raises: CustomerError: it was written for another network.
        """
        path = self.container.checkpoint_dir / CHECKPOINT_NAME
        if not path.exists():
            return
        state = load_state(path)
        names, mine = ", ".join(self.learner.network), list(self.learner.network.values())
        if state["network"] != mine:
            raise CustomerError(
                f"The checkpoint is of {names} {state['network']}, this training of {mine}; "
                "use another CheckpointConfig.S3Uri"
            )
        self.learner.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.best = Best(state["best_score"], state["epochs_without_gain"])
        self._restore_best()
        logger.info("Resuming from the checkpoint of epoch %d.", self.epoch - 1)

    def _restore_best(self) -> None:
        best = self.container.checkpoint_dir / BEST_FOLDER
        if not best.is_dir():
            return
        self.container.model_dir.mkdir(parents=True, exist_ok=True)
        for file in best.iterdir():
            (self.container.model_dir / file.name).write_bytes(file.read_bytes())
        self.kept_a_model = True

    def _batches(self, channel: str) -> Iterator[list[E]]:
        number = self._passes.get(channel, 0)
        self._passes[channel] = number + 1
        epoch = self.epoch if channel == "train" else None
        return read_batches(
            self.sources[channel],
            channel,
            number,
            shuffled_by=epoch,
            prepare=functools.partial(self._prepare, epoch),
            settings=self.settings,
            stop=self.container.stop_requested,
        )

    def _prepare(self, epoch: int | None, index: int, raw: Raw) -> E:
        """The example at this place of its stream; varied in a training epoch, unchanged when epoch is None."""
        return self.learner.prepare(raw, None if epoch is None else Random(f"{SEED}:{epoch}:{index}"))
