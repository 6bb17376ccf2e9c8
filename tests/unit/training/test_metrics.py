"""Metrics: the lines of the built-in algorithm are wire format, and the last value is used."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trigpoint.compute.metrics import Aggregate, Series
from trigpoint.training.metrics import find_metrics, latest, published
from trigpoint.training.model import Metric

# training.md 6.8
PREFIX = "[01/01/2026 12:00:00 INFO 140] "
LINES = [
    PREFIX + "Epoch:    0, batches:    100, num_examples:   3200, 115.2 samples/sec",
    PREFIX + "#quality_metric: host=algo-1, epoch=0, batch=517 train cross_entropy <loss>=0.95",
    PREFIX + "#quality_metric: host=algo-1, epoch=0, batch=517 train smooth_l1 <loss>=0.48",
    PREFIX + "#quality_metric: host=algo-1, epoch=0, validation mAP <score>=(0.0316)",
    PREFIX + "#progress_metric: host=algo-1, completed 3 % of epochs",
    PREFIX + "#throughput_metric: host=algo-1, train throughput=113.4 records/second",
]


def found(*lines: str) -> dict[str, float]:
    metrics = find_metrics("object-detection", [(1000 * k, line) for k, line in enumerate(lines)])
    return {metric.name: metric.value for metric in metrics}


def test_every_metric_of_object_detection_is_found() -> None:
    assert found(*LINES) == {
        "train:cross_entropy": 0.95,
        "train:smooth_l1": 0.48,
        "validation:mAP": 0.0316,
        "train:progress": 3.0,
        "train:throughput": 113.4,
    }


def test_the_last_value_is_used_with_its_time() -> None:
    lines = [(1_500, LINES[3]), (2_500, LINES[3].replace("0.0316", "0.25"))]
    both = find_metrics("object-detection", lines)
    assert [metric.value for metric in both] == [0.0316, 0.25]
    (metric,) = latest((), both)
    assert metric == Metric("validation:mAP", 0.25, datetime(1970, 1, 1, 0, 0, 2, 500_000, UTC))


@pytest.mark.parametrize("value", ["abc", "nan", "inf", "()"])
def test_a_value_that_is_not_a_number_is_ignored(value: str) -> None:
    assert found(LINES[1], LINES[1].replace("0.95", value)) == {"train:cross_entropy": 0.95}


def test_the_lines_of_image_classification_are_found() -> None:
    lines = [
        "Epoch[0] Train-accuracy=0.375000",
        "Epoch[0] Validation-accuracy=0.771429",
        "Epoch[0] Time cost=14.863",
    ]
    metrics = find_metrics("image-classification", [(0, line) for line in lines])
    assert {metric.name: metric.value for metric in metrics} == {
        "train:accuracy": 0.375,
        "validation:accuracy": 0.771429,
    }


def test_values_are_published_under_the_name_of_the_job() -> None:
    (value,) = published("job", find_metrics("object-detection", [(61_500, LINES[4])]))
    assert value.series == Series.of(
        "/aws/sagemaker/TrainingJobs", "train:progress", {"TrainingJobName": "job"}
    )
    assert (value.at, value.values) == (datetime(1970, 1, 1, 0, 1, 1, 500_000, UTC), Aggregate.of(3.0))


def test_parentheses_around_a_loss_are_stripped() -> None:
    assert found(LINES[1].replace("0.95", "(0.95)")) == {"train:cross_entropy": 0.95}


def test_an_algorithm_without_definitions_has_no_metrics() -> None:
    assert find_metrics("another", [(0, LINES[3])]) == []


def test_later_metrics_replace_earlier_ones() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    old, new, other = Metric("b", 1, now), Metric("b", 2, now), Metric("a", 3, now)
    assert latest([old], [new, other]) == (other, new)
