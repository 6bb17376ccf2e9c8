"""The training loop of all algorithms: in each epoch train, score, keep the best model, write a checkpoint.

Everything random is seeded by fixed numbers, the epoch and the place of the example in its stream. Two runs over the
same data on the same machine have the same losses, and a resumed run continues as if it had not been interrupted.

An algorithm brings a learner, see learner.py.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Generic, TypeVar

import torch

from trigpoint.algorithms.common import hardware, metric_lines
from trigpoint.algorithms.common.batches import read_batches
from trigpoint.algorithms.common.best import Best
from trigpoint.algorithms.common.checkpoints import (
    BEST_FOLDER,
    Trained,
    load_checkpoint,
    restore_best,
    save_checkpoint,
)
from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.algorithms.common.learner import BatchResult, EpochTotals, Learner, LoopSettings
from trigpoint.algorithms.common.optimizers import learning_rate, make_optimizer, set_learning_rate
from trigpoint.algorithms.common.sources import ExampleSource, Raw

SEED = 0

E = TypeVar("E")


def seed() -> None:
    """Fixes the random weights of networks that are made from now on, and the number of torch's threads."""
    torch.set_num_threads(hardware.cores())
    torch.manual_seed(SEED)


class TrainingRun(Generic[E]):
    """A training in progress: network, optimizer, epoch, and the best score so far."""

    def __init__(
        self,
        container: Container,
        settings: LoopSettings,
        sources: Mapping[str, ExampleSource],
        learner: Learner[E],
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

    def train_epoch(self) -> EpochTotals:
        """One pass over the train channel, with a step for each batch."""
        self.learner.model.train()
        set_learning_rate(self.optimizer, learning_rate(self.settings, self.epoch))
        totals = EpochTotals(started_s=time.monotonic())
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
        save_checkpoint(folder, self._trained(), self.epoch, self.best)
        if self.best.improved:
            self.learner.save(folder / BEST_FOLDER)

    def resume(self) -> None:
        """Continues from a checkpoint, if there is one. Raises: CustomerError: it is of another network."""
        folder = self.container.checkpoint_dir
        found = load_checkpoint(folder, self._trained())
        if found is None:
            return
        self.epoch, self.best = found
        self.kept_a_model = restore_best(folder, self.container.model_dir)
        logger.info("Resuming from the checkpoint of epoch %d.", self.epoch - 1)

    def _trained(self) -> Trained:
        return Trained(self.learner.network, self.learner.model, self.optimizer)

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
