"""The mathematics of the training loop: it learns, and keeps its losses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from helpers.algorithms.container import Pair, annotation, make_container, train_here
from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.loop import SEED, TrainingRun
from trigpoint.algorithms.common.optimizers import learning_rate
from trigpoint.algorithms.object_detection.augment import Example, resize_only
from trigpoint.algorithms.object_detection.evaluate import Present, mean_average_precision
from trigpoint.algorithms.object_detection.hyperparameters import parse
from trigpoint.algorithms.object_detection.predict import detect
from trigpoint.algorithms.object_detection.samples import read_sample
from trigpoint.algorithms.object_detection.sources import open_sources
from trigpoint.algorithms.object_detection.train import DetectionLearner

COLOURS = ((190, 40, 50), (30, 70, 160), (40, 130, 60))
CURVE = Path(__file__).with_name("loss_curve_resnet_10.json")
LIGHT = {
    "num_classes": "3",
    "num_training_samples": "4",
    "base_network": "resnet-10",
    "mini_batch_size": "2",
    "optimizer": "adam",
}


SHAPES = (  # class id, left, top, width, height of each object of two pictures
    ((0, 30, 40, 120, 90), (1, 220, 60, 90, 170), (2, 60, 190, 70, 60)),
    ((1, 20, 20, 80, 150), (2, 150, 160, 110, 90), (0, 240, 30, 100, 70)),
)


def lossless_pair(index: int) -> Pair:
    """A picture of plain shapes as PNG: the same pixels with every version of every decoder and of the demo."""
    image = Image.new("RGB", (360, 270), (90 + 60 * index, 120, 110))
    draw = ImageDraw.Draw(image)
    for class_id, left, top, width, height in SHAPES[index]:
        draw.rectangle((left, top, left + width - 1, top + height - 1), fill=COLOURS[class_id])
        draw.rectangle((left + 9, top + 9, left + width // 2, top + height // 2), fill=(250, 240, 200))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue(), annotation(image.size, SHAPES[index])


def examples(count: int) -> list[Example]:
    return [resize_only(read_sample(*lossless_pair(k), 3, 69, 300), 300) for k in range(count)]


class DetectionRun(TrainingRun[Example]):
    """A run whose learner is the detector's."""

    learner: DetectionLearner


def fresh_run(root: Path, **changes: str) -> DetectionRun:
    """A run in float32 on one thread, so that its numbers are the same wherever they are computed."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    container = Container(make_container(root, {**LIGHT, **changes}))
    hp = parse(container.hyperparameters)
    learner = DetectionLearner(container, hp)
    learner.half_precision = False
    learner.model.train()
    return DetectionRun(container, hp, open_sources(container), learner)


def test_the_first_losses_match_the_recorded_ones(tmp_path: Path) -> None:
    """A refactoring keeps them. A change of mathematics records new ones and shows its effect on a metric."""
    run, batch = fresh_run(tmp_path), examples(2)
    results = [run.step(batch) for _ in range(6)]
    curve = {
        "cross_entropy": [round(float(each.measured["cross_entropy"].detach()), 5) for each in results],
        "smooth_l1": [round(float(each.measured["smooth_l1"].detach()), 5) for each in results],
    }
    recorded = json.loads(CURVE.read_text())
    for name, values in recorded.items():
        assert curve[name] == pytest.approx(values, rel=0.01), curve


def test_a_loss_that_is_no_number_names_the_batch_and_what_to_change(tmp_path: Path) -> None:
    run = fresh_run(tmp_path, learning_rate="0.5")
    run.progress.epoch = 2
    with torch.no_grad():
        run.learner.model.class_heads[0].bias[0] = float("nan")
    with pytest.raises(
        CustomerError, match=r"not finite in epoch 2, batch 7; try a lower learning_rate than 0\.5"
    ):
        run.step(examples(1), 7)


def test_training_memorizes_two_images_in_few_steps(tmp_path: Path) -> None:
    run, batch = fresh_run(tmp_path, learning_rate="0.003"), examples(2)
    first = float(run.step(batch).loss.detach())
    for _ in range(45):
        last = float(run.step(batch).loss.detach())
    assert last < first / 10
    for _ in range(10):  # lets the running averages of the normalisations catch up with the weights
        run.step(batch)
    run.learner.model.eval()
    pixels = torch.stack([torch.from_numpy(example.pixels.copy()) for example in batch])
    found = detect(run.learner.model, run.learner.model.normalise(pixels), run.learner.suppression)
    present = [Present(example.boxes_xyxy, example.classes) for example in batch]
    assert mean_average_precision(found, present, 3, 0.5) > 0.8


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    run = fresh_run(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    run.checkpoint()
    make_container(tmp_path, {**LIGHT, "num_classes": "5"})
    assert train_here(tmp_path) == 2
    assert "The checkpoint is of base_network" in (tmp_path / "output" / "failure").read_text()


def test_the_learning_rate_falls_after_each_step_of_the_list() -> None:
    hp = parse({**LIGHT, "lr_scheduler_step": "2, 4", "lr_scheduler_factor": "0.1", "learning_rate": "1"})
    rates = [learning_rate(hp, epoch) for epoch in range(6)]
    assert rates == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adadelta"])
def test_every_optimizer_takes_a_step(tmp_path: Path, optimizer: str) -> None:
    run = fresh_run(tmp_path, optimizer=optimizer, learning_rate="0.0001")
    before = run.learner.model.class_heads[0].weight.detach().clone()
    run.step(examples(1))
    assert not torch.equal(before, run.learner.model.class_heads[0].weight)
    factors = [group["lr_factor"] for group in run.optimizer.param_groups]
    assert factors == [1.0, 2.0]


@pytest.mark.parametrize("network", ["vgg-16", "resnet-50"])
def test_the_two_original_networks_take_a_step(tmp_path: Path, network: str) -> None:
    run = fresh_run(tmp_path, base_network=network, optimizer="sgd", use_pretrained_model="0")
    result = run.step(examples(1))
    assert torch.isfinite(result.loss)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in run.learner.model.parameters())


def test_early_stopping_waits_for_the_patience_after_the_minimum_epochs(tmp_path: Path) -> None:
    run = fresh_run(
        tmp_path, early_stopping="true", early_stopping_min_epochs="4", early_stopping_patience="2"
    )
    run.progress.epoch, run.best.epochs_without_gain = 3, 3
    assert not run.finished_early()
    run.progress.epoch = 4
    assert run.finished_early()
    run.best.epochs_without_gain = 1
    assert not run.finished_early()
