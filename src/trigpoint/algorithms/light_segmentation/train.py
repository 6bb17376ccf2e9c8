"""Training of a mask network: what it brings to the training loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.checkpoints import checkpointed_network
from trigpoint.algorithms.common.harness import Container, logger
from trigpoint.algorithms.common.joint import joint_network, share_checkpoint
from trigpoint.algorithms.common.learner import BatchResult, OfAll
from trigpoint.algorithms.common.loop import TrainingRun, seed
from trigpoint.algorithms.common.pretrained import load_pretrained
from trigpoint.algorithms.common.ranks import ALONE, Ranks, joined
from trigpoint.algorithms.common.sources import ExampleSource, Raw
from trigpoint.algorithms.light_segmentation import report
from trigpoint.algorithms.light_segmentation.artifacts import save_model
from trigpoint.algorithms.light_segmentation.hyperparameters import Hyperparameters
from trigpoint.algorithms.light_segmentation.loss import mask_loss, overlaps
from trigpoint.algorithms.light_segmentation.network import MaskNetwork
from trigpoint.algorithms.light_segmentation.samples import Example, read_example
from trigpoint.weights.installed import find


def train(container: Container, hp: Hyperparameters, sources: Mapping[str, ExampleSource]) -> None:
    """The training of one job, from its checked configuration to its model artifact.

    Raises: CustomerError: settings or data that cannot be trained with.
    """
    with (
        joined(container) as ranks,
        hardware.names_what_to_lower("mini_batch_size, image_shape or num_classes"),
    ):
        seed()
        share_checkpoint(container, ranks)
        run = TrainingRun(container, hp, sources, MaskLearner(container, hp, ranks), ranks)
        run.resume()
        run.run()


class MaskLearner:
    """A mask network in the training loop; implements `learner.Learner`."""

    report = report
    keep_every = None
    scales_gradients = False
    way_out = ""

    def __init__(self, container: Container, hp: Hyperparameters, ranks: Ranks = ALONE) -> None:
        self.hp, self.ranks = hp, ranks
        self.device = hardware.device()
        self.model: MaskNetwork = _network(container, hp).to(self.device)
        self._joint = joint_network(self.model, ranks)
        logger.info("Training on %s with %d threads.", self.device, torch.get_num_threads())

    @property
    def network(self) -> Mapping[str, Any]:
        return {
            "base_network": self.hp.base_network,
            "image_shape": self.hp.image_shape,
            "num_classes": self.hp.num_classes,
            "keeps_features": self.model.keeps_features,
        }

    def parameter_groups(self) -> Sequence[dict[str, Any]]:
        return [{"params": [p for p in self.model.parameters() if p.requires_grad], "lr_factor": 1.0}]

    def prepare(self, raw: Raw, rng: Random | None) -> Example:
        return read_example(raw, self.hp.num_classes, self.hp.image_shape, rng)

    def evaluate_batch(self, batch: Sequence[Example]) -> BatchResult:
        pixels, classes = self._tensors(batch)
        loss = mask_loss(self._joint(pixels).float(), classes)
        if not self.ranks.are_several:
            return BatchResult(loss, {"loss": loss})
        total, examples = map(float, self.ranks.sum([float(loss.detach()) * len(batch), len(batch)]))
        mean = torch.tensor(total / max(examples, 1))
        part = loss * (len(batch) * self.ranks.count / max(examples, 1))
        return BatchResult(part, {"loss": mean}, OfAll(float(mean), int(examples)))

    @torch.no_grad()
    def score(self, batches: Iterator[list[Example]]) -> float:
        """Mean IoU of the classes that occur, without the background, over the pixels of all images."""
        count = self.hp.num_classes
        sums = torch.zeros(2, count, dtype=torch.float64)
        for batch in batches:
            if batch:
                pixels, classes = self._tensors(batch)
                sums += torch.stack(overlaps(self.model(pixels).argmax(1), classes, count)).cpu()
        shared, united = self.ranks.sum(sums.flatten()).view(2, count)[:, 1:]
        occurring = united > 0
        return float((shared[occurring] / united[occurring]).mean()) if bool(occurring.any()) else 1.0

    def state(self) -> Mapping[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        pass  # it has no state of its own

    def save(self, folder: Path, epochs: int, score: float | None) -> Path:
        return save_model(folder, self.model, self.hp.image_shape)

    def _tensors(self, batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
        side = self.hp.image_shape
        pixels = (
            np.stack([each.pixels for each in batch]) if batch else np.zeros((0, side, side, 3), np.uint8)
        )
        classes = np.stack([each.classes for each in batch]) if batch else np.zeros((0, side, side), np.uint8)
        return (
            self.model.normalise(torch.from_numpy(pixels).to(self.device)),
            torch.from_numpy(classes).to(self.device, torch.int64),
        )


def _network(container: Container, hp: Hyperparameters) -> MaskNetwork:
    """The network to train: on pretrained features, if the job asks for them and they are installed; else from random weights.
    If the job has a checkpoint, whose weights replace these, it is of the same kind."""
    network = MaskNetwork(hp.num_classes)
    if continued := checkpointed_network(container.checkpoint_dir):
        network.keeps_features = continued.get("keeps_features") is True
    elif hp.use_pretrained_model and (installed := find(hp.base_network)) is not None:
        load_pretrained(network.backbone, installed)
        network.keeps_features = True
        logger.info("The features are those of the pretrained weights in %s.", installed.path)
    if network.keeps_features:
        network.backbone.requires_grad_(False)
    return network
