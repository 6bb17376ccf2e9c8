"""ResNet v1, as torchvision builds it: normalisation and rectification come after each convolution.

Weights for ImageNet are published for this family. The modules have the names of those in ResNet v2 with the same place,
so a `freeze_layer_pattern` means the same layers in both: torchvision's layer1.0.conv2 is stage1_unit1.conv2.

Source: He et al. 2015, "Deep residual learning"; the stride is in the 3x3 convolution, as in torchvision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones.base import (
    IMAGENET_MEAN_RGB,
    IMAGENET_STD_RGB,
    Backbone,
    renamed,
)

_RULES = [
    (r"conv1\.(.+)", r"conv0.\1"),
    (r"bn1\.(.+)", r"bn0.\1"),
    *(
        (rf"layer([1-4])\.{k}\.((?:conv|bn)[1-3]\..+)", rf"stage\1_unit{k + 1}.\2")
        for k in range(36)  # units of the longest stage, in ResNet-152
    ),
    *((rf"layer([1-4])\.{k}\.downsample\.0\.(.+)", rf"stage\1_unit{k + 1}.sc.\2") for k in range(1)),
    *((rf"layer([1-4])\.{k}\.downsample\.1\.(.+)", rf"stage\1_unit{k + 1}.sc_bn.\2") for k in range(1)),
]


class _Unit(nn.Module):
    """A residual unit: convolutions with a normalisation each, plus the shortcut, then rectified."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        changes = width != out or stride != 1
        self.sc = nn.Conv2d(width, out, 1, stride, bias=False) if changes else None
        self.sc_bn = nn.BatchNorm2d(out) if changes else None

    def body(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.sc is None or self.sc_bn is None else self.sc_bn(self.sc(x))
        return F.relu(self.body(x) + shortcut, inplace=True)


class Bottleneck(_Unit):
    """1x1, 3x3 (stride), 1x1 to four times as many channels."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__(width, out, stride)
        inner = out // 4
        self.conv1, self.bn1 = nn.Conv2d(width, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)

    def body(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        result: Tensor = self.bn3(self.conv3(x))
        return result


class Basic(_Unit):
    """3x3 (stride), 3x3."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__(width, out, stride)
        self.conv1, self.bn1 = nn.Conv2d(width, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)

    def body(self, x: Tensor) -> Tensor:
        result: Tensor = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return result


class ResNetV1(Backbone):
    """ResNet v1 without its classifier. Taps: the outputs of the stages from `first_tap` (1 to 4) on."""

    mean_rgb, std_rgb = IMAGENET_MEAN_RGB, IMAGENET_STD_RGB

    def __init__(
        self, unit: type[Bottleneck] | type[Basic], units: Sequence[int], first_tap: int = 3
    ) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn0 = nn.BatchNorm2d(64)
        widths = (256, 512, 1024, 2048) if unit is Bottleneck else (64, 128, 256, 512)
        self.stages: list[list[str]] = []
        width = 64
        for stage, (out, count) in enumerate(zip(widths, units, strict=True), start=1):
            names = [f"stage{stage}_unit{k}" for k in range(1, count + 1)]
            for name in names:
                self.add_module(name, unit(width, out, 2 if name.endswith("_unit1") and stage > 1 else 1))
                width = out
            self.stages.append(names)
        self.first_tap = first_tap
        self.tap_channels = widths[first_tap - 1 :]

    def taps(self, x: Tensor) -> list[Tensor]:
        x = F.relu(self.bn0(self.conv0(x)), inplace=True)
        x = F.max_pool2d(x, 3, 2, 1)
        found = []
        for stage, names in enumerate(self.stages, start=1):
            for name in names:
                x = self.get_submodule(name)(x)
            if stage >= self.first_tap:
                found.append(x)
        return found

    def from_published(self, published: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """torchvision's ResNet; its classifier is left out."""
        return renamed(published, _RULES, r"fc\.(weight|bias)")
