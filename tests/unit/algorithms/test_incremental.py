"""A training that starts from the model of an earlier one: what it uses, and what it refuses."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest
import torch

from helpers.algorithms.container import Platform, scene_pair, train_here
from helpers.algorithms.forms import entry, lay_out
from trigpoint.algorithms.common.harness import Container
from trigpoint.algorithms.common.loop import TrainingRun
from trigpoint.algorithms.object_detection.artifacts import load_model, save_model
from trigpoint.algorithms.object_detection.configuration import configure
from trigpoint.algorithms.object_detection.ssd import SSD
from trigpoint.algorithms.object_detection.train import DetectionLearner

LIGHT = {
    "num_classes": "3",
    "num_training_samples": "2",
    "base_network": "resnet-10",
    "mini_batch_size": "2",
    "epochs": "1",
}
PIPE = entry("Pipe", "application/x-recordio", "RecordIO")
MODEL = entry("File", "application/x-sagemaker-model")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model directory of a network with other weights than a new one."""
    torch.manual_seed(77)
    folder = tmp_path_factory.mktemp("earlier")
    save_model(folder, SSD("resnet-10", 300, 3), {})
    return folder


def archive(folder: Path, target: Path, prefix: str = "") -> None:
    with tarfile.open(target, "w:gz") as tar:
        for file in sorted(folder.iterdir()):
            tar.add(file, f"{prefix}{file.name}")


def container(root: Path, model: Path | None, prefix: str = "", **changes: str) -> Container:
    """A container with the channels train and model; the model as an archive."""
    lay_out(root, {**LIGHT, **changes}, {"train": PIPE, "model": MODEL})
    folder = root / "input" / "data" / "model"
    folder.mkdir()
    if model is not None:
        archive(model, folder / "model.tar.gz", prefix)
    return Container(root)


def started(container_: Container) -> dict[str, torch.Tensor]:
    learner = DetectionLearner(container_, configure(container_)[0])
    return learner.model.state_dict()


def refusal(root: Path) -> str:
    with Platform(root, {"train": [scene_pair(1, 1)] * 2}):
        assert train_here(root) == 2
    return (root / "output" / "failure").read_text()


@pytest.mark.parametrize("prefix", ["", "./"])
def test_training_starts_from_the_weights_of_the_earlier_model(
    tmp_path: Path, earlier: Path, prefix: str
) -> None:
    wanted = load_model(earlier)[0].state_dict()
    found = started(container(tmp_path, earlier, prefix))
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    assert not list(tmp_path.glob("model-*"))  # the unpacked files are removed


def test_a_model_that_was_not_compressed_is_accepted(tmp_path: Path, earlier: Path) -> None:
    made = container(tmp_path, None)
    shutil.copytree(earlier, tmp_path / "input/data/model/model")
    found = started(made)
    assert torch.equal(found["class_heads.0.weight"], load_model(earlier)[0].class_heads[0].weight)


def test_the_image_shape_can_differ_when_the_layers_are_the_same(tmp_path: Path, earlier: Path) -> None:
    found = started(container(tmp_path, earlier, image_shape="320"))
    assert torch.equal(found["class_heads.0.weight"], load_model(earlier)[0].class_heads[0].weight)


def test_use_pretrained_model_has_no_effect_with_a_model_channel(tmp_path: Path, earlier: Path) -> None:
    container(tmp_path, earlier, use_pretrained_model="1")
    with Platform(tmp_path, {"train": [scene_pair(1, 1)] * 2}):
        assert train_here(tmp_path) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"num_classes": "4"}, "Channel 'model': the earlier model has num_classes 3, this training 4; they must be equal: set the hyperparameter num_classes to 3, or leave the channel out"),
        ({"base_network": "resnet-50"}, "Channel 'model': the earlier model has base_network resnet-10, this training resnet-50; they must be equal: set the hyperparameter base_network to resnet-10, or leave the channel out"),
    ],
)  # fmt: skip
def test_hyperparameters_of_another_network_are_refused(
    tmp_path: Path, earlier: Path, changes: dict[str, str], said: str
) -> None:
    container(tmp_path, earlier, **changes)
    assert refusal(tmp_path) == said


def test_an_image_shape_with_other_layers_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "vgg"
    save_model(model, SSD("vgg-16", 300, 3), {})
    container(tmp_path / "job", model, base_network="vgg-16", image_shape="512")
    assert refusal(tmp_path / "job") == (
        "Channel 'model': the earlier model has image_shape 300, this training 512, and vgg-16 has other layers "
        "there; set the hyperparameter image_shape to 300, or leave the channel out"
    )


def test_a_channel_without_a_model_is_refused_with_its_files(tmp_path: Path, earlier: Path) -> None:
    container(tmp_path / "empty", None)
    assert refusal(tmp_path / "empty") == (
        "Channel 'model': exactly one model.tar.gz of an earlier training job is needed; it is empty. "
        "Let S3Uri be the S3ModelArtifacts of that job"
    )
    container(tmp_path / "page", None)
    (tmp_path / "page/input/data/model/model.tar.gz").write_bytes(b"<html>404</html>")
    assert refusal(tmp_path / "page").startswith(
        "Channel 'model': model.tar.gz: it cannot be read as a .tar.gz archive:"
    )
    container(tmp_path / "two", earlier)
    shutil.copy(tmp_path / "two/input/data/model/model.tar.gz", tmp_path / "two/input/data/model/b.tar.gz")
    assert "is needed; it has b.tar.gz, model.tar.gz." in refusal(tmp_path / "two")


def test_models_of_other_programs_are_refused(tmp_path: Path, earlier: Path) -> None:
    model = tmp_path / "mxnet"
    model.mkdir()
    (model / "model_algo_1-0000.params").write_bytes(b"x")
    container(tmp_path / "no symbol", model)
    assert refusal(tmp_path / "no symbol") == (
        "Channel 'model': the model artifact has no model_algo_1-symbol.json"
    )
    (model / "model_algo_1-symbol.json").write_text('{"nodes": []}')
    container(tmp_path / "mxnet's", model)
    assert "model_algo_1-symbol.json is MXNet's; only models that were trained by this program" in refusal(
        tmp_path / "mxnet's"
    )


def test_only_the_files_of_the_model_are_unpacked_from_an_archive(tmp_path: Path, earlier: Path) -> None:
    made = container(tmp_path, None)
    target = tmp_path / "input/data/model/model.tar.gz"
    with tarfile.open(target, "w:gz") as tar:
        for file in sorted(earlier.iterdir()):
            tar.add(file, file.name)
        outside = tarfile.TarInfo("../../outside.txt")
        outside.size = 4
        tar.addfile(outside, io.BytesIO(b"evil"))
        link = tarfile.TarInfo("hyperparams.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    started(made)
    assert not list(tmp_path.rglob("outside.txt")) and not list(tmp_path.parent.glob("outside.txt"))


def test_a_checkpoint_is_preferred_to_the_model_channel(tmp_path: Path, earlier: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    made = container(tmp_path, earlier)
    hp, sources = configure(made)
    learner = DetectionLearner(made, hp)
    run = TrainingRun(made, hp, sources, learner)
    run.progress.epoch = 1
    torch.nn.init.ones_(learner.model.class_heads[0].weight)
    run.checkpoint()
    kept = learner.model.state_dict()["class_heads.0.weight"].clone()
    again = DetectionLearner(made, hp)
    TrainingRun(made, hp, sources, again).resume()
    assert torch.equal(again.model.state_dict()["class_heads.0.weight"], kept)
