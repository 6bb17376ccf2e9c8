"""Adjustment of boxes: what workers are shown, what they leave, and what they change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from helpers.labeling_records import a_data_object, a_job, a_spec
from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject
from trigpoint.labeling.task_types.box_adjustment import BOX_ADJUSTMENT
from trigpoint.labeling.task_types.box_verification.input import reviewed_boxes
from trigpoint.labeling.task_types.contract import AnsweredObject, Experience

JOB = a_job(task_type="AdjustmentBoundingBox", spec=a_spec(label_attribute="fixed"), labels=("cat", "dog"))
SIZE = {"width": 100, "height": 80, "depth": 3}
CAT = {"class_id": 0, "left": 10.123456789, "top": 5, "width": 20.2, "height": 30}
DOG = {"class_id": 1, "left": 60, "top": 40, "width": 30, "height": 20.7}


def an_object(
    *annotations: Mapping[str, Any], names: tuple[str, ...] = ("cat", "dog"), index: int = 0
) -> DataObject:
    line = {
        "source-ref": "s3://b/0.png",
        "boxes": {"image_size": [SIZE], "annotations": list(annotations)},
        "boxes-metadata": {
            "type": "groundtruth/object-detection",
            "class-map": {str(k): name for k, name in enumerate(names)},
            "objects": [{"confidence": 0.9} for _ in annotations],
        },
    }
    return a_data_object(index=index, line=json.dumps(line), facts=SIZE)


def an_answer(data_object: DataObject, modified: bool | None = None, **changes: float) -> dict[str, Any]:
    """The boxes as they were shown, the first one with changes."""
    _, shown = reviewed_boxes(JOB, data_object.content)
    boxes = [
        {"label": box.class_name, "left": box.left, "top": box.top, "width": box.width, "height": box.height}
        for box in shown
    ]
    boxes[0] |= changes
    flag = {} if modified is None else {"initialValueModified": modified}
    return {"boundingBox": {"boundingBoxes": boxes, **flag}}


def consolidated(data_object: DataObject, *answers: Mapping[str, Any]) -> Any:
    read = {f"w{k}": BOX_ADJUSTMENT.read_answer(JOB, data_object, each) for k, each in enumerate(answers)}
    return BOX_ADJUSTMENT.consolidate(JOB, [AnsweredObject(data_object, read)], Experience())


def test_boxes_that_all_workers_leave_stay_as_they_are() -> None:
    shown = an_object(CAT, DOG)
    label = consolidated(shown, *[an_answer(shown, modified=False)] * 3).labels[0]
    assert label.value["annotations"] == [CAT, DOG]
    assert label.metadata["adjustment-status"] == "unadjusted"
    assert all(0.9 < each["confidence"] <= 1 for each in label.metadata["objects"])


def test_what_one_of_three_workers_changes_makes_the_label_adjusted_but_not_worse() -> None:
    shown = an_object(CAT, DOG)
    left = an_answer(shown, modified=False)
    label = consolidated(shown, left, left, an_answer(shown, modified=True, left=14)).labels[0]
    assert label.value["annotations"] == [CAT, DOG]
    assert label.metadata["adjustment-status"] == "adjusted"


def test_an_edge_that_most_workers_move_is_moved_and_the_others_stay() -> None:
    shown = an_object(CAT, DOG)
    moved = an_answer(shown, modified=True, top=9, height=26)
    label = consolidated(shown, an_answer(shown, modified=False), moved, moved).labels[0]
    cat = label.value["annotations"][0]
    assert cat["left"] == CAT["left"] and cat["width"] == pytest.approx(CAT["width"])
    assert 7 < cat["top"] <= 9 and cat["top"] + cat["height"] == pytest.approx(35)


def test_the_boxes_show_whether_they_were_changed_when_the_answer_does_not_say_it() -> None:
    shown = an_object(CAT, DOG)
    assert not BOX_ADJUSTMENT.read_answer(JOB, shown, an_answer(shown)).is_modified
    assert BOX_ADJUSTMENT.read_answer(JOB, shown, an_answer(shown, left=11)).is_modified
    none = {"boundingBox": {"boundingBoxes": []}}
    assert BOX_ADJUSTMENT.read_answer(JOB, shown, none).is_modified


def test_an_object_fails_if_a_worker_leaves_a_class_that_the_job_does_not_have() -> None:
    cow, other = an_object(CAT, DOG, names=("cat", "cow")), an_object(CAT, DOG, index=1)
    left = BOX_ADJUSTMENT.read_answer(JOB, cow, an_answer(cow))
    fine = BOX_ADJUSTMENT.read_answer(JOB, other, an_answer(other))
    both = [AnsweredObject(cow, {"a": left}), AnsweredObject(other, {"a": fine})]
    made = BOX_ADJUSTMENT.consolidate(JOB, both, Experience())
    assert set(made.labels) == {1}
    assert "left a box of 'cow' from the reviewed label, which the job does not have" in made.failures[0]
    relabeled = an_answer(cow)
    relabeled["boundingBox"]["boundingBoxes"][1]["label"] = "dog"
    assert consolidated(cow, relabeled).labels[0].value["annotations"] == [CAT, DOG]


def test_a_class_that_neither_the_job_nor_the_reviewed_label_has_is_refused() -> None:
    shown = an_object(CAT)
    answer = an_answer(shown)
    answer["boundingBox"]["boundingBoxes"][0]["label"] = "cow"
    with pytest.raises(Invalid, match="the job has no label 'cow'"):
        BOX_ADJUSTMENT.read_answer(JOB, shown, answer)


def test_an_object_without_a_label_to_review_cannot_be_measured() -> None:
    bare = a_data_object(line='{"source-ref": "s3://b/0.png"}')
    with pytest.raises(Invalid, match="no label to review"):
        BOX_ADJUSTMENT.measure(None, JOB, bare)  # type: ignore[arg-type]
    broken = json.loads(an_object(CAT).line)
    broken["boxes"]["annotations"][0]["left"] = "ten"
    with pytest.raises(Invalid, match="the label to review, 'boxes', cannot be read"):
        BOX_ADJUSTMENT.measure(None, JOB, replace(bare, line=json.dumps(broken)))  # type: ignore[arg-type]
