"""ResNet v1 as torchvision builds it, with its names of modules: its published weights load as they are.

Normalisation and relu come after each convolution; the stride of a bottleneck is in its 3x3 convolution.

Source: He et al. 2015, Deep Residual Learning for Image Recognition; torchvision's models/resnet.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.image_classification.depths import FIRST_BOTTLENECK, UNITS

IMAGENET_MEAN_RGB = (123.675, 116.28, 103.53)
IMAGENET_STD_RGB = (58.395, 57.12, 57.375)
"""Of torchvision, times 255."""


class _Unit(nn.Module):
    """A residual unit: the branch plus the shortcut, then relu; (N, width, H, W) -> (N, out, H / stride, ...)."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.downsample = (
            nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))
            if width != out or stride != 1
            else None
        )

    def branch(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.branch(x) + shortcut, inplace=True)


class _Basic(_Unit):
    """3x3 (stride), 3x3."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__(width, out, stride)
        self.conv1, self.bn1 = nn.Conv2d(width, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)

    def branch(self, x: Tensor) -> Tensor:
        result: Tensor = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return result


class _Bottleneck(_Unit):
    """1x1 to a fourth of the channels, 3x3 (stride), 1x1."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__(width, out, stride)
        inner = out // 4
        self.conv1, self.bn1 = nn.Conv2d(width, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)

    def branch(self, x: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        result: Tensor = self.bn3(self.conv3(x))
        return result


class ResNetV1(nn.Module):
    """forward: (N, 3, H, W) float, normalised as for ImageNet -> (N, K) float."""

    def __init__(self, num_layers: int, num_classes: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        is_deep = num_layers >= FIRST_BOTTLENECK
        unit: type[_Unit] = _Bottleneck if is_deep else _Basic
        width = 64
        for stage, count in enumerate(UNITS[num_layers], start=1):
            out = 64 * 2 ** (stage - 1) * (4 if is_deep else 1)
            units = nn.Sequential()
            for k in range(count):
                units.append(unit(width, out, 2 if k == 0 and stage > 1 else 1))
                width = out
            self.add_module(f"layer{stage}", units)
        self.fc = nn.Linear(width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
        for stage in range(1, 5):
            x = self.get_submodule(f"layer{stage}")(x)
        result: Tensor = self.fc(x.mean(dim=(2, 3)))
        return result
