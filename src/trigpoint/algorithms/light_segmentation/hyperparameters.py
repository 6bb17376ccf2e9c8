"""The settings of one training, checked without torch. Their schema is in `trigpoint.builtin`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trigpoint.algorithms.common import forms
from trigpoint.algorithms.common.harness import Container, logger
from trigpoint.algorithms.common.optimizer_options import OptimizerOptions
from trigpoint.algorithms.common.settings import log_settings, read_settings
from trigpoint.algorithms.common.sources import ExampleSource, ManifestPipe
from trigpoint.builtin import ALGORITHMS, AUGMENTED_MANIFEST
from trigpoint.weights.wanted import pretrained_warning

ALGORITHM = ALGORITHMS["light-segmentation"]


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """The final configuration of one training."""

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
    early_stopping: bool
    early_stopping_min_epochs: int
    early_stopping_patience: int
    early_stopping_tolerance: float

    @property
    def optimizer_options(self) -> OptimizerOptions:
        return OptimizerOptions("adam", self.learning_rate)


def configure(container: Container) -> tuple[Hyperparameters, Mapping[str, ExampleSource]]:
    """The checked settings and the sources of the data channels. Both are shown in the log.

    Raises: CustomerError: settings or channels that cannot be trained with.
    """
    log_settings(container, ALGORITHM)
    hp = Hyperparameters(**read_settings(ALGORITHM, container.hyperparameters))
    if warning := pretrained_warning(ALGORITHM, container.hyperparameters, container.channels):
        logger.warning(warning)
    return hp, forms.open_sources(container, ALGORITHM, {AUGMENTED_MANIFEST: ManifestPipe})
