"""The settings of one classification training. Their schema is in `trigpoint.builtin`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.optimizer_options import OptimizerOptions
from trigpoint.algorithms.common.settings import read_settings
from trigpoint.builtin import ALGORITHMS

ALGORITHM = ALGORITHMS["image-classification"]
TOO_FEW_IMAGES = "The number of input images must be bigger or equal to the mini_batch_size."
SMALL_IMAGE_LAYERS = (20, 32, 44, 56, 110)
RESNET, EFFICIENTNET_LITE0 = "resnet", "efficientnet-lite0"

OPTIMIZERS_THAT_READ = {
    "momentum": ("sgd", "nag"),
    "weight_decay": ("sgd", "nag"),
    "beta_1": ("adam",),
    "beta_2": ("adam",),
    "eps": ("adam", "rmsprop"),
    "gamma": ("rmsprop",),
}
"""The optimizers that read a hyperparameter. Source: training.md 7.1."""


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """The final configuration of one training. Source: training.md 7.1."""

    num_classes: int
    num_training_samples: int
    num_layers: int
    base_network: str
    image_shape: tuple[int, int, int]  # channels, height, width
    use_pretrained_model: bool
    mini_batch_size: int
    epochs: int
    learning_rate: float
    lr_scheduler_step: tuple[int, ...]
    lr_scheduler_factor: float
    optimizer: str
    momentum: float
    weight_decay: float
    beta_1: float
    beta_2: float
    eps: float
    gamma: float
    augmentation_type: str | None
    resize: int | None
    multi_label: bool
    use_weighted_loss: bool
    precision_dtype: str
    top_k: int | None
    checkpoint_frequency: int | None
    early_stopping: bool
    early_stopping_min_epochs: int
    early_stopping_patience: int
    early_stopping_tolerance: float
    kv_store: str | None

    @property
    def network_name(self) -> str:
        """The network's name among pretrained weights."""
        return f"resnet-{self.num_layers}" if self.base_network == RESNET else self.base_network

    @property
    def optimizer_options(self) -> OptimizerOptions:
        reads_decay = self.optimizer in OPTIMIZERS_THAT_READ["weight_decay"]
        return OptimizerOptions(
            name=self.optimizer,
            learning_rate=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay if reads_decay else 0.0,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            eps=self.eps,
            gamma=self.gamma,
        )


def parse(provided: Mapping[str, str]) -> Hyperparameters:
    """The checked settings.

    Raises: CustomerError: an unknown name, a missing required one, a value outside its range, or two that do not fit
            together.
    """
    hp = Hyperparameters(**read_settings(ALGORITHM, provided))
    for problem in _problems(hp):
        raise CustomerError(f"Error when validating hyperparameters: {problem}")
    if hp.num_training_samples < hp.mini_batch_size:
        raise CustomerError(
            f"{TOO_FEW_IMAGES} num_training_samples is {hp.num_training_samples}, mini_batch_size {hp.mini_batch_size}"
        )
    return hp


def _problems(hp: Hyperparameters) -> Iterator[str]:
    channels, height, width = hp.image_shape
    shape = ",".join(map(str, hp.image_shape))
    # Decision: equal sides are accepted, although AWS's table asks for a larger resize; nothing is lost by them
    if hp.resize is not None and hp.resize < max(height, width):
        yield f"resize: {hp.resize} must be at least the height and the width of image_shape {shape}"
    if hp.use_weighted_loss and not hp.multi_label:
        yield "use_weighted_loss: 1 has an effect only with multi_label 1; set one of them"
    if hp.top_k is not None and hp.multi_label:
        yield f"top_k: {hp.top_k} has no meaning with multi_label 1; leave it out"
    if hp.top_k is not None and hp.top_k > hp.num_classes:
        yield f"top_k: {hp.top_k} must be at most num_classes, which is {hp.num_classes}"
    if hp.checkpoint_frequency is not None and hp.checkpoint_frequency > hp.epochs:
        yield f"checkpoint_frequency: {hp.checkpoint_frequency} must be at most epochs, which is {hp.epochs}"
    if hp.base_network != RESNET and channels != 3:
        yield f"base_network: {hp.base_network} needs an image_shape of 3 channels, not {shape}"
    if hp.use_pretrained_model and hp.base_network == RESNET and hp.num_layers in SMALL_IMAGE_LAYERS:
        yield (
            f"use_pretrained_model: 1 needs num_layers 18, 34, 50, 101 or 152; there are no pretrained weights for "
            f"num_layers {hp.num_layers}"
        )
    if hp.use_pretrained_model and channels != 3:
        yield f"use_pretrained_model: 1 needs an image_shape of 3 channels, not {shape}"
