"""The mathematics of classification: networks, losses, accuracies."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from helpers.algorithms.colours import LIGHT, SIX, classified, coloured, picture
from helpers.algorithms.container import make_container
from trigpoint.algorithms.common import hardware
from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.loop import TrainingRun, seed
from trigpoint.algorithms.common.optimizer_options import OptimizerOptions
from trigpoint.algorithms.common.optimizers import make_optimizer
from trigpoint.algorithms.image_classification.hyperparameters import parse
from trigpoint.algorithms.image_classification.images import pixels
from trigpoint.algorithms.image_classification.loss import ClassificationLoss, count_classes
from trigpoint.algorithms.image_classification.network import RESNET_V2, make_network
from trigpoint.algorithms.image_classification.train import ClassificationLearner, Example


@pytest.mark.parametrize("num_layers", [18, 34, 50, 101, 152, 200, 20, 32, 44, 56, 110])
def test_a_network_has_as_many_layers_as_its_name_says(num_layers: int) -> None:
    with torch.device("meta"):
        network = make_network(RESNET_V2, num_layers, (3, 64, 64), 7)
        assert network(torch.zeros(2, 64, 64, 3, dtype=torch.uint8)).shape == (2, 7)
    layers = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and not name.endswith(".sc")
    ]
    assert len(layers) == num_layers


@pytest.mark.parametrize(("side", "cells"), [(32, 4), (64, 2)])
def test_the_stem_reduces_only_images_of_more_than_32_pixels(side: int, cells: int) -> None:
    network = make_network(RESNET_V2, 18, (3, side, side), 2)
    seen: list[torch.Size] = []
    network.body.units.register_forward_hook(lambda _m, _i, output: seen.append(output.shape))
    network.eval()(torch.zeros(1, side, side, 3, dtype=torch.uint8))
    assert seen == [torch.Size([1, 512, cells, cells])]


def test_the_losses_and_accuracies_are_those_computed_by_hand() -> None:
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 3.0]])
    single = ClassificationLoss(3, multi_label=False)
    first = -math.log(math.exp(2) / (math.exp(2) + 1 + math.exp(-1)))
    second = -math.log(math.exp(1) / (1 + math.exp(1) + math.exp(3)))
    targets = torch.tensor([[1.0, 0, 0], [0, 1, 0]])
    assert float(single(logits, targets)) == pytest.approx((first + second) / 2)
    assert float(single.correct(logits, targets)) == 1

    several = ClassificationLoss(3, multi_label=True)
    several.weigh(torch.tensor([1, 2, 0]), total=4)
    assert several.weights.tolist() == [3, 1, 4]  # 3/1, 2/2, 4/1: a class without examples counts as one
    targets = torch.tensor([[1.0, 1, 0], [0, 0, 0]])
    entries = [
        3 * math.log(1 + math.exp(-2)), math.log(2), math.log(1 + math.exp(-1)),
        math.log(2), math.log(1 + math.exp(1)), math.log(1 + math.exp(3)),
    ]  # fmt: skip
    assert float(several(logits, targets)) == pytest.approx(sum(entries) / 6)
    # right are 0 and 2 of the first image, and 0 of the second: a logit of 0 is not above 0.5
    assert float(several.correct(logits, targets)) == pytest.approx(2 / 3 + 1 / 3)


def test_weights_of_classes_have_bounds() -> None:
    loss = ClassificationLoss(2, multi_label=True)
    loss.weigh(*count_classes([(0,)] * 99 + [(1,)], 2))
    assert loss.weights.tolist() == pytest.approx([1 / 20, 20])


def learner(root: Path, **changes: str) -> tuple[TrainingRun[Example], ClassificationLearner]:
    seed()
    container = Container(make_container(root, {**LIGHT, **changes}))
    made = ClassificationLearner(container, parse(container.hyperparameters))
    return TrainingRun(container, made.hp, {}, made), made


def batch() -> list[Example]:
    return [Example(pixels(picture(k).crop((0, 0, 8, 8)), 3), (k,)) for k in range(3)]


def test_a_loss_that_is_no_number_names_the_batch_and_what_to_change(tmp_path: Path) -> None:
    run, made = learner(tmp_path)
    with torch.no_grad():
        made.model.body.fc1.bias[0] = math.inf
    run.progress.epoch = 2
    with pytest.raises(
        CustomerError, match=r"not finite in epoch 2, batch 7; try a lower learning_rate than 0\.05"
    ):
        run.step(batch(), 7)


def test_a_last_step_that_makes_weights_no_numbers_fails_the_training(tmp_path: Path) -> None:
    run, made = learner(tmp_path, optimizer="adam", eps="0")
    with torch.no_grad():
        made.model.body.fc1.bias[0] = math.nan
    with pytest.raises(
        CustomerError, match=r"after 1 epoch\(s\); try a lower learning_rate than 0\.05, or an eps"
    ):
        run.keep_model(1, None)


def test_a_checkpoint_of_another_optimizer_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    run, _ = learner(tmp_path)
    run.step(batch())
    run.checkpoint()
    with pytest.raises(CustomerError, match="is of the optimizer SGD, this training has Adam; use another"):
        learner(tmp_path, optimizer="adam")[0].resume()
    (tmp_path / "checkpoints" / "last.state").write_bytes(b"half a file")
    with pytest.raises(CustomerError, match=r"The checkpoint last\.state is damaged; use another"):
        run.resume()


def test_a_network_that_does_not_fit_the_memory_names_the_settings_to_lower() -> None:
    with (
        pytest.raises(CustomerError, match="Out of memory; lower num_classes"),
        hardware.names_what_to_lower("num_classes"),
    ):
        torch.empty(2**50)


def test_a_memory_that_is_too_small_names_the_setting_to_lower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, made = learner(tmp_path)

    def greedy(_: object) -> object:
        return torch.empty(2**50)

    monkeypatch.setattr(made, "evaluate_batch", greedy)
    with pytest.raises(
        CustomerError, match=r"Out of memory in epoch 0, batch 1; lower mini_batch_size \(3\)"
    ):
        run.step(batch())


def test_a_batch_of_one_image_is_trained_with(tmp_path: Path) -> None:
    run, _ = learner(tmp_path)
    result = run.step(batch()[:1])
    assert torch.isfinite(result.loss) and float(result.measured["correct"]) in (0, 1)  # not twice


def test_weight_decay_spares_biases_and_betas_and_the_gamma_of_the_data_is_fixed(tmp_path: Path) -> None:
    _, made = learner(tmp_path)
    decayed, spared = made.parameter_groups()
    assert "weight_decay" not in decayed and spared["weight_decay"] == 0
    assert {tensor.ndim for tensor in decayed["params"]} == {1, 2, 4}
    assert not made.model.body.bn_data.weight.requires_grad
    count = len(decayed["params"]) + len(spared["params"])
    assert count == len(list(made.model.parameters())) - 1


@pytest.mark.parametrize(
    ("options", "after"),
    [
        # one weight of 1 with a gradient of 2 twice, rate 0.1
        (OptimizerOptions("sgd", 0.1, momentum=0.5, weight_decay=0.1), [0.79, 0.4771]),
        (OptimizerOptions("nag", 0.1, momentum=0.5), [0.7, 0.35]),
        (OptimizerOptions("nag", 0.1), [0.8, 0.6]),
        (OptimizerOptions("adam", 0.1, beta_1=0.5, beta_2=0.5), [0.9, 0.8]),
        (OptimizerOptions("rmsprop", 0.1, gamma=0.5, eps=0), [1 - 0.1 * 2**0.5, 1 - 0.1 * 2**0.5 - 0.1 * (4 / 3) ** 0.5]),
    ],
)  # fmt: skip
def test_the_optimizers_take_the_steps_computed_by_hand(
    options: OptimizerOptions, after: list[float]
) -> None:
    weight = nn.Parameter(torch.ones(1))
    optimizer = make_optimizer(options, [{"params": [weight], "lr_factor": 1.0}])
    found = []
    for _ in range(2):
        weight.grad = torch.full((1,), 2.0)
        optimizer.step()
        found.append(float(weight.detach()))
    assert found == pytest.approx(after, rel=1e-5)


def test_three_colours_are_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classified(tmp_path, coloured(*SIX * 2), coloured(0, 1, 2), epochs="8") == 0
    assert "Validation-accuracy=1.000000" in capsys.readouterr().out
