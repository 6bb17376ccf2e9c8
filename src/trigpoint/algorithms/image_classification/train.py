"""Training of a classifier: what image classification brings to the training loop.

Shape letters: N images, H height, W width, C channels, K classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.harness import Container, logger
from trigpoint.algorithms.common.joint import joint_network, share_checkpoint
from trigpoint.algorithms.common.learner import BatchResult, OfAll
from trigpoint.algorithms.common.loop import TrainingRun, seed
from trigpoint.algorithms.common.ranks import ALONE, Ranks, joined
from trigpoint.algorithms.common.sources import ExampleSource, InvalidSample, Raw
from trigpoint.algorithms.image_classification.artifacts import save_model
from trigpoint.algorithms.image_classification.augment import augment
from trigpoint.algorithms.image_classification.hyperparameters import OPTIMIZERS_THAT_READ, Hyperparameters
from trigpoint.algorithms.image_classification.images import (
    Array,
    UndecodableImage,
    centre_crop,
    check_large_enough,
    decode,
    pixels,
    resize_shorter,
)
from trigpoint.algorithms.image_classification.loss import ClassificationLoss, count_classes
from trigpoint.algorithms.image_classification.network import Classifier
from trigpoint.algorithms.image_classification.precision import chosen_precision
from trigpoint.algorithms.image_classification.report import CORRECT, TOP_K_CORRECT, ClassificationReport
from trigpoint.algorithms.image_classification.starting import network_to_train


@dataclass(frozen=True, slots=True)
class Example:
    """One image of a batch, and its classes."""

    pixels: Array  # (H, W, C) uint8
    class_ids: tuple[int, ...]


def train(container: Container, hp: Hyperparameters, sources: Mapping[str, ExampleSource]) -> None:
    """The training of one job, from its checked configuration to its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with.
    """
    with (
        joined(container) as ranks,
        hardware.names_what_to_lower("mini_batch_size, image_shape, num_layers or num_classes"),
    ):
        seed()
        share_checkpoint(container, ranks)
        learner = ClassificationLearner(container, hp, ranks)
        run = TrainingRun(container, hp, sources, learner, ranks)
        if not run.resume() and hp.use_weighted_loss:
            learner.weigh_classes(run.raw_examples("train"))
        run.run()


class ClassificationLearner:
    """A classifier in the training loop; implements `learner.Learner`."""

    def __init__(self, container: Container, hp: Hyperparameters, ranks: Ranks = ALONE) -> None:
        self.hp, self.ranks = hp, ranks
        self.device = hardware.device()
        started = network_to_train(container, hp)
        self.description = started.description
        self.model: Classifier = started.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._joint = joint_network(self.model, ranks)
        self.precision = chosen_precision(hp.precision_dtype, self.device)
        self.loss = ClassificationLoss(hp.num_classes, hp.multi_label).to(self.device)
        self.report = ClassificationReport(hp.top_k, hp.num_classes)
        logger.info(
            "Training %s (%s) on %s with %d threads.",
            hp.network_name,
            self.description.family,
            self.device,
            torch.get_num_threads(),
        )

    @property
    def network(self) -> Mapping[str, Any]:
        return {name: _plain(value) for name, value in asdict(self.description).items()}

    @property
    def keep_every(self) -> int | None:
        return self.hp.checkpoint_frequency

    @property
    def scales_gradients(self) -> bool:
        return self.precision.scales_gradients

    @property
    def way_out(self) -> str:
        eps = self.hp.eps == 0 and self.hp.optimizer in OPTIMIZERS_THAT_READ["eps"]
        half = self.precision.dtype is not None
        return (", or an eps above 0" if eps else "") + (", or precision_dtype float32" if half else "")

    def weigh_classes(self, examples: Iterable[Raw | InvalidSample]) -> None:
        """Weighs rare classes more, by how many of the examples have each."""
        counts, total = count_classes(
            (raw.label for raw in examples if isinstance(raw, Raw)), self.hp.num_classes
        )
        self.loss.weigh(self.ranks.sum(counts), int(self.ranks.sum([total])))
        logger.info("Weights of the classes: %s", ", ".join(f"{w:.4g}" for w in self.loss.weights.tolist()))

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Weight decay is for weights and gammas, not for biases and betas, as in the ancestor."""
        named = [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]
        return [
            {"params": [p for name, p in named if not name.endswith("bias")], "lr_factor": 1.0},
            {
                "params": [p for name, p in named if name.endswith("bias")],
                "lr_factor": 1.0,
                "weight_decay": 0.0,
            },
        ]

    def prepare(self, raw: Raw, rng: Random | None) -> Example:
        hp = self.hp
        channels, height, width = hp.image_shape
        try:
            image = resize_shorter(decode(raw.image, hp.resize), hp.resize)
        except UndecodableImage as error:
            raise InvalidSample(f"the image cannot be decoded: {error}") from None
        check_large_enough(image, hp.image_shape)
        if rng is None or hp.augmentation_type is None:
            image = centre_crop(image, height, width)
        else:
            image = augment(image, (width, height), hp.augmentation_type, rng)
        assert isinstance(raw.label, tuple), "the source reads labels as class ids"
        return Example(pixels(image, channels), tuple(map(int, raw.label)))

    def evaluate_batch(self, batch: Sequence[Example]) -> BatchResult:
        images, targets = self._tensors(batch)
        if self.report.classes.counts is not None:
            counts, _ = count_classes((each.class_ids for each in batch), self.hp.num_classes)
            self.report.classes.add(counts, self.ranks)
        if len(batch) == 1 and not self.ranks.are_several:  # batch normalisation needs two
            images = images.expand(2, -1, -1, -1)
        with self.precision.autocast():
            logits = self._joint(images)[: len(batch)]
        logits = logits.float()
        if self.ranks.are_several:
            return self._result_of_all(logits, targets)
        return BatchResult(self.loss(logits, targets), self._measured(logits.detach(), targets))

    def _result_of_all(self, logits: Tensor, targets: Tensor) -> BatchResult:
        """The result of a step of several processes: each one's mean loss counts by its number of examples."""
        examples = len(logits)
        loss = self.loss(logits, targets) if examples else logits.sum()
        measured = self._measured(logits.detach(), targets)
        mine = [float(loss.detach()) * examples, examples, *(float(value) for value in measured.values())]
        total_loss, total, *sums = self.ranks.sum(mine)
        return BatchResult(
            loss * (self.ranks.count * examples / float(total)),
            dict(zip(measured, sums, strict=True)),
            OfAll(float(total_loss / total), int(total)),
        )

    def score(self, batches: Iterator[list[Example]]) -> float:
        """The accuracy."""
        correct = total = 0.0
        with torch.inference_mode():
            for batch in filter(None, batches):
                images, targets = self._tensors(batch)
                with self.precision.autocast():
                    logits = self.model(images)
                correct += float(self.loss.correct(logits.float(), targets))
                total += len(batch)
        correct, total = self.ranks.sum([correct, total]).tolist()
        return float(correct / max(total, 1))

    def state(self) -> Mapping[str, Any]:
        return {
            "class_weights": self.loss.weights,
            "examples_of_class": self.report.classes.counts,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.loss.weights.copy_(state["class_weights"])
        self.report.classes.counts = state["examples_of_class"]

    def save(self, folder: Path, epochs: int, score: float | None) -> Path:
        several = self.hp.checkpoint_frequency is not None
        return save_model(folder, self.model, self.description, epochs, score, keep_others=several)

    def _measured(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        measured = {CORRECT: self.loss.correct(logits, targets)}
        if self.hp.top_k is not None:
            best = logits.topk(self.hp.top_k).indices
            measured[TOP_K_CORRECT] = targets.gather(1, best).sum()
        return measured

    def _tensors(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
        """Images (N, H, W, C) uint8, and targets (N, K) float with 1 for each class of the image."""
        channels, height, width = self.hp.image_shape
        images = torch.from_numpy(
            np.stack([each.pixels for each in batch])
            if batch
            else np.zeros((0, height, width, channels), np.uint8)
        )
        targets = torch.zeros(len(batch), self.hp.num_classes)
        for row, each in zip(targets, batch, strict=True):
            row[list(each.class_ids)] = 1
        return images.to(self.device, non_blocking=True), targets.to(self.device, non_blocking=True)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
