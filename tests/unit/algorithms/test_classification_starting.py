"""What a classification training starts from: an earlier model, published weights, or neither."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from helpers.algorithms.colours import LIGHT
from helpers.algorithms.forms import entry, lay_out
from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.loop import TrainingRun
from trigpoint.algorithms.common.pretrained import read_tensors
from trigpoint.algorithms.image_classification.artifacts import (
    Description,
    load_model,
    make_described,
    save_model,
)
from trigpoint.algorithms.image_classification.configuration import configure
from trigpoint.algorithms.image_classification.hyperparameters import parse
from trigpoint.algorithms.image_classification.starting import network_to_train
from trigpoint.algorithms.image_classification.train import ClassificationLearner
from trigpoint.weights import find

LABELS = entry("Pipe", "application/x-recordio", "RecordIO")
MODEL = entry("File", "application/x-sagemaker-model")


def container(root: Path, model: Path | None = None, **changes: str) -> Container:
    lay_out(root, {**LIGHT, **changes}, {"train": LABELS, **({} if model is None else {"model": MODEL})})
    if model is not None:
        (root / "input" / "data" / "model").mkdir()
        with tarfile.open(root / "input" / "data" / "model" / "model.tar.gz", "w:gz") as archive:
            for file in sorted(model.iterdir()):
                archive.add(file, file.name)
    return Container(root)


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("earlier")
    description = Description("resnet-v2", 20, (3, 8, 8), 3, multi_label=False)
    torch.manual_seed(77)
    save_model(folder, make_described(description), description, 2, 0.5, keep_others=False)
    return folder


def test_a_training_goes_on_from_the_model_of_an_earlier_one(tmp_path: Path, earlier: Path) -> None:
    made = container(tmp_path, earlier, use_pretrained_model="0")
    found = network_to_train(made, parse(made.hyperparameters)).network.state_dict()
    wanted = load_model(earlier).network.state_dict()
    assert found.keys() == wanted.keys() and all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"num_layers": "32"}, "num_layers 20, this training 32"),
        ({"image_shape": "3,8,10"}, "image_shape 3,8,8, this training 3,8,10"),
        ({"num_classes": "4"}, "num_classes 3, this training 4"),
        ({"multi_label": "1"}, "multi_label 0, this training 1"),
    ],
)
def test_a_model_of_another_architecture_is_refused(
    tmp_path: Path, earlier: Path, changes: dict[str, str], said: str
) -> None:
    made = container(tmp_path, earlier, **changes)
    with pytest.raises(
        CustomerError, match=f"Channel 'model': the earlier model has {said}; they must be equal: set "
    ):
        network_to_train(made, parse(made.hyperparameters))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("image-classification-symbol.json", '{"nodes": []}', "image-classification-symbol.json is MXNet's; only models"),
        ("image-classification-symbol.json", "[]", "image-classification-symbol.json is not a JSON object"),
        ("image-classification-0002.params", "no tensors", "image-classification-0002.params does not fit"),
        ("image-classification-0002.params", "", "0002.params does not fit .*: it is no file of tensors"),
        ("image-classification-symbol.json", "[" * 100_000, "image-classification-symbol.json is not JSON"),
    ],
)  # fmt: skip
def test_an_artifact_of_another_program_is_refused(
    tmp_path: Path, earlier: Path, name: str, content: str, said: str
) -> None:
    for file in earlier.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / name).write_text(content)
    with pytest.raises(CustomerError, match=said):
        load_model(tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"kept": {}}, {"num_classes": 10**12}, {"num_classes": -1}, {"image_shape": [3, 10**6, 10**6]}],
)
def test_a_description_of_no_network_is_refused(
    tmp_path: Path, earlier: Path, change: dict[str, object]
) -> None:
    name = "image-classification-symbol.json"
    (tmp_path / name).write_text(json.dumps({**json.loads((earlier / name).read_text()), **change}))
    with pytest.raises(CustomerError, match=f"^{name} "):
        load_model(tmp_path)


def published(folder: Path, num_layers: int, monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """torchvision's network with random weights, which are saved and installed as its files are."""
    from torchvision.models import resnet18, resnet50

    network: nn.Module = {18: resnet18, 50: resnet50}[num_layers](weights=None)
    torch.manual_seed(3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):  # so that running averages count
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    path = folder / "saved.pth"
    torch.save(network.state_dict(), path)
    digits = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    path.rename(folder / f"resnet-{num_layers}-{digits}.pth")
    monkeypatch.setenv("TRIGPOINT_WEIGHTS", str(folder))
    return network.eval()


@pytest.mark.parametrize("num_layers", [18, 50])
def test_published_weights_give_the_outputs_of_torchvisions_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], num_layers: int
) -> None:
    theirs = published(tmp_path, num_layers, monkeypatch)
    changes = {"num_layers": str(num_layers), "use_pretrained_model": "1", "image_shape": "3,64,64"}
    made = container(tmp_path / "job", **changes)
    started = network_to_train(made, configure(made)[0])
    ours = started.network.eval()
    theirs.fc = ours.body.fc  # the last layer is new
    torch.manual_seed(5)
    pixels = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    mean, std = torch.tensor((0.485, 0.456, 0.406)), torch.tensor((0.229, 0.224, 0.225))
    with torch.inference_mode():
        wanted = theirs(((pixels / 255 - mean) / std).permute(0, 3, 1, 2))
        assert torch.allclose(ours(pixels), wanted, atol=1e-5, rtol=1e-5)
    assert started.description.family == "resnet-v1"
    assert "not available on this installation" not in capsys.readouterr().out
    save_model(tmp_path / "model", ours, started.description, 1, None, keep_others=False)
    assert torch.equal(load_model(tmp_path / "model").network.body.fc.weight, ours.body.fc.weight)


def test_efficientnet_lite0_starts_from_the_weights_of_its_package(tmp_path: Path) -> None:
    made = container(
        tmp_path, base_network="efficientnet-lite0", use_pretrained_model="1", image_shape="3,64,64"
    )
    started = network_to_train(made, parse(made.hyperparameters))
    assert started.description.family == "efficientnet-lite"
    installed = find("efficientnet-lite0")
    assert installed is not None
    head = started.network.state_dict()["body.backbone.head.weight"]
    assert torch.equal(head, read_tensors(installed.path)["_conv_head.weight"])
    save_model(tmp_path / "model", started.network, started.description, 1, None, keep_others=False)
    loaded = load_model(tmp_path / "model").network
    pixels = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        assert torch.equal(loaded(pixels), started.network.eval()(pixels))


def test_weights_of_another_network_and_damaged_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(tmp_path, 18, monkeypatch)
    (file,) = tmp_path.glob("*.pth")
    made = container(tmp_path / "job", num_layers="34", use_pretrained_model="1")
    other = file.rename(tmp_path / file.name.replace("resnet-18", "resnet-34"))
    with pytest.raises(CustomerError, match="the weights are not of resnet-34"):
        network_to_train(made, parse(made.hyperparameters))
    other.write_bytes(other.read_bytes() + b"x")
    with pytest.raises(CustomerError, match="the file is damaged"):
        network_to_train(made, parse(made.hyperparameters))


def test_without_installed_weights_the_training_begins_from_scratch_with_the_command_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRIGPOINT_WEIGHTS", str(tmp_path / "none"))
    made = container(tmp_path / "job", num_layers="18", use_pretrained_model="1")
    logger_messages: list[str] = []
    monkeypatch.setattr(
        "trigpoint.algorithms.image_classification.configuration.logger.warning",
        lambda text, *_: logger_messages.append(str(text)),
    )
    hp, _ = configure(made)
    assert network_to_train(made, hp).description.family == "resnet-v2"
    assert any(
        "training from scratch. Install them: trigpoint weights fetch resnet-18" in each
        for each in logger_messages
    )


@pytest.mark.parametrize("installed_first", [True, False])
def test_weights_that_are_installed_or_removed_meanwhile_do_not_stop_a_training_that_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed_first: bool
) -> None:
    (tmp_path / "job" / "checkpoints").mkdir(parents=True)
    published(tmp_path, 18, monkeypatch)
    folders = [str(tmp_path), str(tmp_path / "none")]
    before, after = folders if installed_first else reversed(folders)
    made = container(tmp_path / "job", num_layers="18", use_pretrained_model="1")

    def run() -> TrainingRun[Any]:
        learner = ClassificationLearner(made, parse(made.hyperparameters))
        return TrainingRun(made, learner.hp, {}, learner)

    monkeypatch.setenv("TRIGPOINT_WEIGHTS", before)
    first = run()
    first.checkpoint()
    monkeypatch.setenv("TRIGPOINT_WEIGHTS", after)
    second = run()
    assert second.resume()
    expected, found = first.learner.model.state_dict(), second.learner.model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
