"""Which label of a manifest line a verification or adjustment job reviews."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.labeling_records import a_job, a_spec
from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types.reviewed import reviewed_label

BOXES = "groundtruth/object-detection"
MASKS = "groundtruth/semantic-segmentation"
JOB = a_job(spec=a_spec(label_attribute="check", gold_attribute="known"))


def made(kind: str, day: int) -> dict[str, Any]:
    return {"type": kind, "creation-date": f"2026-01-{day:02}T00:00:00.000000"}


def test_the_label_of_the_reviewed_kind_is_found_among_others() -> None:
    line = {
        "source-ref": "s3://b/a.png",
        "animal": 1,
        "animal-metadata": made("groundtruth/image-classification", 9),
        "mask-ref": "s3://b/m.png",
        "mask-ref-metadata": made(MASKS, 9),
        "boxes": {"annotations": []},
        "boxes-metadata": made(BOXES, 1),
        "check": {"annotations": []},
        "check-metadata": made(BOXES, 30),
        "known": {"annotations": []},
        "known-metadata": made(BOXES, 30),
    }
    found = reviewed_label(JOB, line, BOXES)
    assert (found.attribute, found.value, found.metadata) == (
        "boxes",
        {"annotations": []},
        made(BOXES, 1),
    )
    assert reviewed_label(JOB, line, MASKS).attribute == "mask-ref"


def test_of_several_labels_the_one_that_was_made_last_is_reviewed() -> None:
    line = {
        "first": {},
        "first-metadata": made(BOXES, 1),
        "adjusted": {},
        "adjusted-metadata": made(BOXES, 3),
        "second": {},
        "second-metadata": made(BOXES, 2),
        "undated": {},
        "undated-metadata": {"type": BOXES},
    }
    assert reviewed_label(JOB, line, BOXES).attribute == "adjusted"


def test_labels_without_a_type_are_known_by_their_shape() -> None:
    assert reviewed_label(JOB, {"b": {"annotations": []}}, BOXES).attribute == "b"
    line = {"m-ref": "s3://b/m.png", "m-ref-metadata": {"internal-color-map": {}}}
    assert reviewed_label(JOB, line, MASKS).attribute == "m-ref"


def test_the_label_category_file_can_name_the_attribute() -> None:
    line = {"a": {"annotations": []}, "b": {"annotations": []}}
    job = a_job(category_file={"auditLabelAttributeName": "a"})
    assert reviewed_label(job, line, BOXES).attribute == "a"
    with pytest.raises(Invalid, match=r"lacks the attribute 'a', which auditLabelAttributeName"):
        reviewed_label(job, {"b": {"annotations": []}}, BOXES)


@pytest.mark.parametrize("name", ["check", "", 3, ["a"]])
def test_a_name_in_the_label_category_file_that_no_other_job_can_have_is_refused(name: object) -> None:
    job = a_job(spec=a_spec(label_attribute="check"), category_file={"auditLabelAttributeName": name})
    with pytest.raises(Invalid, match="must be the label attribute of another job"):
        reviewed_label(job, {"check": {"annotations": []}}, BOXES)


def test_a_line_without_such_a_label_is_refused_with_the_reason() -> None:
    line = {"source-ref": "s3://b/a.png", "animal": 1, "boxes": None}
    with pytest.raises(
        Invalid, match="no label to review: no attribute has metadata of the type 'groundtruth/obj"
    ):
        reviewed_label(JOB, line, BOXES)
