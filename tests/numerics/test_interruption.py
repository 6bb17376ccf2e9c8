"""A training that is killed in the middle of an epoch continues as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

from helpers.algorithms.colours import LIGHT as CLASSIFICATION_LIGHT
from helpers.algorithms.colours import coloured
from helpers.algorithms.container import CLASSIFICATION, DETECTION, Platform, scene_pair, train_here
from helpers.algorithms.forms import a_form, entry, lay_out
from trigpoint.algorithms.common.checkpoint_schedule import LARGEST_SHARE, PERIOD_S, CheckpointSchedule
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.loop import TrainingRun
from trigpoint.algorithms.image_classification.train import ClassificationLearner
from trigpoint.algorithms.object_detection.train import DetectionLearner

CLASSIFIER = {
    **CLASSIFICATION_LIGHT,
    "num_training_samples": "8",
    "mini_batch_size": "2",
    "epochs": "3",
    "multi_label": "1",
    "use_weighted_loss": "1",
    "augmentation_type": "crop_color_transform",
    "lr_scheduler_step": "1,2",
}
DETECTOR = {
    "num_classes": "3",
    "num_training_samples": "3",
    "base_network": "resnet-10",
    "use_pretrained_model": "0",
    "mini_batch_size": "1",
    "epochs": "2",
    "learning_rate": "0.0005",
}
State = dict[str, torch.Tensor]


class Killed(BaseException):
    """What a test raises where kill -9 would end the process: nothing catches it, so nothing is written after it."""


@pytest.fixture(autouse=True)
def a_checkpoint_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGPOINT_CHECKPOINT_SECONDS", "0")


@contextmanager
def killed_before(step: int) -> Iterator[None]:
    """Within the block, a training is killed when it has taken so many steps."""
    taken, real = 0, TrainingRun.step

    def counted(run: TrainingRun[Any], *arguments: Any) -> Any:
        nonlocal taken
        if taken == step:
            raise Killed
        taken += 1
        return real(run, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingRun, "step", counted)
        with pytest.raises(Killed):
            yield


@contextmanager
def counting_decoded(learner: type) -> Iterator[list[str]]:
    """The names of the examples that are decoded for training within the block."""
    names: list[str] = []
    real = learner.prepare

    def counted(self: Any, raw: Any, rng: Any) -> Any:
        if rng is not None:
            names.append(raw.name)
        return real(self, raw, rng)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learner, "prepare", counted)
        yield names


def classify(root: Path) -> None:
    """A training with everything that is random, on an augmented manifest that is shuffled in each epoch."""
    labels = ("[1,0,1]", "[0,1,0]", "[0,0,1]", "[1,1,0]", "[1,0,0]", "not a label", "[0,1,1]", "[1,1,1]")
    pairs = coloured(*labels)
    (root / "checkpoints").mkdir(parents=True, exist_ok=True)
    lay_out(
        root,
        CLASSIFIER,
        dict.fromkeys(("train", "validation"), entry("Pipe", "application/x-recordio", "RecordIO")),
    )
    for stale in (root / "input" / "data").glob("*_*"):
        stale.unlink()
    with Platform(root, {"train": pairs, "validation": pairs[:3]}, shuffled=True):
        assert train_here(root, CLASSIFICATION) == 0


def detect(root: Path, form: str) -> None:
    (root / "checkpoints").mkdir(parents=True, exist_ok=True)
    for stale in (root / "input" / "data").glob("*_*"):
        if not stale.is_dir():
            stale.unlink()
    with a_form(root, form, DETECTOR, [scene_pair(4, k) for k in range(3)]):
        assert train_here(root, DETECTION) == 0


def final_state(root: Path) -> State:
    """The weights at the end of the training, and those of the model that it kept."""
    weights = torch.load(root / "checkpoints" / "last.state", weights_only=True)["model"]
    [kept] = (root / "model").glob("*.params")
    return {**weights, **{f"kept.{k}": v for k, v in torch.load(kept, weights_only=True).items()}}


def assert_equals_an_undisturbed_one(
    train: Callable[[Path], None], folder: Path, kills: Sequence[int], learner: type, decoded: int
) -> None:
    """Kills a training several times. The last process must decode only so many examples."""
    undisturbed, killed = folder / "undisturbed", folder / "killed"
    train(undisturbed)
    for step in kills:
        with killed_before(step):
            train(killed)
    for file in (killed / "model").iterdir():
        file.unlink()  # a new process begins with an empty directory
    with counting_decoded(learner) as names:
        train(killed)
    assert len(names) == decoded, names
    expected, found = final_state(undisturbed), final_state(killed)
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        assert torch.allclose(tensor.double(), found[name].double(), atol=1e-4), name


def test_a_killed_classification_equals_an_undisturbed_one(tmp_path: Path) -> None:
    # 4 batches of 2, 2, 2 and 1 usable examples per epoch: killed after 2, 6 and 9 of the 12 batches
    assert_equals_an_undisturbed_one(classify, tmp_path, (2, 4, 3), ClassificationLearner, 5)


@pytest.mark.parametrize("form", ["rec in Pipe mode", "images in File mode"])
def test_a_killed_detection_equals_an_undisturbed_one(tmp_path: Path, form: str) -> None:
    # 3 batches per epoch: killed in the second
    assert_equals_an_undisturbed_one(lambda root: detect(root, form), tmp_path, (4,), DetectionLearner, 2)


def test_writing_takes_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    monkeypatch.delenv("TRIGPOINT_CHECKPOINT_SECONDS")
    schedule = CheckpointSchedule()
    assert not schedule.is_due
    now_s += PERIOD_S
    assert schedule.is_due
    with schedule.writing():
        now_s += 2
    now_s += 2 / LARGEST_SHARE - 1
    assert not schedule.is_due
    now_s += 1
    assert schedule.is_due


@pytest.mark.parametrize("text", ["often", "-1", "inf", ""])
def test_a_period_that_is_no_number_of_seconds_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TRIGPOINT_CHECKPOINT_SECONDS", text)
    with pytest.raises(
        CustomerError, match=r"TRIGPOINT_CHECKPOINT_SECONDS is .* it must be a number of seconds"
    ):
        CheckpointSchedule()
