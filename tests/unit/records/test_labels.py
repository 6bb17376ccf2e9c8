"""Label JSON: documented forms are read, errors are reported with their field, written labels can be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import (
    check_attribute_name,
    common_metadata,
    is_human_annotated,
    label_type,
)
from trigpoint.records.labels.boxes import (
    FLAGS,
    Box,
    BoxLabel,
    BoxLtwh,
    clip_to_fractions,
    parse_box_label,
    read_boxes,
    write_box_label,
    write_box_metadata,
)
from trigpoint.records.labels.classes import (
    class_id,
    read_classes,
    write_class_metadata,
    write_classes,
    write_classes_metadata,
)
from trigpoint.records.labels.image_size import ImageSize


def annotation(**box: Any) -> dict[str, Any]:
    entry = {"class_id": 0, "left": 111, "top": 134, "width": 61, "height": 128, **box}
    return {"image_size": [{"width": 500, "height": 400, "depth": 3}], "annotations": [entry]}


def test_a_ground_truth_annotation_gives_size_and_boxes() -> None:
    wanted = BoxLabel(ImageSize(500, 400, 3), (0,), ((111, 134, 61, 128),))
    assert parse_box_label(annotation()) == wanted
    assert parse_box_label(json.dumps(annotation()).encode()) == wanted


@pytest.mark.parametrize("class_id", [5, "5", 5.0, "5.0"])
def test_a_class_id_may_be_a_number_or_a_numeric_string(class_id: object) -> None:
    assert parse_box_label(annotation(class_id=class_id)).class_ids == (5,)


def test_boxes_and_image_size_are_optional() -> None:
    assert parse_box_label({"annotations": []}) == BoxLabel(None, (), ())


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
        (annotation(top=10**400), r"annotations\[0\].top must be a number"),
        (annotation(height=float("inf")), r"annotations\[0\].height must be a number"),
        ({"image_size": [{"width": 0, "height": 5}], "annotations": []}, "at least 1 pixel"),
        ({"image_size": [], "annotations": []}, "image_size must be a list of one object"),
    ],
)
def test_a_bad_annotation_is_refused_with_the_field(value: object, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        parse_box_label(value)


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
def test_a_box_is_clipped_to_the_image(box: BoxLtwh, corners: tuple[float, ...] | None) -> None:
    found = clip_to_fractions(box, ImageSize(100, 200))
    assert found == (corners if corners is None else pytest.approx(corners))


CLASS_IDS = {"cat": 4, "dog": 2, "x": 0}
_coordinate = st.integers(-100, 9000) | st.floats(-100, 9000, allow_nan=False)
_boxes = st.lists(
    st.builds(
        Box,
        st.sampled_from(sorted(CLASS_IDS)),
        *[_coordinate] * 4,
        confidence=st.floats(0, 1),
        flags=st.frozensets(st.sampled_from(FLAGS)),
    )
)


@given(_boxes)
def test_boxes_are_read_as_they_were_written(boxes: list[Box]) -> None:
    size = ImageSize(640, 480, 1)
    line = {
        "a": write_box_label(boxes, CLASS_IDS, size),
        "a-metadata": write_box_metadata(boxes, CLASS_IDS),
    }
    assert read_boxes(json.loads(json.dumps(line)), "a", {}) == (size, tuple(boxes))


def test_a_box_label_is_written_as_ground_truth_writes_it() -> None:
    boxes = [Box("cat", 1.0, 2.5, 3, 4, 0.5), Box("dog", 0, 0, 1, 1, flags=frozenset({"difficult"}))]
    assert write_box_label(boxes, CLASS_IDS, ImageSize(10, 20)) == {
        "image_size": [{"width": 10, "height": 20, "depth": 3}],
        "annotations": [
            {"class_id": 4, "left": 1, "top": 2.5, "width": 3, "height": 4},
            {"class_id": 2, "left": 0, "top": 0, "width": 1, "height": 1},
        ],
    }
    metadata = write_box_metadata(boxes, CLASS_IDS)
    assert metadata == {
        "objects": [{"confidence": 0.5}, {"confidence": 1, "difficult": 1}],
        "class-map": {"2": "dog", "4": "cat"},
    }
    assert list(metadata["class-map"]) == ["2", "4"]  # by id, not by first use
    assert "1.0" not in json.dumps(metadata)


def test_a_class_without_an_id_is_refused() -> None:
    with pytest.raises(Invalid, match="the class 'cow' is not among the classes 'cat', 'dog', 'x'"):
        write_box_label([Box("cow", 0, 0, 1, 1)], CLASS_IDS, ImageSize(1, 1))


def test_classes_are_read_as_they_were_written() -> None:
    confidences = {"cat": 0.5, "x": 1.0}
    line = {
        "one": class_id("dog", CLASS_IDS),
        "one-metadata": write_class_metadata("dog", 1.0),
        "several": write_classes(confidences, CLASS_IDS),
        "several-metadata": write_classes_metadata(confidences, CLASS_IDS),
    }
    assert line["one"] == 2 and line["several"] == [4, 0]
    assert line["several-metadata"] == {
        "class-map": {"4": "cat", "0": "x"},
        "confidence-map": {"4": 0.5, "0": 1},
    }
    assert read_classes(line, "one", {}) == ("dog",)
    assert read_classes(line, "several", {}) == ("cat", "x")


def test_the_metadata_have_type_job_time_and_whether_a_human_labeled() -> None:
    at = datetime(2020, 1, 2, 3, 4, 5, 6, UTC)
    by_hand = {"a-metadata": common_metadata("groundtruth/text-classification", "Job-1", at)}
    assert by_hand["a-metadata"] == {
        "type": "groundtruth/text-classification",
        "human-annotated": "yes",
        "creation-date": "2020-01-02T03:04:05.000006",
        "job-name": "labeling-job/job-1",
    }
    assert label_type(by_hand, "a") == "text-classification"
    assert is_human_annotated(by_hand, "a")
    by_model = {"a-metadata": common_metadata("groundtruth/x", "j", at, human_annotated=False)}
    assert not is_human_annotated(by_model, "a")


@pytest.mark.parametrize("name", ["", "source", "source-ref", "a-ref", "a-metadata", "$a"])
def test_reserved_names_are_refused_as_label_attributes(name: str) -> None:
    with pytest.raises(Invalid, match="cannot be a label attribute"):
        check_attribute_name(name)
