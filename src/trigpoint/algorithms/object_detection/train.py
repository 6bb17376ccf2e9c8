"""How is a detector trained? Flat and in order: settings, network, then for each epoch train, evaluate,
keep the best.

Choices:
- Everything random is seeded by fixed numbers, the epoch and the place of the example in its stream: two
  runs over the same data on the same machine give the same losses, and a resumed run goes on as if it had
  not been interrupted.
- The learning rate is a function of the epoch, not a state.
- The network runs in bfloat16 where the card or the CPU multiplies it natively, the losses always in float32.
- The last state goes to `checkpoints/` after each epoch when the platform made that directory.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from torch import nn

from trigpoint.algorithms.harness import Container, CustomerError, log_metrics, logger
from trigpoint.algorithms.object_detection import metric_lines
from trigpoint.algorithms.object_detection.artifacts import load_state, save_model, save_state
from trigpoint.algorithms.object_detection.augment import Example, augment, resize_only, strength_for
from trigpoint.algorithms.object_detection.evaluate import Found, Present, mean_average_precision
from trigpoint.algorithms.object_detection.hyperparameters import ALGORITHM, Hyperparameters
from trigpoint.algorithms.object_detection.incremental import weights_to_start_from
from trigpoint.algorithms.object_detection.loss import Losses, Truth, make_targets, ssd_loss
from trigpoint.algorithms.object_detection.predict import Suppression, detect
from trigpoint.algorithms.object_detection.samples import InvalidSample, read_sample
from trigpoint.algorithms.object_detection.sources import MODEL, Raw, Read, Source
from trigpoint.algorithms.object_detection.ssd import SSD, normalise
from trigpoint.algorithms.pipe import ordered_map
from trigpoint.hyperparameters import merge

SEED = 0
REPORT_EVERY_BATCHES = 100
CHECKPOINT_NAME = "last.state"
MAX_DECODERS = 8
SKIPS_TOLD = 10  # examples that are named one by one; the rest is only counted


def train(container: Container, hp: Hyperparameters, sources: Mapping[str, Source]) -> None:
    """The training of one job, from its checked configuration to its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with.
    """
    torch.set_num_threads(_cores())
    torch.manual_seed(SEED)
    run = Run(container, hp, sources)
    run.start_from_model_channel()
    run.resume()
    while run.epoch < hp.epochs and not run.finished_early():
        totals = run.train_epoch()
        if container.stop_requested.is_set():
            logger.info("Asked to stop in epoch %d after %d batches.", run.epoch, totals.batches)
            break
        run.report(totals)
        run.evaluate_and_keep()
        run.epoch += 1
        run.checkpoint()
        logger.info(metric_lines.progress(container.host, run.epoch, hp.epochs))
        logger.info(metric_lines.throughput(container.host, totals.records_per_s))
    if not run.kept_a_model:
        run.keep_model()
    logger.info("Test data is not provided.")


@dataclass(slots=True)
class Totals:
    """What one epoch came to."""

    started_s: float
    batches: int = 0
    examples: int = 0
    cross_entropy: float = 0.0
    smooth_l1: float = 0.0
    seconds: float = 0.0

    @property
    def records_per_s(self) -> float:
        return self.examples / max(self.seconds, 1e-9)

    def add(self, losses: Losses, examples: int) -> None:
        self.batches += 1
        self.examples += examples
        self.cross_entropy += float(losses.cross_entropy.detach())
        self.smooth_l1 += float(losses.smooth_l1.detach())
        self.seconds = time.monotonic() - self.started_s


class Run:
    """A training under way: network, optimizer, epoch, and the best that was seen so far."""

    def __init__(self, container: Container, hp: Hyperparameters, sources: Mapping[str, Source]) -> None:
        self.container, self.hp, self.sources = container, hp, sources
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half_precision = _has_fast_bfloat16(self.device)
        model = SSD(hp.base_network, hp.image_shape, hp.num_classes)
        if hp.freeze_layer_pattern:
            frozen = model.freeze(hp.freeze_layer_pattern)
            logger.info("Frozen layers: %s", ", ".join(frozen) or "none matches freeze_layer_pattern")
        self.model: SSD = model.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = make_optimizer(self.model, hp)
        self.suppression = Suppression(hp.nms_threshold, hp.nms_topk)
        self.epoch = 0
        self.best_map = -1.0
        self.epochs_without_gain = 0
        self.improved = False  # in the last epoch
        self.kept_a_model = False
        self.passes: dict[str, int] = {}  # channel -> passes opened by this process: the pipe's own epoch
        logger.info(
            "Training %s on %s with %d threads.", hp.base_network, self.device, torch.get_num_threads()
        )

    def train_epoch(self) -> Totals:
        """One pass over the train channel, a step for each batch."""
        self.model.train()
        set_learning_rate(self.optimizer, learning_rate(self.hp, self.epoch))
        totals = Totals(started_s=time.monotonic())
        for batch in self._batches("train"):
            losses = self.step(batch)
            totals.add(losses, len(batch))
            if totals.batches % REPORT_EVERY_BATCHES == 0:
                self._tell_batches(totals)
        return totals

    def step(self, batch: Sequence[Example]) -> Losses:
        """Forward, losses, backward, update. Raises: CustomerError: the loss is no number any more."""
        images = normalise(torch.from_numpy(np.stack([example.pixels for example in batch])).to(self.device))
        truths = [
            Truth(
                torch.from_numpy(example.boxes_xyxy).to(self.device),
                torch.from_numpy(example.classes).to(self.device),
            )
            for example in batch
        ]
        targets = make_targets(truths, self.model.anchors)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half_precision):
            logits, offsets = self.model(images)
        losses = ssd_loss(logits.float(), offsets.float(), targets)
        if not math.isfinite(float(losses.total.detach())):
            raise CustomerError(
                f"The loss is not finite in epoch {self.epoch}; "
                f"try a lower learning_rate than {self.hp.learning_rate}"
            )
        self.optimizer.zero_grad()
        losses.total.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return losses

    def evaluate_and_keep(self) -> None:
        """mAP on the validation channel; the model is kept when it is the best so far."""
        if "validation" not in self.container.channels:
            return
        score = self._evaluate()
        if self.container.stop_requested.is_set():
            return
        logger.info(metric_lines.validation_map(self.container.host, self.epoch, score))
        gain = (score - self.best_map) / self.best_map if self.best_map > 0 else score - self.best_map
        self.improved = score > self.best_map
        if self.improved:
            self.best_map = score
            logger.info(metric_lines.best_model(score))
            self.keep_model()
        self.epochs_without_gain = (
            0 if gain > self.hp.early_stopping_tolerance else self.epochs_without_gain + 1
        )

    def _evaluate(self) -> float:
        self.model.eval()
        found: list[Found] = []
        present: list[Present] = []
        for batch in self._batches("validation"):
            images = normalise(
                torch.from_numpy(np.stack([example.pixels for example in batch])).to(self.device)
            )
            found += detect(self.model, images, self.suppression)
            present += [Present(each.boxes_xyxy, each.classes, each.difficult) for each in batch]
        return mean_average_precision(found, present, self.hp.num_classes, self.hp.overlap_threshold)

    def finished_early(self) -> bool:
        """Whether early stopping says that it is enough."""
        hp = self.hp
        if not hp.early_stopping or self.epoch < hp.early_stopping_min_epochs:
            return False
        if self.epochs_without_gain < hp.early_stopping_patience:
            return False
        logger.info("Early stopping after epoch %d: best validation-mAP=%.4f.", self.epoch - 1, self.best_map)
        return True

    def keep_model(self) -> None:
        """Writes the network as it is now into the model directory."""
        path = save_model(
            self.container.model_dir,
            self.model,
            merge(ALGORITHM.hyperparameters, self.container.hyperparameters),
        )
        self.kept_a_model = True
        logger.info(metric_lines.saved(str(path)))

    def report(self, totals: Totals) -> None:
        """The metric lines of a finished epoch."""
        self._tell_batches(totals)
        host, n = self.container.host, max(totals.batches, 1)
        losses = {"cross_entropy": totals.cross_entropy / n, "smooth_l1": totals.smooth_l1 / n}
        for name, value in losses.items():
            logger.info(metric_lines.train_loss(host, self.epoch, totals.batches, name, value))
        end_s = time.time()
        values = {**losses, "epoch": self.epoch, "records": totals.examples}
        log_metrics(values, metric_lines.ALGORITHM, host, end_s - totals.seconds, end_s)

    def checkpoint(self) -> None:
        """Everything that a later process needs to go on from here, when the platform keeps checkpoints."""
        if not self.container.checkpoint_dir.is_dir():
            return
        state = {
            "network": [self.hp.base_network, self.hp.image_shape, self.hp.num_classes],
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "best_map": self.best_map,
            "epochs_without_gain": self.epochs_without_gain,
        }
        save_state(self.container.checkpoint_dir / CHECKPOINT_NAME, state)
        if self.improved:
            save_model(
                self.container.checkpoint_dir / "best",
                self.model,
                merge(ALGORITHM.hyperparameters, self.container.hyperparameters),
            )

    def start_from_model_channel(self) -> None:
        """Takes the weights of an earlier job's model, if the job has the channel `model`; nothing else of it.

        Raises: CustomerError: it is no model of this program, or does not fit the hyperparameters.
        """
        if MODEL not in self.container.channels:
            return
        self.model.load_state_dict(weights_to_start_from(self.container, self.hp))
        logger.info("Training goes on from the weights of the channel '%s'.", MODEL)

    def resume(self) -> None:
        """Goes on from a checkpoint, if there is one.

        Raises: CustomerError: it belongs to another network.
        """
        path = self.container.checkpoint_dir / CHECKPOINT_NAME
        if not path.exists():
            return
        state = load_state(path)
        mine = [self.hp.base_network, self.hp.image_shape, self.hp.num_classes]
        if state["network"] != mine:
            raise CustomerError(
                f"The checkpoint is of base_network, image_shape, num_classes {state['network']}, "
                f"this training of {mine}; use another CheckpointConfig.S3Uri"
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.best_map = state["epoch"], state["best_map"]
        self.epochs_without_gain = state["epochs_without_gain"]
        self._restore_best()
        logger.info("Resuming from the checkpoint of epoch %d.", self.epoch - 1)

    def _restore_best(self) -> None:
        best = self.container.checkpoint_dir / "best"
        if not best.is_dir():
            return
        self.container.model_dir.mkdir(parents=True, exist_ok=True)
        for file in best.iterdir():
            (self.container.model_dir / file.name).write_bytes(file.read_bytes())
        self.kept_a_model = True

    def _tell_batches(self, totals: Totals) -> None:
        logger.info(
            metric_lines.progress_of_batches(self.epoch, totals.batches, totals.examples, totals.seconds)
        )

    def _batches(self, channel: str) -> Iterator[list[Example]]:
        """The channel's examples, in batches of mini_batch_size; the last one may be smaller.

        Invalid examples are left out with a warning that names them.
        Raises: CustomerError: there is no valid example.
        """
        hp, stop, source = self.hp, self.container.stop_requested, self.sources[channel]
        number = self.passes.get(channel, 0)
        self.passes[channel] = number + 1
        epoch, varied, strength = self.epoch, channel == "train", strength_for(hp.base_network)

        def prepare(item: tuple[int, Raw | InvalidSample]) -> Example | InvalidSample:
            index, raw = item
            if isinstance(raw, InvalidSample):
                return InvalidSample(f"{channel}: {raw}")
            try:
                sample = read_sample(raw.image, raw.label, hp.num_classes, hp.max_boxes, hp.image_shape)
            except InvalidSample as error:
                return InvalidSample(f"{raw.name}: {error}")
            except CustomerError as error:
                raise CustomerError(f"{error} ({raw.name})") from None
            if varied:
                return augment(sample, hp.image_shape, strength, Random(f"{SEED}:{epoch}:{index}"))
            return resize_only(sample, hp.image_shape)

        items = enumerate(_read_ahead(source, number, epoch if varied else None, stop))
        workers = max(1, min(_cores() - 1, MAX_DECODERS))
        batch: list[Example] = []
        batches, skipped = 0, 0
        first_skipped = ""
        for result in ordered_map(items, prepare, workers, 2 * hp.mini_batch_size, stop):
            if isinstance(result, InvalidSample):
                skipped += 1
                first_skipped = first_skipped or str(result)
                if skipped <= SKIPS_TOLD:
                    logger.warning("Skipped %s", result)
                continue
            batch.append(result)
            if len(batch) == hp.mini_batch_size:
                yield batch
                batch, batches = [], batches + 1
        if stop.is_set():
            return
        if batch:
            yield batch
            batches += 1
        if batches == 0:
            why = f" The first one left out: {first_skipped}" if first_skipped else ""
            raise CustomerError(source.nothing + why)
        expected = math.ceil(hp.num_training_samples / hp.mini_batch_size)
        if skipped or source.left_out or (varied and batches != expected):
            logger.warning(metric_lines.skipped(expected, batches))


def _read_ahead(
    source: Source, number: int, shuffled_by: int | None, stop: threading.Event
) -> Iterator[Raw | InvalidSample]:
    """One pass over the source, in its order, or why an example is none.

    Files are read by threads of their own, more than decode: they may have to come from afar first (FastFile).
    """

    def fetch(read: Read) -> Raw | InvalidSample:
        try:
            return read()
        except InvalidSample as error:
            return error

    reads = source.epoch(number, shuffled_by)
    if source.readers == 0:
        return map(fetch, reads)
    return ordered_map(reads, fetch, source.readers, 2 * source.readers, stop)


def make_optimizer(model: SSD, hp: Hyperparameters) -> torch.optim.Optimizer:
    """The optimizer of the settings; biases of the heads learn twice as fast, frozen parameters never."""
    head_biases = {
        id(conv.bias)
        for heads in (model.offset_heads, model.class_heads)
        for conv in heads.modules()
        if isinstance(conv, nn.Conv2d)
    }
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if id(p) not in head_biases], "lr_factor": 1.0},
        {"params": [p for p in trained if id(p) in head_biases], "lr_factor": 2.0},
    ]
    lr = hp.learning_rate
    if hp.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=hp.momentum, weight_decay=hp.weight_decay)
    if hp.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, lr=lr, weight_decay=hp.weight_decay)
    if hp.optimizer == "adadelta":
        return torch.optim.Adadelta(groups, lr=lr)
    assert hp.optimizer == "adam"
    return torch.optim.Adam(groups, lr=lr)


def learning_rate(hp: Hyperparameters, epoch: int) -> float:
    """The rate of an epoch (from 0): lowered after each of the epochs in lr_scheduler_step."""
    return hp.learning_rate * hp.lr_scheduler_factor ** sum(step <= epoch for step in hp.lr_scheduler_step)


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group["lr_factor"]


def _has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the hardware itself multiplies bfloat16; emulation would be slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if not hasattr(torch.cpu, "get_capabilities"):  # torch < 2.10
        return False
    known = torch.cpu.get_capabilities()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))


def _cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
