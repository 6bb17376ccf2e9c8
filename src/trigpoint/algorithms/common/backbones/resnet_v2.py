"""ResNet v2: normalisation and rectification come before each convolution. Trains from scratch.

Source: He et al. 2016, "Identity mappings in deep residual networks".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones.base import Backbone

NORM_EPS = 2e-5  # MXNet's resnet v2


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=NORM_EPS)


class PreActivationBottleneck(nn.Module):
    """norm-relu-1x1, norm-relu-3x3 (stride), norm-relu-1x1, plus the shortcut taken after the first relu."""

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


class PreActivationBasic(nn.Module):
    """norm-relu-3x3 (stride), norm-relu-3x3, plus the shortcut taken after the first relu."""

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


class PreActivationResNet(Backbone):
    """ResNet v2.

    `first_tap` is the first stage (1 to 4) whose output is a tap; with `tail_norm` taps are normalised and rectified.
    """

    def __init__(
        self,
        unit: type[PreActivationBottleneck] | type[PreActivationBasic],
        stem: tuple[int, int],
        widths: Sequence[int],
        units: Sequence[int],
        first_tap: int,
        tail_norm: bool,
    ) -> None:
        super().__init__()
        stem_width, stem_kernel = stem
        self.bn_data = nn.BatchNorm2d(3, eps=NORM_EPS, affine=unit is PreActivationBottleneck)
        self.conv0 = nn.Conv2d(3, stem_width, stem_kernel, 2, stem_kernel // 2, bias=False)
        self.bn0 = norm(stem_width)
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
                self.add_module(f"tap{stage}_bn", norm(widths[stage - 1]))

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
