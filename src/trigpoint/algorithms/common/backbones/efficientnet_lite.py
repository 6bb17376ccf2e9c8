"""EfficientNet-Lite0: depthwise convolutions and few parameters. It suits short trainings on a CPU.

The variant of EfficientNet-B0 for small devices: without squeeze-and-excitation, with relu6. Padding is that of
TensorFlow, in which it was trained: where a stride leaves an odd number of cells over, the extra one is at the right and
at the bottom. Taps: outputs of the stages with strides 8, 16 and 32.

Source: Tan and Le 2019; github.com/tensorflow/tpu, models/official/efficientnet/lite.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones.base import (
    Backbone,
    renamed,
)

_STAGES = (
    # units, kernel, stride, expansion, width
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_TAPS = (3, 5, 7)
_STEM, _HEAD = 32, 1280
_NORM_EPS = 1e-3
_PARTS = (
    ("_expand_conv", "expand"),
    ("_bn0", "expand_bn"),
    ("_depthwise_conv", "depthwise"),
    ("_bn1", "depthwise_bn"),
    ("_project_conv", "project"),
    ("_bn2", "project_bn"),
)


def _norm(channels: int) -> nn.BatchNorm2d:
    # Decision: torch's momentum instead of TensorFlow's 0.01, with which a short training ends before the averages follow
    return nn.BatchNorm2d(channels, eps=_NORM_EPS)


class _SameConv(nn.Conv2d):
    """A convolution with TensorFlow's padding "SAME": ceil(size / stride) cells come out."""

    def forward(self, x: Tensor) -> Tensor:
        return self.with_weight(x, self.weight, None)

    def with_weight(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The same with other numbers."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        down, right = (max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[2:])
        if down % 2 or right % 2:
            x = F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
            down = right = 0
        return F.conv2d(x, weight, bias, self.stride, (down // 2, right // 2), 1, self.groups)


def _normalised(conv: _SameConv, norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Convolution and normalisation. With fixed statistics they are one convolution, which saves a pass over the map."""
    if norm.training or norm.running_var is None or norm.running_mean is None:
        result: Tensor = norm(conv(x))
        return result
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return conv.with_weight(
        x, conv.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
    )


def _conv(width: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> _SameConv:
    return _SameConv(width, out, kernel, stride, groups=groups, bias=False)


class InvertedResidual(nn.Module):
    """1x1 to `expansion` times as many channels, depthwise, 1x1 to `out`; plus the input where it has the same shape."""

    def __init__(self, width: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = width * expansion
        self.expand = _conv(width, inner, 1) if expansion != 1 else None
        self.expand_bn = _norm(inner) if expansion != 1 else None
        self.depthwise, self.depthwise_bn = _conv(inner, inner, kernel, stride, groups=inner), _norm(inner)
        self.project, self.project_bn = _conv(inner, out, 1), _norm(out)
        self.keeps_shape = stride == 1 and width == out

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self.expand is not None and self.expand_bn is not None:
            y = F.relu6(_normalised(self.expand, self.expand_bn, y), inplace=True)
        y = F.relu6(_normalised(self.depthwise, self.depthwise_bn, y), inplace=True)
        y = _normalised(self.project, self.project_bn, y)
        return x + y if self.keeps_shape else y


class EfficientNetLite0(Backbone):
    """The network without its classifier; with `head` the 1x1 convolution before that, for `features`."""

    mean_rgb, std_rgb = (127.0, 127.0, 127.0), (128.0, 128.0, 128.0)
    suits_bfloat16_on_cpu = False  # depthwise convolutions: three times as long
    # Decision: as torchvision's detectors do, the first stages keep what they learned from ImageNet. They have the largest
    # maps, and take most of a step's time.
    frozen_when_pretrained = "conv0|bn0|stage[1-3]_"

    def __init__(self, head: bool = False, tap_stages: tuple[int, ...] = _TAPS) -> None:
        super().__init__()
        self.tap_channels = tuple(_STAGES[stage - 1][4] for stage in tap_stages)
        self.conv0, self.bn0 = _conv(3, _STEM, 3, 2), _norm(_STEM)
        self.units: list[tuple[str, bool]] = []  # name, whether its output is a tap
        width = _STEM
        for stage, (count, kernel, stride, expansion, out) in enumerate(_STAGES, start=1):
            for k in range(1, count + 1):
                name = f"stage{stage}_unit{k}"
                self.add_module(
                    name, InvertedResidual(width, out, kernel, stride if k == 1 else 1, expansion)
                )
                self.units.append((name, stage in tap_stages and k == count))
                width = out
        self.head = _conv(width, _HEAD, 1) if head else None
        self.head_bn = _norm(_HEAD) if head else None

    @property
    def feature_channels(self) -> int:
        return _HEAD

    def taps(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(_normalised(self.conv0, self.bn0, x), inplace=True)
        found = []
        for name, is_tap in self.units:
            x = self.get_submodule(name)(x)
            if is_tap:
                found.append(x)
        return found

    def features(self, x: Tensor) -> Tensor:
        assert self.head is not None and self.head_bn is not None
        return F.relu6(_normalised(self.head, self.head_bn, self.taps(x)[-1]), inplace=True)

    def from_published(self, published: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Weights in the layout of the PyTorch ports of TensorFlow's EfficientNet; the classifier is left out."""
        rules = [(r"_conv_stem\.(.+)", r"conv0.\1"), (r"_bn0\.(.+)", r"bn0.\1")]
        for place, (unit, _) in enumerate(self.units):
            rules += [(rf"_blocks\.{place}\.{theirs}\.(.+)", rf"{unit}.{ours}.\1") for theirs, ours in _PARTS]
        left_out = r"_fc\.(weight|bias)"
        if self.head is None:
            left_out += r"|_conv_head\..+|_bn1\..+"
        else:
            rules += [(r"_conv_head\.(.+)", r"head.\1"), (r"_bn1\.(.+)", r"head_bn.\1")]
        return renamed(published, rules, left_out)
