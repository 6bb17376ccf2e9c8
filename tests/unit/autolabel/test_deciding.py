"""What a round decides, and the inputs and outputs of its transform jobs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from trigpoint.autolabel.class_kind import probabilities
from trigpoint.autolabel.deciding import Decision, decide
from trigpoint.autolabel.kinds import Judged, Prediction
from trigpoint.autolabel.learners import image_inputs
from trigpoint.autolabel.sizes import any_of, unsure_of, validation_size
from trigpoint.autolabel.threshold import Accepted
from trigpoint.core.errors import Invalid

VALIDATION = list(range(100))
HELD = list(range(100, 200))
RIGHT = {k: Prediction(k % 2, 1 - k / 1000) for k in range(100)}
"""Predictions of the validation set, all of them right, the first the surest."""


def decided(predictions: dict[int, Prediction], **changed: object) -> Decision:
    values: dict[str, object] = {
        "retired": (),
        "before": Accepted(),
        "held": HELD,
        "most_labels": 100,
        "most_people": 10,
        "seed": "s",
        "target": 0.95,
    }
    quality = {k: float(predictions[k].value == k % 2) for k in VALIDATION}
    return decide(VALIDATION, judged=Judged(predictions, quality), **values | changed)  # type: ignore[arg-type]


def test_objects_at_or_above_the_threshold_get_labels_and_people_get_some_of_the_others() -> None:
    held = {index: Prediction(1, 0.95 if index < 150 else 0.5) for index in HELD}
    found = decided(RIGHT | held)
    assert found.threshold == pytest.approx(0.901)
    assert list(found.labels) == HELD[:50]
    assert len(found.people) == 10 and set(found.people) <= set(HELD[50:])
    assert found.retired == tuple(range(100))
    assert found.accepted == Accepted(100, 100)


def test_an_object_without_a_prediction_goes_to_people() -> None:
    found = decided(RIGHT | {index: Prediction(0, 0.99) for index in HELD[:95]})
    assert set(found.people) == set(HELD[95:])


def test_retired_objects_count_once() -> None:
    found = decided(RIGHT, retired=tuple(range(60)), before=Accepted(60, 60))
    assert found.accepted == Accepted(100, 100)
    assert found.retired == tuple(range(60, 100))


def test_nothing_is_labeled_by_a_model_that_is_often_wrong() -> None:
    wrong = {k: Prediction((k + k // 3) % 2, 0.9) for k in range(100)}
    found = decided(wrong | {index: Prediction(1, 0.99) for index in HELD})
    assert (found.threshold, found.labels, found.retired) == (None, {}, ())
    assert found.validation_quality < 0.8 and len(found.people) == 10


def test_a_stopping_condition_cuts_the_least_sure_labels() -> None:
    held = {index: Prediction(1, 1.0 - (index - 100) / 2000) for index in HELD}
    found = decided(RIGHT | held, most_labels=7)
    assert list(found.labels) == HELD[:7] and not found.people


def test_the_half_of_which_the_model_is_less_sure_goes_to_people_first() -> None:
    confidence = np.linspace(1, 0, 100)
    found = unsure_of(HELD, confidence, 20, "seed")
    assert len(set(found)) == 20 and set(found) <= set(HELD[50:])
    assert unsure_of(HELD, confidence, 20, "seed") == found != unsure_of(HELD, confidence, 20, "other")
    assert unsure_of(HELD, confidence, 500, "seed") == HELD == any_of(HELD, 500, "seed")


@pytest.mark.parametrize(("total", "size"), [(1_250, 250), (4_999, 1_000), (5_000, 500), (13_001, 1_301)])
def test_the_validation_set_is_a_fifth_or_a_tenth(total: int, size: int) -> None:
    assert validation_size(total) == size


def test_images_are_sent_once_for_each_bucket_and_key() -> None:
    sources = {4: "s3://b/x y.jpg", 5: "s3://a/z.jpg", 6: "s3://b/x y.jpg", 7: "s3://b/w.jpg"}
    first, second = image_inputs("unlabeled", sources)
    assert json.loads(first.content) == [{"prefix": "s3://a/"}, "z.jpg"]
    assert json.loads(second.content) == [{"prefix": "s3://b/"}, "x y.jpg", "w.jpg"]
    assert (first.name, second.name) == ("unlabeled", "unlabeled-2")
    assert (second.indexes, second.keys) == ((4, 6, 7), ("x y.jpg", "x y.jpg", "w.jpg"))


@pytest.mark.parametrize(
    "reply", [b"", b"[]", b'{"prediction": 3}', b'{"prediction": [1]}', b'{"prediction": ["x", 1]}']
)
def test_a_reply_of_another_model_is_refused(reply: bytes) -> None:
    with pytest.raises(Invalid):
        probabilities(reply, 2)


def test_a_model_that_could_not_read_an_object_has_no_prediction() -> None:
    assert probabilities(b'{"prediction": [], "error": "damaged"}', 2) is None
