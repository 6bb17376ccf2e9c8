"""Hyperparameters as strings: defaults, accepted spellings, ranges, and the text of each error."""

from __future__ import annotations

import pytest

from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.object_detection.hyperparameters import Hyperparameters, parse

NEEDED = {"num_classes": "3", "num_training_samples": "100"}


def settings(**given: str) -> Hyperparameters:
    return parse({**NEEDED, **given})


def test_defaults_match_the_guide() -> None:
    hp = settings()
    assert (hp.base_network, hp.image_shape, hp.epochs, hp.mini_batch_size) == ("vgg-16", 300, 30, 32)
    assert (hp.learning_rate, hp.lr_scheduler_step, hp.lr_scheduler_factor) == (0.001, (), 0.1)
    assert (hp.optimizer, hp.momentum, hp.weight_decay) == ("sgd", 0.9, 0.0005)
    assert (hp.overlap_threshold, hp.nms_threshold, hp.nms_topk, hp.label_width) == (0.5, 0.45, 400, 350)
    assert (hp.early_stopping, hp.early_stopping_min_epochs) == (False, 10)
    assert (hp.early_stopping_patience, hp.early_stopping_tolerance) == (5, 0.0)
    assert hp.use_pretrained_model
    assert hp.freeze_layer_pattern == ""


def test_the_set_of_hyperparameters_is_frozen() -> None:
    assert set(Hyperparameters.__slots__) == {
        "num_classes",
        "num_training_samples",
        "base_network",
        "use_pretrained_model",
        "image_shape",
        "epochs",
        "mini_batch_size",
        "learning_rate",
        "lr_scheduler_step",
        "lr_scheduler_factor",
        "optimizer",
        "momentum",
        "weight_decay",
        "overlap_threshold",
        "nms_threshold",
        "nms_topk",
        "label_width",
        "freeze_layer_pattern",
        "early_stopping",
        "early_stopping_min_epochs",
        "early_stopping_patience",
        "early_stopping_tolerance",
        "kv_store",
    }


def test_other_spellings_of_values_are_accepted() -> None:
    hp = settings(
        epochs="20.0",
        mini_batch_size=" 8 ",
        lr_scheduler_step="20, 10",
        early_stopping="TRUE",
        freeze_layer_pattern="false",
        optimizer="",
        use_pretrained_model="0",
        _kvstore="device",
        _tuning_objective_metric="",
    )
    assert (hp.epochs, hp.mini_batch_size, hp.lr_scheduler_step) == (20, 8, (10, 20))
    assert (hp.early_stopping, hp.freeze_layer_pattern, hp.optimizer) == (True, "", "sgd")
    assert not hp.use_pretrained_model


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("colour", "red", "is not a hyperparameter of object detection"),
        ("num_classes", "0", "must be a whole number from 1 to 100000"),
        ("num_classes", "two", "is not a number"),
        ("epochs", "1.5", "must be a whole number of at least 1"),
        ("epochs", "1_000", "is not a number"),
        ("epochs", "١٢", "is not a number"),
        ("epochs", "1e300", "must be a whole number of at most 2147483647"),
        ("epochs", "inf", "must be a whole number of at least 1"),
        ("lr_scheduler_step", "1_0", 'must be a comma-separated list of epochs, such as "10,20"'),
        ("image_shape", "299", "must be a whole number from 300 to 4096"),
        ("learning_rate", "0", "must be in (0, 1]"),
        ("learning_rate", "nan", "must be in (0, 1]"),
        ("weight_decay", "1", "must be in (0, 1)"),
        ("lr_scheduler_factor", "1", "must be in (0, 1)"),
        ("early_stopping_tolerance", "1.1", "must be in [0, 1]"),
        ("num_classes", "100001", "must be a whole number from 1 to 100000"),
        ("optimizer", "lion", "must be one of sgd, adam, rmsprop, adadelta"),
        ("base_network", "resnet-101", "must be one of vgg-16, resnet-50, resnet-10, efficientnet-lite0"),
        ("lr_scheduler_step", "3,x", 'must be a comma-separated list of epochs, such as "10,20"'),
        ("early_stopping", "maybe", "must be True or False"),
    ],
)
def test_a_refusal_names_the_parameter_its_value_and_the_rule(name: str, value: str, why: str) -> None:
    with pytest.raises(CustomerError) as refusal:
        settings(**{name: value})
    assert str(refusal.value) == f"Error when validating hyperparameters: {name}: {value} {why}"


def test_a_missing_required_parameter_is_named() -> None:
    with pytest.raises(CustomerError, match="hyperparameters: num_classes: is required and was not given"):
        parse({"num_training_samples": "5"})


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(" * 1000 + ")" * 1000])
def test_a_pattern_that_is_not_a_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(CustomerError, match=r"freeze_layer_pattern: .* is not a regular expression"):
        settings(freeze_layer_pattern=pattern)


def test_label_width_limits_the_number_of_objects() -> None:
    assert settings(label_width="12").max_boxes == 2
