"""Networks that turn an image into feature maps.

Each is a module from (N, 3, H, W) normalised RGB to two or three feature maps, the largest first:

- ``vgg-16``: VGG-16 with fc6 and fc7 as (dilated) convolutions, as SSD's paper reduces it. Taps relu4_3,
  relu7.
- ``resnet-50``: pre-activation ResNet-50 v2. Taps: outputs of stages 3 and 4, strides 16 and 32.
- ``resnet-10``: one pre-activation basic unit per stage, at half the usual width. Taps: stages 2, 3 and 4.
  Not in the original service. Decision: a network that learns from scratch on two CPU cores in minutes
  (benchmarked against MobileNet v2/v3, SqueezeNet and ResNet-18; dense 3x3 convolutions win on CPUs).
- ``efficientnet-lite0``: EfficientNet-Lite0. Taps: strides 8, 16 and 32. Not in the original service.
  Decision: a network whose pretrained weights are small and learn on from two CPU cores in minutes.

With the layout ``torchvision``, ``vgg-16`` and the ResNets of 18 to 152 layers are those for which torchvision publishes
weights. The ResNets are of the v1 family then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from torch import nn

from trigpoint.algorithms.common.backbones import resnet_v1, resnet_v2
from trigpoint.algorithms.common.backbones.base import Backbone as Backbone
from trigpoint.algorithms.common.backbones.base import Unfit as Unfit
from trigpoint.algorithms.common.backbones.base import freeze as freeze
from trigpoint.algorithms.common.backbones.base import initialise as initialise
from trigpoint.algorithms.common.backbones.base import layer_name as layer_name
from trigpoint.algorithms.common.backbones.efficientnet_lite import EfficientNetLite0
from trigpoint.algorithms.common.backbones.resnet_v1 import ResNetV1
from trigpoint.algorithms.common.backbones.resnet_v2 import PreActivationBasic as PreActivationBasic
from trigpoint.algorithms.common.backbones.resnet_v2 import PreActivationBottleneck as PreActivationBottleneck
from trigpoint.algorithms.common.backbones.resnet_v2 import PreActivationResNet as PreActivationResNet
from trigpoint.algorithms.common.backbones.vgg import ReducedVgg16, TorchvisionVgg16

ORIGINAL: Final = "original"
"""The layout of networks that train from scratch."""

TORCHVISION: Final = "torchvision"
"""The layout of networks that start from torchvision's weights."""

_V1: Final[Mapping[str, tuple[type[resnet_v1.Bottleneck] | type[resnet_v1.Basic], tuple[int, ...]]]] = {
    "resnet-18": (resnet_v1.Basic, (2, 2, 2, 2)),
    "resnet-34": (resnet_v1.Basic, (3, 4, 6, 3)),
    "resnet-50": (resnet_v1.Bottleneck, (3, 4, 6, 3)),
    "resnet-101": (resnet_v1.Bottleneck, (3, 4, 23, 3)),
    "resnet-152": (resnet_v1.Bottleneck, (3, 8, 36, 3)),
}


def make_backbone(base_network: str, layout: str = ORIGINAL, *, for_classes: bool = False) -> Backbone:
    """The network called `base_network`, with random weights (Xavier for VGG, He for the others).

    Args: layout: ORIGINAL or TORCHVISION.
          for_classes: with the layers that only `features` needs.
    """
    backbone = _torchvision(base_network) if layout == TORCHVISION else _original(base_network, for_classes)
    for module in backbone.modules():
        if isinstance(module, nn.Conv2d):
            initialise(module, he=base_network != "vgg-16")
    return backbone


def layout_of_weights(base_network: str) -> str:
    """The layout of the network that takes published weights."""
    return TORCHVISION if base_network in _V1 or base_network == "vgg-16" else ORIGINAL


def _torchvision(base_network: str) -> Backbone:
    if base_network == "vgg-16":
        return TorchvisionVgg16()
    if base_network in _V1:
        return ResNetV1(*_V1[base_network])
    raise ValueError(f"torchvision publishes no weights for the base network {base_network!r}")


def _original(base_network: str, for_classes: bool) -> Backbone:
    match base_network:
        case "vgg-16":
            return ReducedVgg16()
        case "resnet-50":
            return PreActivationResNet(
                resnet_v2.PreActivationBottleneck,
                (64, 7),
                (256, 512, 1024, 2048),
                (3, 4, 6, 3),
                first_tap=3,
                tail_norm=False,
            )
        case "resnet-10":
            return PreActivationResNet(
                resnet_v2.PreActivationBasic,
                (32, 3),
                (32, 64, 128, 256),
                (1, 1, 1, 1),
                first_tap=2,
                tail_norm=True,
            )
        case "efficientnet-lite0":
            return EfficientNetLite0(head=for_classes)
    raise ValueError(f"unknown base network {base_network!r}")
