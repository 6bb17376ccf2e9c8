"""The training loop of all algorithms: in each epoch train, score, keep the best model, write a checkpoint.

Everything random is seeded by fixed numbers, the epoch and the place of the example in its stream. Two runs over the
same data on the same machine have the same losses. A run that is killed anywhere continues from its last checkpoint, in
the middle of an epoch, as if it had not been interrupted.

An algorithm brings a learner, see learner.py.
"""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Generic, TypeVar

import torch

from trigpoint.algorithms.common import hardware, metric_lines
from trigpoint.algorithms.common.batches import Reading, read_ahead, read_batches
from trigpoint.algorithms.common.best import Best
from trigpoint.algorithms.common.checkpoint_schedule import CheckpointSchedule
from trigpoint.algorithms.common.checkpoints import (
    Continued,
    Trained,
    load_checkpoint,
    restore_best,
    save_best,
    save_checkpoint,
)
from trigpoint.algorithms.common.harness import Container, CustomerError, logger
from trigpoint.algorithms.common.learner import BatchResult, EpochTotals, Learner, LoopSettings
from trigpoint.algorithms.common.lockstep import SharedPass, in_lockstep
from trigpoint.algorithms.common.optimizers import learning_rate, make_optimizer, set_learning_rate
from trigpoint.algorithms.common.place import Place
from trigpoint.algorithms.common.progress import Progress
from trigpoint.algorithms.common.random_state import seed_all
from trigpoint.algorithms.common.ranks import ALONE, Ranks
from trigpoint.algorithms.common.relay import relayed
from trigpoint.algorithms.common.share import Share, share_of
from trigpoint.algorithms.common.sources import ExampleSource, InvalidSample, Raw

SEED = 0

E = TypeVar("E")


def seed() -> None:
    """Fixes the random weights of networks that are made from now on, and the number of torch's threads."""
    torch.set_num_threads(hardware.cores())
    seed_all(SEED)


class TrainingRun(Generic[E]):
    """A training in progress: network, optimizer, how far it is, and the best score so far."""

    def __init__(
        self,
        container: Container,
        settings: LoopSettings,
        sources: Mapping[str, ExampleSource],
        learner: Learner[E],
        ranks: Ranks = ALONE,
    ) -> None:
        self.ranks = ranks
        self.container, self.settings, self.learner = container, settings, learner
        self.sources = {
            name: relayed(source, name, ranks.place, functools.partial(self._share_at, name))
            for name, source in sources.items()
        }
        self.optimizer = make_optimizer(settings.optimizer_options, learner.parameter_groups())
        self.scaler = torch.amp.GradScaler(hardware.device().type, enabled=learner.scales_gradients)
        self.progress = Progress()
        self.best = Best()
        self.kept_a_model = False
        self._keeps_changed = False  # since the last checkpoint
        self._schedule = CheckpointSchedule()
        # channel -> passes that this training has begun: the pipe's own count
        self._passes: dict[str, int] = {}

    @property
    def epoch(self) -> int:
        """The epoch that is trained, from 0."""
        return self.progress.epoch

    def run(self) -> None:
        """Trains until the last epoch, early stopping or the wish to stop, and leaves a model artifact."""
        if not self.ranks.place.leads_host:
            logger.setLevel(logging.WARNING)
        while self.epoch < self.settings.epochs and not self.finished_early():
            if not self._complete_epoch():
                break
        self.checkpoint()
        if not self.kept_a_model:
            self.keep_model(self.epoch, None)

    def _complete_epoch(self) -> bool:
        """One epoch with its evaluation, or the rest of it; False when the training is asked to stop in it."""
        host, epochs, report = self.container.host, self.settings.epochs, self.learner.report
        totals = self.train_epoch()
        if self._is_stopped():
            logger.info("Asked to stop in epoch %d after %d batches.", self.epoch, totals.batches)
            return False
        report.trained(host, self.epoch, totals)
        if not self.score_and_keep():
            logger.info("Asked to stop while the model of epoch %d was evaluated.", self.epoch)
            return False
        self.progress = self.progress.after_epoch(self._passes.get("train", 0))
        if self._is_round(self.epoch) or self._schedule.is_due:
            self.checkpoint()
        report.epoch_done(host, self.epoch, epochs, totals)
        return True

    def train_epoch(self) -> EpochTotals:
        """One pass over the train channel, or the rest of it, with a step for each batch."""
        self.learner.model.train()
        set_learning_rate(self.optimizer, learning_rate(self.settings, self.epoch))
        totals = self.progress.totals
        totals.start()
        self.progress.stream = self._passes.get("train", 0)
        for batch in self._batches("train", self.progress.reading):
            result = self.step(batch, totals.batches + 1)
            totals.add(result, len(batch) if result.of_all is None else result.of_all.examples)
            if totals.batches % self.learner.report.EVERY_BATCHES == 0:
                self.learner.report.batches(self.epoch, totals)
            if self._schedule.is_due:
                self.checkpoint()
        return totals

    def step(self, batch: Sequence[E], number: int = 1) -> BatchResult:
        """Forward, losses, backward, update.

        Args:   number: of the batch in its epoch, from 1, for messages.
        Raises: CustomerError: the loss is no longer a finite number, or the memory is too small.
        """
        try:
            result = self.learner.evaluate_batch(batch)
            self._check_finite(result, number)
            self.optimizer.zero_grad()
            self.scaler.scale(result.loss).backward()  # type: ignore[no-untyped-call]
            self.scaler.step(self.optimizer)
            self.scaler.update()
        except (RuntimeError, MemoryError) as error:
            if not hardware.is_out_of_memory(error):
                raise
            raise CustomerError(
                f"Out of memory in epoch {self.epoch}, batch {number}; lower mini_batch_size "
                f"({self.settings.mini_batch_size}) or image_shape"
            ) from None
        return result

    def _check_finite(self, result: BatchResult, number: int) -> None:
        loss = float(result.loss.detach()) if result.of_all is None else result.of_all.loss
        if math.isfinite(loss):
            return
        raise self._not_finite(f"The loss is not finite in epoch {self.epoch}, batch {number}")

    def _not_finite(self, what: str) -> CustomerError:
        rate = self.settings.learning_rate
        return CustomerError(f"{what}; try a lower learning_rate than {rate}{self.learner.way_out}")

    def score_and_keep(self) -> bool:
        """Scores the model on the validation channel, and keeps it when it is the best so far or its turn.

        False, with nothing changed, when the training was asked to stop meanwhile.
        """
        score = self._score()
        if self._is_stopped():
            return False
        done = self.epoch + 1
        if score is not None:
            self.learner.report.scored(self.container.host, self.epoch, score)
            self.best.take(score, self.settings.early_stopping_tolerance)
            if self.best.improved and self.learner.keep_every is None:
                self.learner.report.improved(score)
                self.keep_model(done, score)
        if self._is_round(done):
            self.keep_model(done, score)
        return True

    def _is_stopped(self) -> bool:
        """Whether the training was asked to stop, in any of its processes."""
        if self.ranks.any(self.container.stop_requested.is_set()):
            self.container.stop_requested.set()
        return self.container.stop_requested.is_set()

    def _is_round(self, epochs: int) -> bool:
        """Whether the model after so many epochs is kept, however good it is."""
        every = self.learner.keep_every
        return every is not None and epochs % every == 0

    def _score(self) -> float | None:
        """The score on the validation channel; None without one."""
        if "validation" not in self.container.channels:
            return None
        self.learner.model.eval()
        return self.learner.score(self._batches("validation"))

    def finished_early(self) -> bool:
        """Whether early stopping ends the training here."""
        if not self.best.enough(self.settings, self.epoch):
            return False
        self.learner.report.stopped_early(self.epoch - 1, self.best.score)
        return True

    def keep_model(self, epochs: int, score: float | None) -> None:
        """Writes the network as it is now, after so many epochs, into the model directory.

        Raises: CustomerError: the last step made numbers of it that are not finite.
        """
        if not all(bool(torch.isfinite(each).all()) for each in self.learner.model.state_dict().values()):
            raise self._not_finite(f"The weights are not finite after {epochs} epoch(s)")
        self.kept_a_model = self._keeps_changed = True
        if not self.ranks.is_first:
            return
        path = self.learner.save(self.container.model_dir, epochs, score)
        logger.info(metric_lines.saved(str(path)))

    def checkpoint(self) -> None:
        """Writes what a later process needs to continue from here, if the platform keeps checkpoints."""
        folder = self.container.checkpoint_dir
        if not folder.is_dir() or not self.ranks.is_first:
            return
        with self._schedule.writing():
            # first the models: a process that is killed in between repeats the epoch and keeps the same one
            if self._keeps_changed:
                save_best(folder, self.container.model_dir)
                self._keeps_changed = False
            save_checkpoint(
                folder, self._trained(), Continued(self.progress, self.best, self.learner.state())
            )

    def resume(self) -> bool:
        """Continues from a checkpoint; False when there is none. Raises: CustomerError: it is of another network."""
        folder = self.container.checkpoint_dir
        found = load_checkpoint(folder, self._trained())
        if found is None:
            return False
        self.progress, self.best = found.progress, found.best
        self.learner.restore(found.learner)
        self._passes["train"] = self.progress.stream
        kept = self.ranks.is_first and restore_best(folder, self.container.model_dir)
        self.kept_a_model = self.ranks.any(kept)
        logger.info(
            "Resuming from the checkpoint in epoch %d, after %d batches.",
            self.epoch,
            self.progress.totals.batches,
        )
        return True

    def _trained(self) -> Trained:
        return Trained(self.learner.network, self.learner.model, self.optimizer, self.scaler)

    def raw_examples(self, channel: str) -> Iterator[Raw | InvalidSample]:
        """One pass over the examples of a channel as they are stored, for what must be known before the training."""
        number, share = self._next_pass(channel), self._share(channel)
        stop = self.container.stop_requested
        return (raw for _, raw in read_ahead(self.sources[channel], number, None, stop, share=share))

    def _share(self, channel: str) -> Share | None:
        if not self.ranks.are_several:
            return None
        return self._share_at(channel, self.ranks.place)

    def _share_at(self, channel: str, place: Place) -> Share:
        return share_of(place, self.settings.mini_batch_size, self.container.is_sharded(channel))

    def _next_pass(self, channel: str) -> int:
        number = self._passes.get(channel, 0)
        self._passes[channel] = number + 1
        return number

    def _batches(self, channel: str, reading: Reading | None = None) -> Iterator[list[E]]:
        number, source = self._next_pass(channel), self.sources[channel]
        epoch = self.epoch if channel == "train" else None
        at = Reading() if reading is None else reading
        batches = read_batches(
            source,
            channel,
            number,
            shuffled_by=epoch,
            prepare=functools.partial(self._prepare, epoch),
            settings=self.settings,
            stop=self.container.stop_requested,
            reading=at,
            share=self._share(channel),
        )
        if not self.ranks.are_several:
            return batches
        shared = SharedPass(
            channel,
            source,
            at,
            None if epoch is None else self.settings.num_training_samples,
            self.settings.mini_batch_size * self.ranks.place.hosts,
            self.container.is_sharded(channel),
        )
        return in_lockstep(batches, self.ranks, shared, self.container.stop_requested)

    def _prepare(self, epoch: int | None, index: int, raw: Raw) -> E:
        """The example at this place of its stream; varied in a training epoch, unchanged when epoch is None."""
        return self.learner.prepare(raw, None if epoch is None else Random(f"{SEED}:{epoch}:{index}"))
