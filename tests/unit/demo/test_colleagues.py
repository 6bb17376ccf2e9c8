"""Simulated workers draw boxes near the true ones."""

from __future__ import annotations

from trigpoint.demo.colleagues import Colleague, hidden_fields
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.bounding_box.labels import write_label
from trigpoint.labeling.task_types.contract import Habits
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

BOXES = tuple(Box("car", 40 + 10 * i, 30, 60, 40) for i in range(20))
LABELS = ("car", "van")
TRUTH = write_label(BOXES, LABELS, ImageSize(300, 100))


def colleague(habits: Habits, seed: int = 1) -> Colleague:
    return Colleague("http://127.0.0.1:1", "bob", "x", BOUNDING_BOX, lambda _: TRUTH, LABELS, seed, habits)


def test_boxes_are_near_the_truth_and_inside_the_image() -> None:
    drawn = colleague(Habits(miss_rate=0, mistake_rate=0)).answer("s3://b/k")["boundingBox"]
    assert drawn["inputImageProperties"] == {"height": 100, "width": 300}
    assert len(drawn["boundingBoxes"]) == len(BOXES)
    for box, true in zip(drawn["boundingBoxes"], BOXES, strict=True):
        assert box["label"] == "car"
        assert abs(box["left"] - true.left) < 8 and abs(box["width"] - true.width) < 12
        assert box["left"] >= 0 and box["left"] + box["width"] <= 300
        assert box["top"] >= 0 and box["top"] + box["height"] <= 100


def test_an_inattentive_worker_misses_objects() -> None:
    drawn = colleague(Habits(miss_rate=0.5, mistake_rate=0)).answer("s3://b/k")["boundingBox"][
        "boundingBoxes"
    ]
    assert 3 < len(drawn) < 17


def test_the_same_seed_gives_the_same_answers() -> None:
    habits = Habits()
    assert colleague(habits, 5).answer("s3://b/k") == colleague(habits, 5).answer("s3://b/k")
    assert colleague(habits, 5).answer("s3://b/k") != colleague(habits, 6).answer("s3://b/k")


def test_hidden_fields_of_a_form_are_found() -> None:
    assert hidden_fields(
        '<form><input type="hidden" name="csrf" value="a&amp;b"><input name="x"></form>'
    ) == {"csrf": "a&b"}
