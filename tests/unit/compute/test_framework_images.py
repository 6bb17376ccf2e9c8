"""Names of the images of frameworks, as the three versions of the SDK write them."""

from __future__ import annotations

import pytest

from trigpoint.compute.framework_images import framework_image

ECR = "763104351884.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("image", "distribution", "version", "purpose"),
    [
        (f"{ECR}/pytorch-training:2.1.0-cpu-py310", "torch", "2.1.0", "training"),
        (f"{ECR}/pytorch-inference:1.5.0-gpu-py3", "torch", "1.5.0", "inference"),
        (f"{ECR}/pytorch-training:2.8.0-gpu-py312-cu129-ubuntu22.04-sagemaker", "torch", "2.8.0", "training"),
        (
            "520713654638.dkr.ecr.us-west-2.amazonaws.com/sagemaker-pytorch:0.4.0-gpu-py3",
            "torch",
            "0.4.0",
            "both",
        ),
        (
            "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:0.23-1-cpu-py3",
            "scikit-learn",
            "0.23",
            "both",
        ),
        ("pytorch-training", "torch", "", "training"),
        (f"{ECR}/pytorch-inference-graviton:2.0.0-cpu-py310", "torch", "2.0.0", "inference"),
    ],
)
def test_images_of_frameworks_are_known(image: str, distribution: str, version: str, purpose: str) -> None:
    found = framework_image(image)
    assert found is not None
    assert (found.distribution, found.version, found.purpose) == (distribution, version, purpose)


@pytest.mark.parametrize(
    "image",
    [
        "",
        f"{ECR}/tensorflow-training:2.1",
        f"{ECR}/my/pytorch-training:1",
        f"{ECR}/my-pytorch-training:1",
        "pytorch:2",
        f"{ECR}/pytorch-training:1\n",
        "example.org/pytorch-training:1",
    ],
)
def test_other_images_are_not(image: str) -> None:
    assert framework_image(image) is None
