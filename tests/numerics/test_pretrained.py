"""Published weights in our networks: equal outputs, the right network, and files that are refused."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image, ImageDraw
from torch import Tensor, nn

from trigpoint.algorithms.common import pretrained
from trigpoint.algorithms.common.backbones import TORCHVISION, Unfit, make_backbone
from trigpoint.algorithms.common.pretrained import fill, load_pretrained, read_tensors, recognize
from trigpoint.core.errors import Invalid
from trigpoint.weights import find

RESNETS = ("resnet-18", "resnet-34", "resnet-50", "resnet-101", "resnet-152")

ANALOG_CLOCK, WALL_CLOCK = 409, 892  # classes of ImageNet


def drawn_clock(side: int) -> Image.Image:
    """A dial with twelve marks and two hands."""
    image = Image.new("RGB", (side, side), (120, 150, 140))
    draw, c = ImageDraw.Draw(image), side / 2

    def line(angle: float, start: float, end: float, width: int) -> None:
        x, y = math.sin(angle) * c, -math.cos(angle) * c
        draw.line((c + x * start, c + y * start, c + x * end, c + y * end), fill=(20, 20, 20), width=width)

    draw.ellipse(
        (c * 0.15, c * 0.15, c * 1.85, c * 1.85), fill=(250, 250, 245), outline=(40, 30, 20), width=8
    )
    for hour in range(12):
        line(hour * math.pi / 6, 0.66, 0.78, 4)
    line(1.0, 0, 0.42, 7)
    line(5.2, 0, 0.62, 4)
    return image


def theirs(name: str) -> nn.Module:
    """torchvision's network with random weights and random statistics of its normalisations."""
    torch.manual_seed(7)
    network: nn.Module = torchvision.models.get_model(name.replace("-", ""), weights=None).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.3, 1.0)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return network


def assert_equal_outputs(ours: Tensor, other: Tensor) -> None:
    """Equal to 1e-5 of the largest value."""
    assert ours.shape == other.shape and other.abs().max() > 1e-3
    assert float((ours - other).abs().max() / other.abs().max()) < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("name", RESNETS)
def test_torchvisions_resnets_give_equal_outputs_in_ours(tmp_path: Path, name: str) -> None:
    original = theirs(name)
    torch.save(original.state_dict(), tmp_path / "saved.pth")
    published = read_tensors(tmp_path / "saved.pth")
    assert recognize(published) == name
    ours = make_backbone(name, TORCHVISION).eval()
    fill(ours, published)
    images = torch.randn(2, 3, 65, 96)
    assert_equal_outputs(original.fc(ours.features(images).mean((2, 3))), original(images))


@torch.no_grad()
def test_torchvisions_vgg_gives_equal_outputs_in_ours_up_to_its_fifth_block() -> None:
    original = theirs("vgg-16")
    published = original.state_dict()
    assert recognize(published) == "vgg-16"
    ours = make_backbone("vgg-16", TORCHVISION).eval()
    fill(ours, published)
    seen: list[Tensor] = []
    ours.conv5_3.register_forward_hook(lambda module, inputs, output: seen.append(output))
    images = torch.randn(1, 3, 96, 64)
    assert_equal_outputs(ours(images)[0], original.features[:23](images))  # relu4_3
    assert_equal_outputs(seen[0], original.features[:29](images))  # conv5_3
    fc6 = original.classifier[0].weight.reshape(4096, 512, 7, 7)
    assert torch.equal(ours.fc6.weight[5, :, 1, 2], fc6[20, :, 3, 6])
    assert torch.equal(ours.fc7.weight[5, 3, 0, 0], original.classifier[3].weight[20, 12])


@pytest.mark.parametrize("name", ["resnext50_32x4d", "vgg16_bn", "vgg19", "mobilenet_v2"])
def test_weights_of_other_networks_are_refused(name: str) -> None:
    with torch.device("meta"):
        published = torchvision.models.get_model(name, weights=None).state_dict()
    with pytest.raises(Unfit, match=r"they are of none of vgg-16, .* The nearest is [a-z]+-\w+, but \w+"):
        recognize(published)


def test_the_nearest_network_and_the_tensor_that_differs_are_named() -> None:
    with torch.device("meta"):
        published = {**theirs("resnet-18").state_dict(), "extra": torch.zeros(1)}
    with pytest.raises(Unfit, match="The nearest is resnet-18, but extra has no place in the network"):
        recognize(published)


@torch.no_grad()
def test_efficientnet_lite0_has_the_shapes_of_its_published_weights(tmp_path: Path) -> None:
    installed = find("efficientnet-lite0", tmp_path)
    assert installed is not None
    published = read_tensors(installed.path)
    assert recognize(published) == "efficientnet-lite0"
    network = make_backbone("efficientnet-lite0", for_classes=True).eval()
    load_pretrained(network, installed)
    assert network.feature_channels == published["_fc.weight"].shape[1]
    assert network.features(torch.zeros(1, 3, 65, 224)).shape == (1, network.feature_channels, 3, 7)
    maps = network(torch.zeros(1, 3, 300, 300))
    assert [tuple(tap.shape[1:]) for tap in maps] == [(40, 38, 38), (112, 19, 19), (320, 10, 10)]


@torch.no_grad()
def test_efficientnet_lite0_sees_a_drawn_clock(tmp_path: Path) -> None:
    """A network with layers in another order, or with weights in other places, sees something else."""
    installed = find("efficientnet-lite0", tmp_path)
    assert installed is not None
    network = make_backbone("efficientnet-lite0", for_classes=True).eval()
    load_pretrained(network, installed)
    published = read_tensors(installed.path)
    pixels = torch.from_numpy(np.array(drawn_clock(224))).permute(2, 0, 1)[None]
    mean, std = (torch.tensor(each)[None, :, None, None] for each in (network.mean_rgb, network.std_rgb))
    features = network.features((pixels - mean) / std).mean((2, 3))
    classes = (features @ published["_fc.weight"].T + published["_fc.bias"]).softmax(1)[0]
    assert float(classes[ANALOG_CLOCK] + classes[WALL_CLOCK]) > 0.9


def test_files_that_hold_something_else_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(content: object, why: str, name: str = "file.pth") -> None:
        if isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        else:
            torch.save(content, tmp_path / name)
        with pytest.raises(Invalid, match=why):
            read_tensors(tmp_path / name)

    refused(b"<html>", "not a file of tensors as torch.save writes it")
    refused(b"", "not a file of tensors as torch.save writes it")
    refused(b"<html>", "not a file of tensors", "file.safetensors")
    refused({}, "must hold from 1 to 10000 tensors")
    refused([torch.zeros(1)], "must hold from 1 to 10000 tensors")
    refused({"a": 1}, "its entry 'a' is not a tensor")
    refused({"a": torch.tensor([float("nan")])}, "its tensor 'a' has numbers that are not finite")
    refused({"a": torch.zeros(1, dtype=torch.complex64)}, "its entry 'a' is not a tensor of plain numbers")
    refused({"a": torch.zeros(1, device="meta")}, "its entry 'a' is not a tensor of plain numbers")
    refused({"a\x1b[31m": torch.zeros(1)}, r"its entry 'a\\x1b\[31m' is not a tensor")
    refused({"a": torch.zeros(1).expand(2**40)}, "its tensors have more than")  # few stored numbers, repeated
    refused(theirs("resnet-18"), r"it holds torchvision\.\S+, and only tensors are read, never code")
    monkeypatch.setattr(pretrained, "MAX_WEIGHTS_BYTES", 100_000)
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data/0", bytes(100_001))
    with pytest.raises(Invalid, match="it unpacks to more than"):
        read_tensors(tmp_path / "bomb.pth")


def test_wrapped_tensors_and_those_of_parallel_trainings_are_read(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "state_dict": {"module.conv1.weight": torch.ones(2)}}, tmp_path / "file.pth")
    assert list(read_tensors(tmp_path / "file.pth")) == ["conv1.weight"]
    from safetensors.torch import save_file

    save_file({"conv1.weight": torch.ones(2)}, tmp_path / "file.safetensors")
    assert read_tensors(tmp_path / "file.safetensors")["conv1.weight"].tolist() == [1, 1]
