"""VGG-16 as SSD's paper reduces it. Taps: relu4_3, relu7."""

from __future__ import annotations

from collections.abc import Mapping

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from trigpoint.algorithms.common.backbones.base import (
    IMAGENET_MEAN_RGB,
    IMAGENET_STD_RGB,
    Backbone,
    Unfit,
    renamed,
)

_BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
_TORCHVISION_CONVS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
"""The places of the thirteen convolutions in torchvision's `features`."""


class ReducedVgg16(Backbone):
    """VGG-16 without classifier: pool3 rounds up, pool5 keeps the size, fc6 is dilated by 6."""

    tap_channels = (512, 1024)

    def __init__(self) -> None:
        super().__init__()
        width = 3
        for block, (out, count) in enumerate(_BLOCKS, start=1):
            for k in range(1, count + 1):
                self.add_module(f"conv{block}_{k}", nn.Conv2d(width, out, 3, padding=1))
                width = out
        self.fc6 = nn.Conv2d(512, 1024, 3, padding=6, dilation=6)
        self.fc7 = nn.Conv2d(1024, 1024, 1)

    def taps(self, x: Tensor) -> list[Tensor]:
        x = F.max_pool2d(self._block(x, 1), 2)
        x = F.max_pool2d(self._block(x, 2), 2)
        x = F.max_pool2d(self._block(x, 3), 2, ceil_mode=True)
        relu4_3 = self._block(x, 4)
        x = self._block(F.max_pool2d(relu4_3, 2), 5)
        x = F.max_pool2d(x, 3, stride=1, padding=1)
        relu7 = F.relu(self.fc7(F.relu(self.fc6(x))))
        return [relu4_3, relu7]

    def _block(self, x: Tensor, block: int) -> Tensor:
        for k in range(1, _BLOCKS[block - 1][1] + 1):
            x = F.relu(self.get_submodule(f"conv{block}_{k}")(x))
        return x

    def from_published(self, published: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """torchvision's VGG-16. fc6 and fc7 keep every fourth unit, and of fc6's 7x7 places every third.

        Source: Liu et al. 2016, section 3; Chen et al. 2015 ("a trous").
        """
        names = [
            f"conv{block}_{k}" for block, (_, count) in enumerate(_BLOCKS, 1) for k in range(1, count + 1)
        ]
        places = zip(_TORCHVISION_CONVS, names, strict=True)
        rules = [(rf"features\.{place}\.(weight|bias)", rf"{name}.\1") for place, name in places]
        rules += [(r"classifier\.0\.(weight|bias)", r"fc6.\1"), (r"classifier\.3\.(weight|bias)", r"fc7.\1")]
        found = renamed(published, rules, r"classifier\.6\.(weight|bias)")
        if tuple(found.get("fc6.weight", Tensor()).shape) != (4096, 512 * 7 * 7):
            raise Unfit("classifier.0.weight is not of 4096 units over 512 maps of 7x7")
        if tuple(found.get("fc7.weight", Tensor()).shape) != (4096, 4096):
            raise Unfit("classifier.3.weight is not of 4096 units over 4096")
        found["fc6.weight"] = found["fc6.weight"].reshape(4096, 512, 7, 7)[::4, :, ::3, ::3]
        found["fc7.weight"] = found["fc7.weight"][::4, ::4, None, None]
        return found | {name: found[name][::4] for name in ("fc6.bias", "fc7.bias") if name in found}


class TorchvisionVgg16(ReducedVgg16):
    """The same layers, for pixels scaled as torchvision scales them."""

    mean_rgb, std_rgb = IMAGENET_MEAN_RGB, IMAGENET_STD_RGB
