"""Labels: boxes and classes in every documented form, and what is said about others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.records.labels import (
    DetectionLabel,
    ImageSize,
    LabelBox,
    label_format,
    parse_classes,
    parse_detection,
)


def annotation(**box: Any) -> dict[str, Any]:
    entry = {"class_id": 0, "left": 111, "top": 134, "width": 61, "height": 128, **box}
    return {"image_size": [{"width": 500, "height": 400, "depth": 3}], "annotations": [entry]}


def test_a_ground_truth_annotation_gives_size_and_boxes() -> None:
    wanted = DetectionLabel(ImageSize(500, 400, 3), (LabelBox(0, 111, 134, 61, 128),))
    assert parse_detection(annotation()) == wanted
    assert parse_detection(json.dumps(annotation()).encode()) == wanted


@pytest.mark.parametrize("class_id", [5, "5", 5.0, "5.0"])
def test_a_class_id_may_be_a_number_or_a_numeric_string(class_id: object) -> None:
    assert parse_detection(annotation(class_id=class_id)).boxes[0].class_id == 5


def test_no_box_and_no_image_size_are_legal() -> None:
    assert parse_detection({"annotations": []}) == DetectionLabel(None, ())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"{", "the annotation is not JSON"),
        (3, "must be a JSON object"),
        ({}, "annotations must be a list of boxes, not null"),
        ({"annotations": [7]}, r"annotations\[0\] must be an object"),
        (annotation(class_id="cat"), r'annotations\[0\].class_id must be a number, not "cat"'),
        (annotation(class_id=-1), r"class_id must be an integer from 0, not -1"),
        (annotation(class_id=1.5), r"class_id must be an integer from 0"),
        (annotation(class_id=None), r"class_id must be a number, not null"),
        (annotation(left="1"), r'annotations\[0\].left must be a number, not "1"'),
        (annotation(width=True), r"annotations\[0\].width must be a number, not true"),
        (annotation(height=float("inf")), r"annotations\[0\].height must be a number"),
        ({"image_size": [{"width": 0, "height": 5}], "annotations": []}, "at least 1 pixel"),
        ({"image_size": [], "annotations": []}, "image_size must be a list of one object"),
    ],
)
def test_a_bad_annotation_is_refused_with_the_field(value: object, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        parse_detection(value)


@pytest.mark.parametrize(
    ("box", "corners"),
    [
        ((10, 20, 30, 40), (0.1, 0.1, 0.4, 0.3)),
        ((-10, -20, 30, 40), (0.0, 0.0, 0.2, 0.1)),
        ((90, 190, 30, 40), (0.9, 0.95, 1.0, 1.0)),
        ((100, 20, 30, 40), None),
        ((10, 20, 0, 40), None),
        ((10, 20, -5, 40), None),
    ],
)
def test_a_box_is_clipped_to_the_image(box: tuple[int, ...], corners: tuple[float, ...] | None) -> None:
    found = LabelBox(0, *box).clipped_xyxy(ImageSize(100, 200))
    assert found == (corners if corners is None else pytest.approx(corners))


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        (None, "multi-hot"),
        ("application/x-recordio", "multi-hot"),
        ("application/x-recordio; label-format=class-id", "class-id"),
        ("application/x-recordio;LABEL-FORMAT=Class-Id", "class-id"),
        ('application/x-recordio ; label-format="multi-hot"', "multi-hot"),
    ],
)
def test_the_label_format_is_a_parameter_of_the_content_type(content_type: str | None, form: str) -> None:
    assert label_format(content_type) == form


def test_an_unknown_label_format_is_refused() -> None:
    with pytest.raises(Invalid, match="label-format 'one-hot'"):
        label_format("application/x-recordio; label-format=one-hot")


@pytest.mark.parametrize(
    ("value", "form", "classes"),
    [
        (b"1", "multi-hot", [1]),
        ("2", "class-id", [2]),
        (0, "multi-hot", [0]),
        (b"[1, 0, 1]", "multi-hot", [0, 2]),
        ([2, 0], "class-id", [0, 2]),
        ([], "class-id", []),
    ],
)
def test_classes_are_read_in_both_formats(value: object, form: Any, classes: list[int]) -> None:
    assert parse_classes(value, 3, form) == classes


@pytest.mark.parametrize(
    ("value", "form", "said"),
    [
        (3, "multi-hot", "the label is class 3, out of range: num_classes is 3"),
        ([0, 3], "class-id", "entry 1 is class 3, out of range"),
        ([1, 0], "multi-hot", "needs 3 entries, one a class, this one has 2"),
        ([1, 0, 2], "multi-hot", "entry 2 must be 0 or 1, not 2"),
        (b"cat", "multi-hot", "not a number or a list"),
    ],
)
def test_a_label_that_does_not_fit_is_refused(value: object, form: Any, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        parse_classes(value, 3, form)
