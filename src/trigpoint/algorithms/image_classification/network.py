"""The classifiers' networks: from the pixels of a batch to one number for each class.

``resnet-v2`` is the pre-activation ResNet of the open ancestor, for num_layers 18 to 200, and 20 to 110 for small images.
The stem is one 3x3 convolution for images of at most 32 pixels, and reduces larger ones to a fourth. ``resnet-v1`` is
torchvision's network, for which weights are published. ``efficientnet-lite`` is EfficientNet-Lite0.

Shape letters: N images, C channels, H height, W width, K classes.

Source: training.md 7.4.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones import (
    TORCHVISION,
    Backbone,
    PreActivationBasic,
    PreActivationBottleneck,
    make_backbone,
)
from trigpoint.algorithms.common.backbones.resnet_v2 import NORM_EPS, norm
from trigpoint.algorithms.image_classification.depths import FIRST_BOTTLENECK, UNITS
from trigpoint.algorithms.image_classification.hyperparameters import SMALL_IMAGE_LAYERS

RESNET_V1, RESNET_V2, EFFICIENTNET_LITE = "resnet-v1", "resnet-v2", "efficientnet-lite"
MEAN_RGB = (123.68, 116.779, 103.939)
GREY_OF_RGB = (0.299, 0.587, 0.114)  # as Pillow converts
SMALL_IMAGE_PX = 32


class Classifier(nn.Module):
    """A network with the normalisation of its input.

    forward: (N, H, W, C) uint8 -> (N, K) float.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, body: nn.Module, mean: tuple[float, ...], scale: tuple[float, ...]) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.register_buffer("scale", torch.tensor(scale), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        x = (pixels.float() - self.mean) * self.scale
        result: Tensor = self.body(x.permute(0, 3, 1, 2))  # in memory it stays channels last
        return result


class BackboneClassifier(nn.Module):
    """The mean of a backbone's last map, and one layer on it; (N, 3, H, W) float -> (N, K) float."""

    def __init__(self, backbone: Backbone, num_classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.fc = nn.Linear(backbone.feature_channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.fc(self.backbone.features(x).mean(dim=(2, 3)))
        return result


class ResNetV2(nn.Module):
    """forward: (N, C, H, W) float without its mean -> (N, K) float."""

    def __init__(self, num_layers: int, image_shape: tuple[int, int, int], num_classes: int) -> None:
        super().__init__()
        channels, height, _ = image_shape
        unit, stem_width, widths, units = _plan(num_layers)
        self.is_small = height <= SMALL_IMAGE_PX
        self.bn_data = nn.BatchNorm2d(channels, eps=NORM_EPS)
        self.bn_data.weight.requires_grad_(False)  # its gamma is fixed
        if self.is_small:
            self.conv0 = nn.Conv2d(channels, stem_width, 3, 1, 1, bias=False)
        else:
            self.conv0 = nn.Conv2d(channels, stem_width, 7, 2, 3, bias=False)
            self.bn0 = norm(stem_width)
        self.units = nn.Sequential()
        width = stem_width
        for stage, (out, count) in enumerate(zip(widths, units, strict=True), start=1):
            for k in range(1, count + 1):
                stride = 2 if k == 1 and stage > 1 else 1
                self.units.add_module(f"stage{stage}_unit{k}", unit(width, out, stride))
                width = out
        self.bn1 = norm(width)
        self.fc1 = nn.Linear(width, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
        nn.init.zeros_(self.fc1.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv0(self.bn_data(x))
        if not self.is_small:
            x = F.max_pool2d(F.relu(self.bn0(x)), 3, 2, 1)
        x = F.relu(self.bn1(self.units(x)))
        result: Tensor = self.fc1(x.mean(dim=(2, 3)))
        return result


def _plan(
    num_layers: int,
) -> tuple[type[PreActivationBasic] | type[PreActivationBottleneck], int, tuple[int, ...], tuple[int, ...]]:
    """The kind of unit, the width of the stem, and the width and the number of units of each stage."""
    # Decision: num_layers chooses the family, whatever the size of the image. The ancestor refuses some combinations.
    if num_layers in SMALL_IMAGE_LAYERS:
        return PreActivationBasic, 16, (16, 32, 64), ((num_layers - 2) // 6,) * 3
    if num_layers < FIRST_BOTTLENECK:
        return PreActivationBasic, 64, (64, 128, 256, 512), UNITS[num_layers]
    return PreActivationBottleneck, 64, (256, 512, 1024, 2048), UNITS[num_layers]


def make_network(
    family: str, num_layers: int, image_shape: tuple[int, int, int], num_classes: int
) -> Classifier:
    """The network with random weights. Raises: ValueError: there is no such family."""
    if family == RESNET_V1:
        return _on_backbone(make_backbone(f"resnet-{num_layers}", TORCHVISION, for_classes=True), num_classes)
    if family == EFFICIENTNET_LITE:
        return _on_backbone(make_backbone("efficientnet-lite0", for_classes=True), num_classes)
    if family != RESNET_V2:
        raise ValueError(f"unknown network family {family!r}")
    body = ResNetV2(num_layers, image_shape, num_classes)
    return Classifier(body, _mean(image_shape[0]), (1.0,) * image_shape[0])


def _on_backbone(backbone: Backbone, num_classes: int) -> Classifier:
    scale = tuple(1 / std for std in backbone.std_rgb)
    return Classifier(BackboneClassifier(backbone, num_classes), backbone.mean_rgb, scale)


def _mean(channels: int) -> tuple[float, ...]:
    if channels == 1:
        return (sum(m * g for m, g in zip(MEAN_RGB, GREY_OF_RGB, strict=True)),)
    return MEAN_RGB
