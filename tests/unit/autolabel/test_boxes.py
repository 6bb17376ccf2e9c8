"""Boxes in automated labeling: how good they are, how good they are expected to be, and the labels that they become."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from trigpoint.autolabel import box_settings
from trigpoint.autolabel.box_figures import box_figures
from trigpoint.autolabel.box_kind import BoxesAbove, BoxKind, Drawn, FoundBoxes
from trigpoint.autolabel.box_quality import mean_iou
from trigpoint.autolabel.expected_quality import expected_quality
from trigpoint.autolabel.kinds import Prediction
from trigpoint.autolabel.learners import learner_of
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize


class Files(dict[str, bytes]):
    """An object store that only reads."""

    def read_uri(self, uri: str) -> bytes:
        if uri not in self:
            raise NotFound(f"there is no {uri}")
        return self[uri]


FILES = Files()
JOB = SimpleNamespace(labels=("cat", "dog"), spec=SimpleNamespace(label_attribute="b"))
KIND = BoxKind(cast(Any, JOB), cast(Any, FILES))
SIZE = ImageSize(100, 50, 1)


def box(name: str, left: float, width: float = 10, score: float = 1.0) -> Box:
    return Box(name, left, 0, width, 10, score)


def test_missed_and_superfluous_boxes_count_0_and_classes_count_alike() -> None:
    cats = [box("cat", 0), box("cat", 20)]
    assert mean_iou([], []) == 1.0
    assert mean_iou(cats, cats) == 1.0
    assert mean_iou([box("cat", 5)], [box("cat", 0)]) == pytest.approx(1 / 3)
    assert mean_iou(cats[:1], cats) == mean_iou(cats, cats[:1]) == 0.5
    assert mean_iou([*cats, box("dog", 40)], cats) == 0.5
    # the better one of two boxes over one thing is its match, the other one is superfluous
    assert mean_iou([box("cat", 0), box("cat", 1)], cats[:1]) == 0.5


def reply(*boxes: tuple[int, float, float]) -> bytes:
    entries = [
        {"class_id": class_id, "left": left, "top": 0, "width": 10, "height": 10, "score": score}
        for class_id, left, score in boxes
    ]
    size = [{"width": 100, "height": 50, "depth": 1}]
    return json.dumps({"image_size": size, "annotations": entries}).encode()


def test_a_reply_becomes_a_label_in_the_documented_form() -> None:
    found = found_in("x", reply((1, 30, 0.91), (0, 0, 0.3), (0, 9, 0.0123)))
    assert found.scores.tolist() == pytest.approx([0.91, 0.3])
    label = KIND.label(Prediction(BoxesAbove(found, 0.4), 0.8))
    assert label.value == {
        "image_size": [{"width": 100, "height": 50, "depth": 1}],
        "annotations": [{"class_id": 1, "left": 30, "top": 0, "width": 10, "height": 10}],
    }
    assert label.metadata == {"objects": [{"confidence": 0.91}], "class-map": {"1": "dog"}}
    kept = KIND.given({"b": label.value, "b-metadata": label.metadata})
    assert kept == Drawn(SIZE, (Box("dog", 30, 0, 10, 10, 0.91),))
    assert KIND.training_value(kept) == label.value
    with pytest.raises(Invalid, match="gone"):
        KIND.label(Prediction(BoxesAbove(FoundBoxes("y", found.scores), 0.4), 0.8))
    assert KIND.read(b'{"prediction": [], "error": "damaged"}', "") is None


def found_in(name: str, content: bytes) -> FoundBoxes:
    """What the kind keeps of a reply."""
    FILES[name] = content
    found = KIND.read(content, name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "wrong",
    [b"", b"[]", b"{}", b'{"prediction": [0.5, 0.5]}', reply((2, 0, 0.5)), reply((0, float("nan"), 0.5))],
)
def test_a_reply_of_another_model_or_of_one_that_diverged_is_refused(wrong: bytes) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        KIND.read(wrong, "")


def test_labels_of_other_classes_or_without_a_size_are_not_learned_from() -> None:
    label = KIND.training_value(Drawn(SIZE, (box("cat", 0),)))
    assert KIND.given({"b": label}) == Drawn(SIZE, (box("cat", 0),))
    assert KIND.given({"b": {**label, "image_size": None}}) is None
    assert KIND.given({"b": label, "b-metadata": {"class-map": {"0": "horse"}}}) is None
    assert KIND.given({"b": 3}) is KIND.given({}) is None


def reply_of(found: Drawn) -> bytes:
    return reply(*((JOB.labels.index(each.class_name), each.left, each.confidence) for each in found.boxes))


def scene(rng: np.random.Generator) -> tuple[Drawn, Drawn]:
    """What people drew, and what a detector finds, whose scores say how often it is right; some things it hardly sees."""
    drawn, found = [], []
    is_hard = rng.random() < 0.4
    for k in range(int(rng.integers(0, 6))):
        drawn.append(box("cat", 20 * k))
        sight = rng.uniform(0.1, 0.6) if is_hard else rng.uniform(0.7, 1.0)
        found.append(box("cat", 20 * k + rng.uniform(0, 2), score=float(sight)))
    found += [box("dog", 300 + k, score=float(rng.uniform(0.01, 0.3))) for k in range(3)]
    return Drawn(SIZE, tuple(drawn)), Drawn(SIZE, tuple(found))


def test_images_in_which_boxes_are_missed_are_less_sure() -> None:
    rng = np.random.default_rng(2)
    pairs = [scene(rng) for _ in range(400)]
    found = {k: found_in(f"{k}", reply_of(each)) for k, (_, each) in enumerate(pairs)}
    given = {k: each for k, (each, _) in enumerate(pairs[:200])}
    judged = KIND.judge(found, given)
    assert judged.quality.keys() == given.keys() and judged.predictions.keys() == found.keys()
    sure = np.array([judged.predictions[k].confidence for k in range(400)])
    labels = [KIND.label(judged.predictions[k]) for k in range(400)]
    machine = [KIND.given({"b": each.value, "b-metadata": each.metadata}) for each in labels]
    true = np.array([KIND.quality(each, pairs[k][0]) for k, each in enumerate(machine) if each is not None])
    assert true[:200] == pytest.approx(list(judged.quality.values()))
    unseen = slice(200, 400)  # objects without a label of people
    best = np.argsort(-sure[unseen])[:100]
    assert true[unseen][best].mean() > true[unseen].mean() + 0.1
    assert abs(sure[unseen].mean() - true[unseen].mean()) < 0.05
    assert all(b.confidence >= 0.2 for each in machine if each is not None for b in each.boxes)


def test_without_boxes_or_without_a_validation_set_there_are_still_predictions() -> None:
    drawn = {k: Drawn(SIZE, ()) for k in range(40)}
    nothing = {k: found_in("nothing", reply()) for k in range(40)}
    judged = KIND.judge(nothing, drawn)
    assert set(judged.quality.values()) == {1.0}
    assert all(each.confidence > 0.9 for each in judged.predictions.values())
    assert KIND.judge(nothing, {}).quality == {}
    assert KIND.judge({}, drawn).predictions == {}


def test_an_expectation_does_not_know_the_answer_of_its_own_object() -> None:
    rng = np.random.default_rng(0)
    figures, quality = rng.random((60, 20)), rng.random(60)  # nothing to be learned
    sure = expected_quality(figures, list(range(60)), quality)
    assert np.corrcoef(sure, quality)[0, 1] < 0.2


def test_figures_of_boxes_see_what_is_left_out() -> None:
    clear, doubtful = np.array([0.9]), np.array([0.9, 0.4])
    assert box_figures(clear, 0.5)[0] == 0.9 > box_figures(doubtful, 0.5)[0]
    assert box_figures(clear[:0], 0.5)[0] == 1.0


def test_a_training_with_many_epochs_looks_at_a_part_of_the_validation_set(tmp_path: Path) -> None:
    lines = [str(k) for k in range(250)]
    learner = learner_of("BoundingBox", tmp_path)
    assert len(learner.validation_part(lines, 60)) == len(set(learner.validation_part(lines, 60))) == 50
    assert len(learner.validation_part(lines, 400)) == 100
    assert learner.validation_part(lines[:40], 60) == lines[:40]
    assert learner_of("TextMultiClass", tmp_path).validation_part(lines, 60) == lines


@pytest.mark.parametrize(("examples", "epochs"), [(10, "60"), (100, "25"), (1_000, "6")])
def test_few_images_are_looked_at_more_often(examples: int, epochs: str) -> None:
    many = [Drawn(SIZE, (box("cat", 0),) * 90)]
    settings = box_settings.sized(2, examples, many, pretrained=True)
    assert settings["epochs"] == epochs
    assert settings["label_width"] == "452"
