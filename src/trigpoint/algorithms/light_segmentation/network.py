"""The network: features of four stages of EfficientNet-Lite0, and layers that bring them together at a quarter of the image's size.

With pretrained weights the features stay as they are, and only the layers on top of them learn. That takes a third of the
time, and some hundred images are too few to improve features that were learned from a million.

Shape letters: N images, K classes with the background, S pixels of a side.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones import initialise
from trigpoint.algorithms.common.backbones.efficientnet_lite import EfficientNetLite0

TAP_STAGES = (2, 3, 5, 7)
"""Strides 4, 8, 16 and 32."""

WIDTH = 64


class MaskNetwork(nn.Module):
    """forward: images (N, 3, S, S) as `normalise` makes them -> logits (N, K, S, S).

    `keeps_features`: whether the backbone is used as it is, in training, too.
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.keeps_features = False
        self.backbone = EfficientNetLite0(tap_stages=TAP_STAGES)
        widths = self.backbone.tap_channels
        self.lateral = nn.ModuleList(_normalised(width, WIDTH, 1) for width in widths)
        self.join = nn.ModuleList(_normalised(WIDTH, WIDTH, 3) for _ in widths[1:])
        self.classes = nn.Conv2d(WIDTH, num_classes, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                initialise(module, he=True)

    def forward(self, images: Tensor) -> Tensor:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.keeps_features):
            maps = self.backbone(images)
        x = self.lateral[-1](maps[-1])
        for k in reversed(range(len(maps) - 1)):
            larger = F.interpolate(x, size=maps[k].shape[2:], mode="bilinear", align_corners=False)
            x = self.join[k](F.relu(larger + self.lateral[k](maps[k])))
            x = F.relu(x)
        logits = self.classes(x)
        return F.interpolate(logits, size=images.shape[2:], mode="bilinear", align_corners=False)

    def normalise(self, images: Tensor) -> Tensor:
        """(N, S, S, 3) uint8 RGB -> (N, 3, S, S) float32, as the backbone takes it."""
        mean = torch.tensor(self.backbone.mean_rgb, device=images.device)
        std = torch.tensor(self.backbone.std_rgb, device=images.device)
        return ((images.to(torch.float32) - mean) / std).permute(0, 3, 1, 2)

    def train(self, mode: bool = True) -> MaskNetwork:
        """Sets the mode. Features that are kept are those of a network that does not train."""
        super().train(mode)
        if self.keeps_features:
            self.backbone.eval()
        return self


def _normalised(width: int, out: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, out, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out),
    )
