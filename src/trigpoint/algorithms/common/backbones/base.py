"""What every backbone is: a network that turns an image into feature maps, and weights published for its layers.

Modules have MXNet's layer names, because users write `freeze_layer_pattern` for those; see `layer_name`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

IMAGENET_MEAN_RGB = (123.675, 116.28, 103.53)  # of torchvision, times 255
IMAGENET_STD_RGB = (58.395, 57.12, 57.375)


class Backbone(nn.Module):
    """A network with taps; `tap_channels` is the width of each.

    It takes (N, 3, H, W) RGB pixels from 0 to 255, less `mean_rgb`, divided by `std_rgb`.
    """

    tap_channels: tuple[int, ...]
    mean_rgb: tuple[float, float, float] = (123.0, 117.0, 104.0)
    std_rgb: tuple[float, float, float] = (1.0, 1.0, 1.0)

    suits_bfloat16_on_cpu = True
    """False where torch's gradients of its layers take longer in bfloat16 than in float32 on CPUs that multiply both."""

    frozen_when_pretrained = ""
    """The `freeze_layer_pattern` of trainings that start from pretrained weights and give none."""

    @property
    def feature_channels(self) -> int:
        """Width of the map that `features` gives."""
        return self.tap_channels[-1]

    def taps(self, x: Tensor) -> list[Tensor]:
        """The feature maps for a detector, the largest first."""
        raise NotImplementedError

    def features(self, x: Tensor) -> Tensor:
        """The last feature map, for a classifier: (N, feature_channels, H, W)."""
        return self.taps(x)[-1]

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.taps(x)

    def from_published(self, published: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Published weights under the names of this network's layers.

        Raises: Unfit: weights of another network, or there are none for this one.
        """
        raise Unfit(f"no weights are published for {type(self).__name__}")


class Unfit(Exception):
    """Weights of another network; the text names the tensor."""


def renamed(
    published: Mapping[str, Tensor], rules: Sequence[tuple[str, str]], left_out: str
) -> dict[str, Tensor]:
    """The tensors under their names here. Those that no rule fits keep their name, by which they are found to be of another network.

    Args:   rules: pairs of a regular expression for a published name and its replacement.
            left_out: a regular expression for tensors that are not used here.
    """
    found = {}
    for name, tensor in published.items():
        for pattern, replacement in rules:
            if re.fullmatch(pattern, name):
                found[re.sub(pattern, replacement, name)] = tensor
                break
        else:
            if not re.fullmatch(left_out, name):
                found[name] = tensor
    return found


def initialise(conv: nn.Conv2d, he: bool = False) -> None:
    """Random weights and zero bias, in place: uniform Xavier, or He's normal for layers before a relu."""
    if he:
        nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    else:
        nn.init.xavier_uniform_(conv.weight)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)


def layer_name(parameter: str, norms: frozenset[str]) -> str:
    """MXNet's name of a parameter of ours: ``stage1_unit1.bn1.weight`` -> ``stage1_unit1_bn1_gamma``.

    Args: norms: names of the modules that are batch normalisations.
    """
    module, _, leaf = parameter.rpartition(".")
    if module in norms:
        leaf = {"weight": "gamma", "bias": "beta"}.get(leaf, leaf)
    return re.sub(r"\.", "_", f"{module}_{leaf}")


def freeze(backbone: Backbone, pattern: str) -> list[str]:
    """Stops the training of every parameter whose MXNet name the pattern matches from its start; their names."""
    norms = frozenset(name for name, m in backbone.named_modules() if isinstance(m, nn.BatchNorm2d))
    frozen = []
    for name, parameter in backbone.named_parameters():
        layer = layer_name(name, norms)
        if re.match(pattern, layer):
            parameter.requires_grad_(False)
            frozen.append(layer)
    return frozen
