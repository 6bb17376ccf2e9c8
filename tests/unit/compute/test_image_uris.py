"""Names of built-in images."""

from __future__ import annotations

import pytest

from trigpoint.builtin import ALGORITHMS
from trigpoint.compute.image_uris import REGISTRY_ACCOUNTS, builtin_algorithm, builtin_image


@pytest.mark.parametrize("region", REGISTRY_ACCOUNTS)
def test_the_images_of_every_region_are_known(region: str) -> None:
    for algorithm in ALGORITHMS:
        image = builtin_image(algorithm, region)
        assert builtin_algorithm(image) == algorithm
        assert builtin_algorithm(image.replace(":1", ":latest")) == algorithm
        assert builtin_algorithm(image.removesuffix(":1")) == algorithm


def test_image_names_are_those_of_the_sagemaker_sdk() -> None:
    assert builtin_image("object-detection", "eu-west-1") == (
        "685385470294.dkr.ecr.eu-west-1.amazonaws.com/object-detection:1"
    )
    assert builtin_image("image-classification", "cn-north-1") == (
        "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/image-classification:1"
    )
    assert builtin_image("object-detection", "xx-nowhere-1").startswith("811284229777.dkr.ecr.us-east-1.")


@pytest.mark.parametrize("image", ["object-detection", "object-detection:1", "object-detection:latest"])
def test_short_names_are_known(image: str) -> None:
    assert builtin_algorithm(image) == "object-detection"


@pytest.mark.parametrize(
    "image",
    [
        "",
        "semantic-segmentation:1",
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/semantic-segmentation:1",
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/my-object-detection:1",
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/team/object-detection:1",
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:2",
        "example.org/object-detection:1",
        "object-detection:1\n",
    ],
)
def test_other_images_are_not_built_in(image: str) -> None:
    assert builtin_algorithm(image) is None
