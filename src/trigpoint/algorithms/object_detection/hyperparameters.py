"""The settings of one detection training. Their schema is in `trigpoint.builtin`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trigpoint.algorithms.common.optimizer_options import OptimizerOptions
from trigpoint.algorithms.common.settings import read_settings
from trigpoint.builtin import ALGORITHMS
from trigpoint.records.labels.detection_rules import most_boxes

ALGORITHM = ALGORITHMS["object-detection"]

OPTIMIZERS_THAT_READ = {"momentum": ("sgd",), "weight_decay": ("sgd", "rmsprop")}
"""The optimizers that read a hyperparameter. Source: training.md 6.1."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """The final configuration of one training. Source: training.md 6.1."""

    num_classes: int
    num_training_samples: int
    base_network: str
    use_pretrained_model: bool
    image_shape: int
    epochs: int
    mini_batch_size: int
    learning_rate: float
    lr_scheduler_step: tuple[int, ...]
    lr_scheduler_factor: float
    optimizer: str
    momentum: float
    weight_decay: float
    overlap_threshold: float
    nms_threshold: float
    nms_topk: int
    label_width: int
    freeze_layer_pattern: str
    early_stopping: bool
    early_stopping_min_epochs: int
    early_stopping_patience: int
    early_stopping_tolerance: float
    kv_store: str

    @property
    def optimizer_options(self) -> OptimizerOptions:
        return OptimizerOptions(self.optimizer, self.learning_rate, self.momentum, self.weight_decay)

    @property
    def max_boxes(self) -> int:
        """Objects that fit into one label."""
        return most_boxes(self.label_width)


def parse(provided: Mapping[str, str]) -> Hyperparameters:
    """The checked settings.

    Raises: CustomerError: an unknown name, a missing required one, or a value outside its range.
    """
    return Hyperparameters(**read_settings(ALGORITHM, provided))
