"""Bounding boxes as a task type: reading answers and writing labels."""

from __future__ import annotations

from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types.bounding_box.answers import read_boxes
from trigpoint.labeling.task_types.bounding_box.labels import write_label
from trigpoint.labeling.task_types.contract import Label
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

SIZE = ImageSize(100, 80, 3)
LABELS = ("cat", "dog")


# -- reading answers


def answer(*boxes: object, name: str = "boundingBox") -> dict[str, object]:
    return {name: {"boundingBoxes": list(boxes), "inputImageProperties": {"width": 100, "height": 80}}}


def box(
    label: object = "cat", left: object = 1, top: object = 2, width: object = 3, height: object = 4
) -> object:
    return {"label": label, "left": left, "top": top, "width": width, "height": height}


def test_the_element_may_have_any_name() -> None:
    assert read_boxes(answer(box(), name="annotatedResult"), LABELS, SIZE) == [Box("cat", 1, 2, 3, 4)]
    both = {"comment": "hard", **answer(box())}
    assert read_boxes(both, LABELS, SIZE) == [Box("cat", 1, 2, 3, 4)]


def test_boxes_are_clipped_at_the_edges_of_the_image() -> None:
    cut = read_boxes(answer(box("cat", -5, -5, 10, 10), box("dog", 95, 75.5, 10, 10)), LABELS, SIZE)
    assert cut == [Box("cat", 0, 0, 5, 5), Box("dog", 95, 75.5, 5, 4.5)]


@pytest.mark.parametrize(
    "outside", [box("cat", 100, 0, 5, 5), box("cat", 1, 1, 0, 5), box("cat", 1, 1, 5, -2)]
)
def test_boxes_without_area_in_the_image_are_left_out(outside: object) -> None:
    assert read_boxes(answer(outside, box()), LABELS, SIZE) == [Box("cat", 1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("given_answer", "complaint"),
    [
        (answer(box("cow")), r"boundingBox.boundingBoxes\[0\].label: the job has no label 'cow'"),
        (answer(box(None)), "label is missing"),
        (answer(box(["cat"])), "label"),
        (answer(box(left="1")), r"boundingBoxes\[0\].left must be a number"),
        (answer(box(width=True)), r"\[0\].width must be a number"),
        (answer(box(), box(top=10**400)), r"\[1\].top must be a number"),
        (answer(box(left=float("nan"))), r"\[0\].left must be a number"),
        (answer("cat"), "not an object"),
        ({}, "no element"),
        ({"boundingBox": []}, "no element"),
        ({"boundingBox": {"boundingBoxes": {}}}, "no element"),
    ],
)
def test_an_invalid_answer_is_refused_with_the_reason(
    given_answer: dict[str, object], complaint: str
) -> None:
    with pytest.raises(Invalid, match=complaint):
        read_boxes(given_answer, LABELS, SIZE)


# -- writing labels


def test_a_label_has_the_image_size_and_only_the_classes_that_it_uses() -> None:
    agreed = [
        Box("dog", 11.0, 10, 20.5, 20, 0.8),
        Box("dog", 1, 2, 3, 4, 0.0),
    ]
    label, metadata = parts(write_label(agreed, LABELS, SIZE))
    assert label == {
        "image_size": [{"width": 100, "height": 80, "depth": 3}],
        "annotations": [
            {"class_id": 1, "left": 11, "top": 10, "width": 20.5, "height": 20},
            {"class_id": 1, "left": 1, "top": 2, "width": 3, "height": 4},
        ],
    }
    assert metadata == {"objects": [{"confidence": 0.8}, {"confidence": 0}], "class-map": {"1": "dog"}}


def parts(label: Label) -> tuple[Any, Any]:
    return label.value, label.metadata


def test_an_answer_without_boxes_is_an_empty_label() -> None:
    label, metadata = parts(write_label([], LABELS, ImageSize(1, 1, 1)))
    assert (label["annotations"], metadata) == ([], {"objects": [], "class-map": {}})
