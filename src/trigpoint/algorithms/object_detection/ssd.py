"""The detector's network: backbone taps, extra layers that halve the map, and a pair of heads on every map.

Shape letters: N images, A anchors, K classes (class 0 of the K + 1 scores is the background).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones import ORIGINAL, initialise, make_backbone
from trigpoint.algorithms.object_detection.anchors import (
    VGG_LARGE_FROM,
    AnchorLayout,
    layout_for,
    make_anchors,
)
from trigpoint.algorithms.object_detection.pyramid import PYRAMID_CHANNELS, Pyramid

PYRAMID_NETWORKS = ("efficientnet-lite0",)
"""Backbones whose taps go through a feature pyramid. Their maps with small strides are too shallow without one."""

L2_SCALE_INIT = 20.0


@dataclass(frozen=True, slots=True)
class ExtraLayer:
    """1x1 convolution to max(128, filters / 2), then 3x3 to `filters` with this stride and padding."""

    filters: int
    stride: int
    padding: int


def _extras(
    filters: tuple[int, ...], strides: tuple[int, ...], paddings: tuple[int, ...]
) -> tuple[ExtraLayer, ...]:
    return tuple(ExtraLayer(*row) for row in zip(filters, strides, paddings, strict=True))


_EXTRAS_VGG_300 = _extras((512, 256, 256, 256), (2, 2, 1, 1), (1, 1, 0, 0))
# Decision: the ancestor's last layer has stride 1 and would leave 2x2; its step table and the paper mean 1x1.
_EXTRAS_VGG_512 = _extras((512, 256, 256, 256, 256), (2, 2, 2, 2, 2), (1, 1, 1, 1, 1))
_EXTRAS_RESNET_50 = _extras((512, 256, 256, 128), (2, 2, 2, 2), (1, 1, 1, 1))
_EXTRAS_LIGHT = _extras((128, 128, 128), (2, 2, 2), (1, 1, 1))


def extra_layers(base_network: str, image_shape: int) -> tuple[ExtraLayer, ...]:
    """The layers that follow the backbone."""
    if base_network == "resnet-50":
        return _EXTRAS_RESNET_50
    if base_network in ("resnet-10", "efficientnet-lite0"):
        return _EXTRAS_LIGHT
    return _EXTRAS_VGG_300 if image_shape < VGG_LARGE_FROM else _EXTRAS_VGG_512


class L2Norm(nn.Module):
    """Each cell's feature vector scaled to unit length, times a learned scale for each channel.

    Source: Liu et al. 2015.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((channels,), L2_SCALE_INIT))

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(x, dim=1) * self.scale[None, :, None, None]


class Extra(nn.Module):
    def __init__(self, width: int, layer: ExtraLayer) -> None:
        super().__init__()
        inner = max(128, layer.filters // 2)
        self.conv1 = nn.Conv2d(width, inner, 1)
        self.conv2 = nn.Conv2d(inner, layer.filters, 3, layer.stride, layer.padding)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv2(F.relu(self.conv1(x))))


class SSD(nn.Module):
    """Single-shot detector.

    forward: images (N, 3, S, S) as `normalise` makes them -> logits (N, A, K + 1), offsets (N, A, 4).
    `anchors`: (A, 4) boxes_cxcywh, in the same order.
    `layout`: of the backbone, see `make_backbone`.
    `keeps_statistics`: whether the backbone's normalisations use the statistics that they have, in training, too.
    """

    anchors: Tensor

    def __init__(self, base_network: str, image_shape: int, num_classes: int, layout: str = ORIGINAL) -> None:
        super().__init__()
        self.base_network, self.image_shape, self.num_classes = base_network, image_shape, num_classes
        self.layout = layout
        self.keeps_statistics = False
        anchor_layout: AnchorLayout = layout_for(base_network, image_shape)
        self.backbone = make_backbone(base_network, layout)
        self.norm4_3 = L2Norm(512) if base_network == "vgg-16" else None
        widths = list(self.backbone.tap_channels)
        self.pyramid = Pyramid(widths) if base_network in PYRAMID_NETWORKS else None
        if self.pyramid is not None:
            widths = [PYRAMID_CHANNELS] * len(widths)
        self.extras = nn.ModuleList()
        for layer in extra_layers(base_network, image_shape):
            self.extras.append(Extra(widths[-1], layer))
            widths.append(layer.filters)
        per_cell = anchor_layout.per_cell()
        assert len(per_cell) == len(widths)
        pairs = list(zip(widths, per_cell, strict=True))
        self.offset_heads = nn.ModuleList(nn.Conv2d(w, k * 4, 3, padding=1) for w, k in pairs)
        self.class_heads = nn.ModuleList(nn.Conv2d(w, k * (num_classes + 1), 3, padding=1) for w, k in pairs)
        for module in (self.extras, self.offset_heads, self.class_heads):
            for conv in module.modules():
                if isinstance(conv, nn.Conv2d):
                    initialise(conv)
        anchors = make_anchors(anchor_layout, self._map_sizes())
        self.register_buffer("anchors", anchors, persistent=False)

    def feature_maps(self, images: Tensor) -> list[Tensor]:
        maps: list[Tensor] = self.backbone(images)
        if self.pyramid is not None:
            maps = self.pyramid(maps)
        deepest = maps[-1]
        if self.norm4_3 is not None:
            maps[0] = self.norm4_3(maps[0])
        for extra in self.extras:
            deepest = extra(deepest)
            maps.append(deepest)
        return maps

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        maps = self.feature_maps(images)
        logits = [
            _by_anchor(head(x), self.num_classes + 1) for head, x in zip(self.class_heads, maps, strict=True)
        ]
        offsets = [_by_anchor(head(x), 4) for head, x in zip(self.offset_heads, maps, strict=True)]
        return torch.cat(logits, dim=1), torch.cat(offsets, dim=1)

    def normalise(self, images: Tensor) -> Tensor:
        """(N, S, S, 3) uint8 RGB -> (N, 3, S, S) float as the backbone takes it; channels_last in memory."""
        mean = torch.tensor(self.backbone.mean_rgb, device=images.device)
        std = torch.tensor(self.backbone.std_rgb, device=images.device)
        return ((images.to(torch.float32) - mean) / std).permute(0, 3, 1, 2)

    def train(self, mode: bool = True) -> SSD:
        """Sets the mode. Normalisations of the backbone that are frozen keep the statistics that they have."""
        super().train(mode)
        if self.keeps_statistics:
            self.backbone.eval()
        for module in self.backbone.modules():
            learned = list(module.parameters(recurse=False))
            if isinstance(module, nn.BatchNorm2d) and learned and not any(p.requires_grad for p in learned):
                module.eval()
        return self

    def _map_sizes(self) -> list[tuple[int, int]]:
        """(height, width) of each feature map, found by passing an empty image through the network."""
        was_training = self.training
        self.eval()
        with torch.no_grad():
            maps = self.feature_maps(torch.zeros(1, 3, self.image_shape, self.image_shape))
        self.train(was_training)
        return [(int(m.shape[2]), int(m.shape[3])) for m in maps]


def _by_anchor(head: Tensor, values: int) -> Tensor:
    """(N, anchors of a cell * values, H, W) -> (N, H * W * anchors of a cell, values)."""
    images, channels, height, width = head.shape
    anchors = height * width * channels // values  # not -1, which says nothing where there are no images
    return head.permute(0, 2, 3, 1).reshape(images, anchors, values)
