"""Training of a detector: what SSD brings to the training loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.backbones import freeze
from trigpoint.algorithms.common.harness import Container, logger
from trigpoint.algorithms.common.joint import joint_network, share_checkpoint
from trigpoint.algorithms.common.learner import BatchResult, OfAll
from trigpoint.algorithms.common.loop import TrainingRun, seed
from trigpoint.algorithms.common.ranks import ALONE, Ranks, joined
from trigpoint.algorithms.common.sources import ExampleSource, Raw
from trigpoint.algorithms.object_detection.artifacts import save_model
from trigpoint.algorithms.object_detection.augment import Example, augment, resize_only, strength_for
from trigpoint.algorithms.object_detection.evaluate import Found, Present, mean_average_precision
from trigpoint.algorithms.object_detection.hyperparameters import ALGORITHM, Hyperparameters
from trigpoint.algorithms.object_detection.loss import Losses, LossSums, Truth, make_targets, ssd_sums
from trigpoint.algorithms.object_detection.predict import Suppression, detect
from trigpoint.algorithms.object_detection.report import DetectionReport
from trigpoint.algorithms.object_detection.samples import read_sample
from trigpoint.algorithms.object_detection.ssd import SSD
from trigpoint.algorithms.object_detection.starting import network_to_train
from trigpoint.hyperparameters import merge


def train(container: Container, hp: Hyperparameters, sources: Mapping[str, ExampleSource]) -> None:
    """The training of one job, from its checked configuration to its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with.
    """
    with (
        joined(container) as ranks,
        hardware.names_what_to_lower(
            "mini_batch_size, image_shape or num_classes, or take a smaller base_network"
        ),
    ):
        seed()
        share_checkpoint(container, ranks)
        learner = DetectionLearner(container, hp, ranks)
        run = TrainingRun(container, hp, sources, learner, ranks)
        run.resume()
        run.run()
    logger.info("Test data is not provided.")


class DetectionLearner:
    """SSD in the training loop; implements `learner.Learner`."""

    keep_every = None
    scales_gradients = False
    way_out = ""

    def __init__(self, container: Container, hp: Hyperparameters, ranks: Ranks = ALONE) -> None:
        self.container, self.hp, self.ranks = container, hp, ranks
        self.report = DetectionReport(hp.num_classes)
        self.device = hardware.device()
        model = network_to_train(container, hp)
        # The network runs in bfloat16 where the hardware multiplies it natively, the losses always in float32.
        suits = self.device.type != "cpu" or model.backbone.suits_bfloat16_on_cpu
        self.half_precision = suits and hardware.has_fast_bfloat16(self.device)
        pattern = hp.freeze_layer_pattern
        if not pattern and model.keeps_statistics:
            pattern = model.backbone.frozen_when_pretrained
        if pattern:
            frozen = freeze(model.backbone, pattern)
            logger.info("Frozen layers: %s", ", ".join(frozen) or "none matches freeze_layer_pattern")
        self.model: SSD = model.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._joint = joint_network(self.model, ranks)
        self.suppression = Suppression(hp.nms_threshold, hp.nms_topk)
        self.strength = strength_for(hp.base_network)
        logger.info(
            "Training %s on %s with %d threads.", hp.base_network, self.device, torch.get_num_threads()
        )

    @property
    def network(self) -> Mapping[str, Any]:
        hp = self.hp
        return {
            "base_network": hp.base_network,
            "image_shape": hp.image_shape,
            "num_classes": hp.num_classes,
            "layout": self.model.layout,
            "keeps_statistics": self.model.keeps_statistics,
        }

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        """Biases of the heads learn twice as fast, frozen parameters never."""
        head_biases = {
            id(conv.bias)
            for heads in (self.model.offset_heads, self.model.class_heads)
            for conv in heads.modules()
            if isinstance(conv, nn.Conv2d)
        }
        trained = [p for p in self.model.parameters() if p.requires_grad]
        return [
            {"params": [p for p in trained if id(p) not in head_biases], "lr_factor": 1.0},
            {"params": [p for p in trained if id(p) in head_biases], "lr_factor": 2.0},
        ]

    def prepare(self, raw: Raw, rng: Random | None) -> Example:
        hp = self.hp
        sample = read_sample(raw.image, raw.label, hp.num_classes, hp.max_boxes, hp.image_shape)
        if rng is None:
            return resize_only(sample, hp.image_shape)
        return augment(sample, hp.image_shape, self.strength, rng)

    def evaluate_batch(self, batch: Sequence[Example]) -> BatchResult:
        images = self._images(batch)
        if self.report.classes.counts is not None:
            labeled = [each.classes if each.labeled is None else each.labeled for each in batch]
            classes = np.concatenate([*labeled, np.zeros(0, np.int64)]).astype(np.int64)
            counts = torch.bincount(torch.from_numpy(classes), minlength=self.hp.num_classes)
            self.report.classes.add(counts, self.ranks)
        truths = [
            Truth(
                torch.from_numpy(example.boxes_xyxy).to(self.device),
                torch.from_numpy(example.classes).to(self.device),
            )
            for example in batch
        ]
        targets = make_targets(truths, self.model.anchors)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half_precision):
            logits, offsets = self._joint(images)
        sums = ssd_sums(logits.float(), offsets.float(), targets)
        losses = sums.losses()
        if not self.ranks.are_several:
            return BatchResult(losses.total, _measured(losses))
        *parts, examples = self.ranks.sum([*map(float, sums.detached()), len(batch)])
        of_all = LossSums(*parts)
        return BatchResult(
            sums.losses(of_all).total * self.ranks.count,
            _measured(of_all.losses()),
            OfAll(float(of_all.losses().total), int(examples)),
        )

    def score(self, batches: Iterator[list[Example]]) -> float:
        scenes: list[list[tuple[Found, Present]]] = []  # of each batch
        for batch in batches:
            found = detect(self.model, self._images(batch), self.suppression) if batch else []
            present = [Present(each.boxes_xyxy, each.classes, each.difficult) for each in batch]
            scenes.append(list(zip(found, present, strict=True)))
        return self.ranks.from_first(self._mean_average_precision(self.ranks.to_first(scenes)))

    def _mean_average_precision(self, by_rank: list[list[list[tuple[Found, Present]]]]) -> float:
        """Over the scenes of all processes in the order of their stream; 0 without any."""
        pairs = [pair for step in zip(*by_rank, strict=True) for batch in step for pair in batch]
        found, present = [each for each, _ in pairs], [each for _, each in pairs]
        return mean_average_precision(found, present, self.hp.num_classes, self.hp.overlap_threshold)

    def state(self) -> Mapping[str, Any]:
        return {"objects_of_class": self.report.classes.counts}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.report.classes.counts = state.get("objects_of_class")  # earlier versions did not count

    def save(self, folder: Path, epochs: int, score: float | None) -> Path:
        settings = merge(ALGORITHM.hyperparameters, self.container.hyperparameters)
        return save_model(folder, self.model, settings)

    def _images(self, batch: Sequence[Example]) -> Tensor:
        side = self.hp.image_shape
        pixels = (
            np.stack([each.pixels for each in batch]) if batch else np.zeros((0, side, side, 3), np.uint8)
        )
        return self.model.normalise(torch.from_numpy(pixels).to(self.device))


def _measured(losses: Losses) -> dict[str, Tensor]:
    return {"cross_entropy": losses.cross_entropy, "smooth_l1": losses.smooth_l1}
