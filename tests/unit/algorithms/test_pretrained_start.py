"""Detectors that start from pretrained weights: what is taken over, what learns, what the artifact says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from helpers.algorithms.container import Platform, make_container, scene_pair, train_here
from trigpoint.algorithms.common.backbones import TORCHVISION
from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.pretrained import read_tensors
from trigpoint.algorithms.object_detection.artifacts import load_model, save_model
from trigpoint.algorithms.object_detection.hyperparameters import parse
from trigpoint.algorithms.object_detection.starting import network_to_train
from trigpoint.weights import find
from trigpoint.weights.installed import sha256_of

LIGHT = {
    "num_classes": "3",
    "num_training_samples": "2",
    "base_network": "efficientnet-lite0",
    "epochs": "1",
    "mini_batch_size": "2",
    "optimizer": "adam",
}


def test_a_detector_learns_on_from_the_weights_of_a_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIGPOINT_WEIGHTS", str(tmp_path / "weights"))
    installed = find("efficientnet-lite0")
    assert installed is not None
    make_container(tmp_path, LIGHT, channels=["train"])
    with Platform(tmp_path, {"train": [scene_pair(1, 1), scene_pair(1, 2)]}):
        assert train_here(tmp_path) == 0
    log = capsys.readouterr().out
    assert f"The backbone efficientnet-lite0 starts from the pretrained weights in {installed.path}." in log
    assert "are not available" not in log
    published, (model, _) = read_tensors(installed.path), load_model(tmp_path / "model")
    same = {
        "stage3_unit2.project.weight": "_blocks.4._project_conv.weight",
        "stage7_unit1.project_bn.running_mean": "_blocks.15._bn2.running_mean",
    }
    state = model.backbone.state_dict()
    assert all(torch.equal(state[ours], published[theirs]) for ours, theirs in same.items())
    learned = state["stage4_unit1.project.weight"] - published["_blocks.5._project_conv.weight"]
    assert 0 < float(learned.abs().max()) < 0.1
    assert model.keeps_statistics and not model.train().backbone.bn0.training


def test_the_artifact_of_a_pretrained_resnet_is_of_torchvisions_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    published = torchvision.models.resnet50().state_dict()
    torch.save(published, tmp_path / "file")
    (tmp_path / "file").rename(tmp_path / f"resnet-50-{sha256_of(tmp_path / 'file')[:8]}.pth")
    monkeypatch.setenv("TRIGPOINT_WEIGHTS", str(tmp_path))
    container = Container(make_container(tmp_path / "job", {}, channels=["train"]))
    with caplog.at_level("INFO", "trigpoint.algorithms"):
        model = network_to_train(container, parse({**LIGHT, "base_network": "resnet-50"}))
    assert "These weights are of torchvision's v1 family of ResNets (post-activation)" in caplog.text
    save_model(tmp_path / "model", model, {})
    loaded, _ = load_model(tmp_path / "model")
    assert loaded.layout == TORCHVISION
    weight = loaded.backbone.state_dict()["stage3_unit6.conv2.weight"]
    assert torch.equal(weight, published["layer3.5.conv2.weight"])


def test_a_damaged_file_of_weights_is_reported_and_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vgg-16-397923af.pth").write_bytes(b"half of")
    monkeypatch.setenv("TRIGPOINT_WEIGHTS", str(tmp_path))
    container = Container(make_container(tmp_path / "job", {}, channels=["train"]))
    with pytest.raises(
        CustomerError, match=r"the file is damaged\. Install it again: trigpoint weights fetch vgg-16"
    ):
        network_to_train(container, parse({**LIGHT, "base_network": "vgg-16"}))
