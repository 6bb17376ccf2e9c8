"""URIs of the images of frameworks, in which people run scripts of their own.

The last part of the repository's name and the tag decide; the registry does not matter, because its account differs by
Region and version. Source: SageMaker Python SDK versions 1 to 3, image_uris and fw_utils.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Purpose = Literal["training", "inference", "both"]


@dataclass(frozen=True, slots=True)
class FrameworkImage:
    """An image of a framework.

    distribution: the name of the framework's Python package
    version:      of the framework, as the tag spells it, without the image's own number; "" without a tag
    """

    title: str
    distribution: str
    version: str
    purpose: Purpose


_FRAMEWORKS: Final = {
    "pytorch": ("PyTorch", "torch"),
    "scikit-learn": ("scikit-learn", "scikit-learn"),
}
_REPOSITORY: Final = re.compile(
    r"(?:(?:\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]{1,40}\.[a-z0-9.-]{1,60}|public\.ecr\.aws/[a-z0-9-]{1,60})/)?"
    r"(?:sagemaker-(?P<old>pytorch|scikit-learn)"
    r"|(?P<name>pytorch|scikit-learn)-(?P<purpose>training|inference)(?:-graviton)?)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
)
_VERSION: Final = re.compile(r"\d+(?:\.\d+)*")


def framework_image(image_uri: str) -> FrameworkImage | None:
    """The framework whose image this is; None for another image.

    ``…/pytorch-training:2.1.0-cpu-py310`` -> PyTorch 2.1.0. ``…/sagemaker-scikit-learn:0.23-1-cpu-py3`` ->
    scikit-learn 0.23: what follows is the number of the image.
    """
    found = _REPOSITORY.fullmatch(image_uri)
    if found is None:
        return None
    title, distribution = _FRAMEWORKS[found["old"] or found["name"]]
    version = _VERSION.match(found["tag"] or "")
    purpose: Purpose = "both"
    if found["purpose"]:
        purpose = "training" if found["purpose"] == "training" else "inference"
    return FrameworkImage(title, distribution, version[0] if version else "", purpose)
