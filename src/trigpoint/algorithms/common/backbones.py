"""Networks that turn an image into feature maps.

Each is a module from (N, 3, H, W) mean-subtracted RGB to two or three feature maps, the largest first:

- ``vgg-16``: VGG-16 with fc6 and fc7 as (dilated) convolutions, as SSD's paper reduces it. Taps relu4_3,
  relu7.
- ``resnet-50``: pre-activation ResNet-50 v2. Taps: outputs of stages 3 and 4, strides 16 and 32.
- ``resnet-10``: one pre-activation basic unit per stage, at half the usual width. Taps: stages 2, 3 and 4.
  Not in the original service. Decision: a network that learns from scratch on two CPU cores in minutes
  (benchmarked against MobileNet v2/v3, SqueezeNet and ResNet-18; dense 3x3 convolutions win on CPUs).

Modules have MXNet's layer names, because users write `freeze_layer_pattern` for those; see `layer_name`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

_NORM_EPS = 2e-5  # MXNet's resnet v2


class Backbone(nn.Module):
    """A network with taps; `tap_channels` is the width of each."""

    tap_channels: tuple[int, ...]

    def taps(self, x: Tensor) -> list[Tensor]:
        raise NotImplementedError

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.taps(x)


class ReducedVgg16(Backbone):
    """VGG-16 without classifier: pool3 rounds up, pool5 keeps the size, fc6 is dilated by 6."""

    tap_channels = (512, 1024)
    _BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))

    def __init__(self) -> None:
        super().__init__()
        width = 3
        for block, (out, count) in enumerate(self._BLOCKS, start=1):
            for k in range(1, count + 1):
                self.add_module(f"conv{block}_{k}", nn.Conv2d(width, out, 3, padding=1))
                width = out
        self.fc6 = nn.Conv2d(512, 1024, 3, padding=6, dilation=6)
        self.fc7 = nn.Conv2d(1024, 1024, 1)

    def taps(self, x: Tensor) -> list[Tensor]:
        x = F.max_pool2d(self._block(x, 1), 2)
        x = F.max_pool2d(self._block(x, 2), 2)
        x = F.max_pool2d(self._block(x, 3), 2, ceil_mode=True)
        relu4_3 = self._block(x, 4)
        x = self._block(F.max_pool2d(relu4_3, 2), 5)
        x = F.max_pool2d(x, 3, stride=1, padding=1)
        relu7 = F.relu(self.fc7(F.relu(self.fc6(x))))
        return [relu4_3, relu7]

    def _block(self, x: Tensor, block: int) -> Tensor:
        for k in range(1, self._BLOCKS[block - 1][1] + 1):
            x = F.relu(self.get_submodule(f"conv{block}_{k}")(x))
        return x


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_NORM_EPS)


class _Bottleneck(nn.Module):
    """norm-relu-1x1, norm-relu-3x3 (stride), norm-relu-1x1, plus the shortcut taken after the first relu."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        inner = out // 4
        self.bn1, self.conv1 = _norm(width), nn.Conv2d(width, inner, 1, bias=False)
        self.bn2, self.conv2 = _norm(inner), nn.Conv2d(inner, inner, 3, stride, 1, bias=False)
        self.bn3, self.conv3 = _norm(inner), nn.Conv2d(inner, out, 1, bias=False)
        self.sc = nn.Conv2d(width, out, 1, stride, bias=False) if width != out or stride != 1 else None

    def forward(self, x: Tensor) -> Tensor:
        active = F.relu(self.bn1(x))
        shortcut = x if self.sc is None else self.sc(active)
        y = self.conv2(F.relu(self.bn2(self.conv1(active))))
        result: Tensor = self.conv3(F.relu(self.bn3(y))) + shortcut
        return result


class _Basic(nn.Module):
    """norm-relu-3x3 (stride), norm-relu-3x3, plus the shortcut taken after the first relu."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = _norm(width), nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = _norm(out), nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.sc = nn.Conv2d(width, out, 1, stride, bias=False) if width != out or stride != 1 else None

    def forward(self, x: Tensor) -> Tensor:
        active = F.relu(self.bn1(x))
        shortcut = x if self.sc is None else self.sc(active)
        result: Tensor = self.conv2(F.relu(self.bn2(self.conv1(active)))) + shortcut
        return result


class PreActivationResNet(Backbone):
    """ResNet v2.

    `first_tap` is the first stage (1 to 4) whose output is a tap; with `tail_norm` taps are normalised and rectified.
    """

    def __init__(
        self,
        unit: type[_Bottleneck] | type[_Basic],
        stem: tuple[int, int],
        widths: Sequence[int],
        units: Sequence[int],
        first_tap: int,
        tail_norm: bool,
    ) -> None:
        super().__init__()
        stem_width, stem_kernel = stem
        self.bn_data = nn.BatchNorm2d(3, eps=_NORM_EPS, affine=unit is _Bottleneck)
        self.conv0 = nn.Conv2d(3, stem_width, stem_kernel, 2, stem_kernel // 2, bias=False)
        self.bn0 = _norm(stem_width)
        self.stages: list[list[str]] = []
        width = stem_width
        for stage, (out, count) in enumerate(zip(widths, units, strict=True), start=1):
            names = []
            for k in range(1, count + 1):
                name = f"stage{stage}_unit{k}"
                self.add_module(name, unit(width, out, 2 if k == 1 and stage > 1 else 1))
                names.append(name)
                width = out
            self.stages.append(names)
        self.first_tap = first_tap
        self.tail_norm = tail_norm
        self.tap_channels = tuple(widths[first_tap - 1 :])
        if tail_norm:
            for stage in range(first_tap, len(widths) + 1):
                self.add_module(f"tap{stage}_bn", _norm(widths[stage - 1]))

    def taps(self, x: Tensor) -> list[Tensor]:
        x = F.relu(self.bn0(self.conv0(self.bn_data(x))))
        x = F.max_pool2d(x, 3, 2, 1)
        found = []
        for stage, names in enumerate(self.stages, start=1):
            for name in names:
                x = self.get_submodule(name)(x)
            if stage >= self.first_tap:
                found.append(F.relu(self.get_submodule(f"tap{stage}_bn")(x)) if self.tail_norm else x)
        return found


def make_backbone(base_network: str) -> Backbone:
    """The network called `base_network`, with random weights (Xavier for VGG, He for the others)."""
    if base_network == "vgg-16":
        backbone: Backbone = ReducedVgg16()
    elif base_network == "resnet-50":
        backbone = PreActivationResNet(
            _Bottleneck, (64, 7), (256, 512, 1024, 2048), (3, 4, 6, 3), first_tap=3, tail_norm=False
        )
    elif base_network == "resnet-10":
        backbone = PreActivationResNet(
            _Basic, (32, 3), (32, 64, 128, 256), (1, 1, 1, 1), first_tap=2, tail_norm=True
        )
    else:
        raise ValueError(f"unknown base network {base_network!r}")
    for module in backbone.modules():
        if isinstance(module, nn.Conv2d):
            initialise(module, he=base_network != "vgg-16")
    return backbone


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
