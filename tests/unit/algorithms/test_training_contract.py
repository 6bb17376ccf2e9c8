"""The results of a training with good and bad data: exit code, failure file, log and model."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from helpers.algorithms.container import (
    Pair,
    Platform,
    annotation,
    jpeg,
    make_container,
    scene_pair,
    train_here,
)
from trigpoint.algorithms.object_detection import train as detection
from trigpoint.algorithms.object_detection.artifacts import load_model

LIGHT = {
    "num_classes": "3",
    "num_training_samples": "2",
    "base_network": "resnet-10",
    "epochs": "1",
    "mini_batch_size": "2",
    "optimizer": "adam",
}


def failure(root: Path) -> str:
    return (root / "output" / "failure").read_text()


def outcome(root: Path, pairs: list[Pair] | bytes, **changes: str) -> int:
    """The exit code of a training on these records, without validation."""
    make_container(root, {**LIGHT, **changes}, channels=["train"])
    with Platform(root, {"train": pairs}):
        return train_here(root)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_wrong_hyperparameter_ends_with_2_and_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_container(tmp_path, {**LIGHT, "learning_rate": "7"})
    assert train_here(tmp_path) == 2
    text = "Error when validating hyperparameters: learning_rate: 7 must be in (0, 1]"
    assert failure(tmp_path) == text
    log = capsys.readouterr().out
    assert log.startswith("Docker entrypoint called with argument(s): train\n[")
    assert f"] Customer Error: {text}\n" in log
    assert "Traceback" not in log


@pytest.mark.parametrize(("asked", "warned"), [("1", True), ("True", True), ("", True), ("0", False)])
def test_a_training_that_asks_for_pretrained_weights_starts_from_scratch_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: str, warned: bool
) -> None:
    assert outcome(tmp_path, b"", use_pretrained_model=asked) == 2  # there are no examples
    warning = (
        "Pretrained weights for resnet-10 are not available on this installation; training from scratch."
    )
    assert (warning in capsys.readouterr().out) is warned


def test_settings_that_have_no_effect_are_named_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(tmp_path, b"", momentum="0.5", weight_decay="0.1", kv_store="dist_async") == 2
    log = capsys.readouterr().out
    assert "momentum has no effect with optimizer adam; it is read by sgd." in log
    assert "weight_decay has no effect with optimizer adam; it is read by sgd and rmsprop." in log
    assert "kv_store dist_async is run synchronously" in log


def test_an_unreadable_configuration_is_an_internal_error_and_ends_with_1(tmp_path: Path) -> None:
    make_container(tmp_path, LIGHT)
    (tmp_path / "input" / "config" / "hyperparameters.json").write_text("{")
    assert train_here(tmp_path) == 1
    assert failure(tmp_path).startswith("hyperparameters.json is not JSON")


def test_a_missing_train_channel_is_reported_as_a_client_error(tmp_path: Path) -> None:
    make_container(tmp_path, LIGHT, channels=["validation"])
    assert train_here(tmp_path) == 2
    assert failure(tmp_path) == "The channel 'train' is missing from InputDataConfig; it has 'validation'"


def test_an_empty_stream_is_reported_as_a_client_error(tmp_path: Path) -> None:
    assert outcome(tmp_path, []) == 2
    assert failure(tmp_path).startswith(
        "Got empty batch from pipe. Please check if the manifest file contains"
    )


def test_records_that_are_not_recordio_are_reported_as_a_client_error(tmp_path: Path) -> None:
    assert outcome(tmp_path, b"{}\n{}\n" * 9) == 2
    assert failure(tmp_path) == (
        "Unable to parse record. Please make sure input data is in correct recordio format. "
        "(channel 'train', record 0 of the pipe: Invalid magic number 0x7b0a7d7b at byte 0: this is not RecordIO)"
    )


def test_attributes_in_the_wrong_order_leave_no_examples_to_train_on(tmp_path: Path) -> None:
    image, label = scene_pair(1, 1)
    assert outcome(tmp_path, [(label, image)] * 2) == 2
    assert "AttributeNames matches attributes names" in failure(tmp_path)


def test_an_unknown_class_is_reported_as_a_client_error(tmp_path: Path) -> None:
    image, _ = scene_pair(1, 1)
    assert outcome(tmp_path, [(image, annotation((480, 360), [(3, 1, 1, 50, 50)]))]) == 2
    assert failure(tmp_path) == "Label 3 is out of range, num_classes is 3 (train example 1)"


def test_a_network_that_does_not_fit_the_memory_names_what_to_lower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "network_to_train", lambda *_: torch.empty(2**50))
    assert outcome(tmp_path, [scene_pair(1, 1)]) == 2
    assert failure(tmp_path).startswith("Out of memory; lower mini_batch_size, image_shape or num_classes")


def test_unusual_images_and_labels_are_used_and_broken_ones_are_skipped_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [
        scene_pair(1, 1),
        (b"no image at all", annotation((9, 9), [])),
        (png(Image.new("RGB", (1, 1))), annotation((1, 1), [(0, 0, 0, 1, 1)])),
        (jpeg(Image.new("CMYK", (64, 48))), annotation((64, 48), [(1, -9, -9, 30, 30)])),
        (jpeg(Image.new("L", (64, 48))), annotation((64, 48), [])),
    ]
    assert outcome(tmp_path, pairs, num_training_samples="1000") == 0
    log = capsys.readouterr().out
    assert "] Skipped train example 2: the image cannot be decoded" in log
    assert "Expected number of batches: 500, did not match the number of batches processed: 2." in log
    assert "num_examples:      4," in log
    assert "The channel 'validation' is not given" in log


def test_images_without_objects_give_a_loss_of_zero(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = (jpeg(Image.new("RGB", (64, 48))), annotation((64, 48), []))
    assert outcome(tmp_path, [blank, blank]) == 0
    log = capsys.readouterr().out
    assert "train cross_entropy <loss>=0.0000" in log
    assert (
        "3 of the 3 classes have no object in the channel 'train', so the model cannot learn them: 0, 1, 2"
        in log
    )


def test_without_validation_the_last_model_is_kept_with_its_settings(tmp_path: Path) -> None:
    assert outcome(tmp_path, [scene_pair(1, 1), scene_pair(1, 2)], nms_threshold="0.3") == 0
    model, settings = load_model(tmp_path / "model")
    assert (model.base_network, model.image_shape, model.num_classes) == ("resnet-10", 300, 3)
    assert settings["nms_threshold"] == "0.3" and settings["label_width"] == "350"
    assert {f.name for f in (tmp_path / "model").iterdir()} == {
        "model_algo_1-0000.params",
        "model_algo_1-symbol.json",
        "hyperparams.json",
    }
    assert json.loads((tmp_path / "model" / "model_algo_1-symbol.json").read_text())["network"] == "resnet-10"
    assert not (tmp_path / "checkpoints").exists()


def test_frozen_layers_do_not_learn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    from trigpoint.algorithms.common.loop import SEED
    from trigpoint.algorithms.object_detection.ssd import SSD

    pairs = [scene_pair(1, 1), scene_pair(1, 2)]
    assert outcome(tmp_path, pairs, freeze_layer_pattern="^(conv0|stage1_unit1_bn1_gamma)") == 0
    assert "] Frozen layers: conv0_weight, stage1_unit1_bn1_gamma" in capsys.readouterr().out
    trained, _ = load_model(tmp_path / "model")
    torch.manual_seed(SEED)
    fresh = SSD("resnet-10", 300, 3)
    same = {
        name: torch.equal(p, q)
        for (name, p), (_, q) in zip(trained.named_parameters(), fresh.named_parameters(), strict=True)
    }
    assert same["backbone.conv0.weight"] and same["backbone.stage1_unit1.bn1.weight"]
    assert not same["backbone.stage1_unit1.bn1.bias"] and not same["backbone.stage2_unit1.conv1.weight"]
