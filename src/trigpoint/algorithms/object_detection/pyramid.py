"""A feature pyramid: maps of equal width, each with what the deeper ones know.

Source: Lin et al. 2017, "Feature pyramid networks for object detection", section 3; with normalisations, because it learns
from random weights next to a backbone that knows something.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones import initialise

PYRAMID_CHANNELS = 96


class Pyramid(nn.Module):
    """(N, widths[k], H_k, W_k), the largest first -> as many maps (N, PYRAMID_CHANNELS, H_k, W_k)."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(width, PYRAMID_CHANNELS, 1, bias=False) for width in widths)
        self.lateral_bn = nn.ModuleList(nn.BatchNorm2d(PYRAMID_CHANNELS) for _ in widths)
        self.smooth = nn.ModuleList(
            nn.Conv2d(PYRAMID_CHANNELS, PYRAMID_CHANNELS, 3, padding=1, bias=False) for _ in widths
        )
        self.smooth_bn = nn.ModuleList(nn.BatchNorm2d(PYRAMID_CHANNELS) for _ in widths)
        for conv in (*self.lateral, *self.smooth):
            assert isinstance(conv, nn.Conv2d)
            initialise(conv, he=True)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        found: list[Tensor] = []
        above: Tensor | None = None
        for k in reversed(range(len(maps))):
            x = self.lateral_bn[k](self.lateral[k](maps[k]))
            if above is not None:
                x = x + F.interpolate(above, size=x.shape[2:], mode="nearest")
            above = x
            found.append(F.relu(self.smooth_bn[k](self.smooth[k](F.relu(x)))))
        return found[::-1]
