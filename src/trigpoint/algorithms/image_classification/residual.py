"""Units of pre-activation residual networks (ResNet v2).

In every unit, normalisation and relu come before each convolution; the shortcut is taken after the first relu. Names of
modules are MXNet's.

Source: He et al. 2016, Identity Mappings in Deep Residual Networks; mxnet's symbol resnet.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

NORM_EPS = 2e-5  # MXNet's resnet v2


def norm(channels: int) -> nn.BatchNorm2d:
    """The normalisation of a map with so many channels."""
    return nn.BatchNorm2d(channels, eps=NORM_EPS)


class Bottleneck(nn.Module):
    """norm-relu-1x1, norm-relu-3x3 (stride), norm-relu-1x1, plus the shortcut; (N, width, H, W) -> (N, out, ...)."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        inner = out // 4
        self.bn1, self.conv1 = norm(width), nn.Conv2d(width, inner, 1, bias=False)
        self.bn2, self.conv2 = norm(inner), nn.Conv2d(inner, inner, 3, stride, 1, bias=False)
        self.bn3, self.conv3 = norm(inner), nn.Conv2d(inner, out, 1, bias=False)
        self.sc = nn.Conv2d(width, out, 1, stride, bias=False) if width != out or stride != 1 else None

    def forward(self, x: Tensor) -> Tensor:
        active = F.relu(self.bn1(x))
        shortcut = x if self.sc is None else self.sc(active)
        y = self.conv2(F.relu(self.bn2(self.conv1(active))))
        result: Tensor = self.conv3(F.relu(self.bn3(y))) + shortcut
        return result


class Basic(nn.Module):
    """norm-relu-3x3 (stride), norm-relu-3x3, plus the shortcut; (N, width, H, W) -> (N, out, ...)."""

    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = norm(width), nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = norm(out), nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.sc = nn.Conv2d(width, out, 1, stride, bias=False) if width != out or stride != 1 else None

    def forward(self, x: Tensor) -> Tensor:
        active = F.relu(self.bn1(x))
        shortcut = x if self.sc is None else self.sc(active)
        result: Tensor = self.conv2(F.relu(self.bn2(self.conv1(active)))) + shortcut
        return result
