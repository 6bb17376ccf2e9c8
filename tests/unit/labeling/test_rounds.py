"""Rounds: which answers are used, and the results of the objects."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from helpers.labeling_records import NOW, a_data_object, a_job, a_round, a_spec
from trigpoint.labeling.model import Answer
from trigpoint.labeling.rounds import round_result, usable_answers
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.contract import Consolidation, Label, LabelFile

SIZE = {"width": 64, "height": 48, "depth": 3}
GOOD = {"boundingBox": {"boundingBoxes": []}}


def answer(index: int, worker: str, content: dict[str, Any]) -> Answer:
    return Answer(index, f"{index}-{worker}", worker, json.dumps(content), NOW, NOW, 1.0, {})


def test_unusable_answers_are_reported_and_an_object_with_only_such_answers_fails() -> None:
    found = [a_data_object(index=i, facts=SIZE) for i in range(3)]
    found[2] = replace(found[2], failure_reason="declined by 2 workers")
    answers = {0: [answer(0, "bob", GOOD), answer(0, "carol", {})], 1: [answer(1, "bob", {})]}
    usable = usable_answers(a_job(), BOUNDING_BOX, found, answers)
    assert [(each.data_object.index, dict(each.answers)) for each in usable.answered] == [(0, {"bob": []})]
    reason = "was not used: the answer has no element with a list of boundingBoxes"
    assert usable.failures == {1: f"the answer of worker bob {reason}", 2: "declined by 2 workers"}
    assert usable.notes == [
        f"object 0: the answer of worker carol {reason}",
        f"object 1: the answer of worker bob {reason}",
    ]


def test_an_object_for_which_the_consolidation_returns_no_label_fails() -> None:
    found = [a_data_object(index=i, facts=SIZE) for i in range(2)]
    usable = usable_answers(a_job(), BOUNDING_BOX, found, {i: [answer(i, "bob", GOOD)] for i in range(2)})
    result = round_result(a_job(), BOUNDING_BOX, a_round(), usable, Consolidation({1: Label("x", {"n": 1})}))
    assert result.failures == {0: "the consolidation returned no label for this object"}
    assert result.contents == {
        1: {
            "boxes": "x",
            "boxes-metadata": {
                "n": 1,
                "type": "groundtruth/object-detection",
                "human-annotated": "yes",
                "creation-date": "2026-01-01T12:00:00.000000",
                "job-name": "labeling-job/j",
            },
        }
    }


def test_a_label_in_a_file_is_written_as_the_uri_of_the_file() -> None:
    job = a_job(spec=a_spec(label_attribute="masks-ref"))
    usable = usable_answers(job, BOUNDING_BOX, [a_data_object(facts=SIZE)], {0: [answer(0, "bob", GOOD)]})
    file = LabelFile(b"a mask", ".png", "image/png")
    result = round_result(job, BOUNDING_BOX, a_round(), usable, Consolidation({0: Label(file, {})}))
    uri = "s3://b/out/j/annotations/consolidated-annotation/output/0_2026-01-01T12:00:00.000000.png"
    assert result.contents[0]["masks-ref"] == uri
    assert list(result.contents[0]) == ["masks-ref", "masks-ref-metadata"]
    assert result.files == {uri: file}
