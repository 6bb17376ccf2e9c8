"""The events for functions of requesters, and what is made of their responses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.labeling_records import NOW, a_data_object, a_job, a_round, a_spec
from trigpoint.labeling import exchange
from trigpoint.labeling.functions.calls import FunctionFailed
from trigpoint.labeling.functions.post_response import post_event, read_post_response
from trigpoint.labeling.functions.pre_response import MAX_INPUT_CHARACTERS, pre_event, read_pre_response
from trigpoint.labeling.functions.samples import SAMPLES
from trigpoint.labeling.model import Answer

JOB = a_job(spec=a_spec(label_attribute="label"))
LINE = {"source": "text", "other": 1}
ASKED = {index: a_data_object(index=index, line=json.dumps(LINE)) for index in (0, 1)}


def read(response: Any) -> Any:
    return read_post_response(JOB, a_round(), "f", ASKED, response)


def entry(index: Any, **content: Any) -> dict[str, Any]:
    return {"datasetObjectId": index, "consolidatedAnnotation": {"content": content}}


def test_the_samples_have_the_form_of_real_events() -> None:
    assert SAMPLES["pre"].keys() == pre_event(JOB, ASKED[0]).keys()
    assert SAMPLES["post"].keys() == post_event(JOB, "s3://b/k").keys()
    answer = Answer(0, "a", "w", "{}", NOW, NOW, 1.0, {})
    real = exchange.request([ASKED[0]], {0: [answer]}, "us-east-1")
    assert SAMPLES["payload"][0].keys() == real[0].keys()
    assert SAMPLES["payload"][0]["annotations"][0].keys() == real[0]["annotations"][0].keys()


def test_a_known_label_is_not_in_the_event() -> None:
    job = a_job(spec=a_spec(gold_attribute="gold"))
    line = json.dumps({**LINE, "gold": 1, "gold-metadata": {}})
    assert pre_event(job, a_data_object(line=line))["dataObject"] == LINE


@pytest.mark.parametrize(
    ("response", "is_needed"),
    [
        ({"taskInput": {}}, True),
        ({"taskInput": {}, "isHumanAnnotationRequired": None}, True),
        ({"taskInput": {}, "isHumanAnnotationRequired": True}, True),
        ({"taskInput": {}, "isHumanAnnotationRequired": "False"}, False),
        ({"taskInput": {}, "humanAnnotationRequired": "true"}, True),
        ({"taskInput": {}, "humanAnnotationRequired": False}, False),
        ({"isHumanAnnotationRequired": False}, False),
    ],
)
def test_both_spellings_and_texts_say_whether_people_are_needed(response: Any, is_needed: bool) -> None:
    assert read_pre_response("f", response).is_needed is is_needed


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (None, 'must be an object with the key "taskInput", not null'),
        ([1], "not [1]"),
        ({"taskinput": {}}, """has no key "taskInput", but 'taskinput'"""),
        ({"taskInput": "x"}, '"taskInput" must be an object, not "x"'),
        ({"taskInput": {"x": "y" * MAX_INPUT_CHARACTERS}}, "at most 1048576 are allowed"),
        ({"taskInput": {"x": float("inf")}}, '"taskInput" has a number that is too large'),
        ({"taskInput": {"x": ["\ud800"]}}, "has half of a surrogate pair"),
        ({"taskInput": {}, "isHumanAnnotationRequired": "maybe"}, 'must be true or false, not "maybe"'),
        ({"taskInput": {}, "isHumanAnnotationRequired": 1}, "must be true or false, not 1"),
    ],
)
def test_a_bad_task_input_is_refused_with_the_key(response: Any, text: str) -> None:
    with pytest.raises(FunctionFailed) as caught:
        read_pre_response("f", response)
    assert text in caught.value.message


def test_a_task_input_that_is_nested_too_deeply_is_refused() -> None:
    nested: Any = 1
    for _ in range(40):
        nested = [nested]
    with pytest.raises(FunctionFailed, match="nested too deeply"):
        read_pre_response("f", {"taskInput": {"a": nested}})


def test_the_last_entry_of_an_object_counts_and_ids_may_be_numbers() -> None:
    found = read([entry("0", label=1), entry(1, label={"a": 2}), entry("0", label=3)])
    assert (found.contents[0]["label"], found.contents[1]["label"]) == (3, {"a": 2})
    assert (found.failures, found.notes) == ({}, [])


def test_a_good_entry_after_a_bad_one_counts() -> None:
    found = read([entry("0"), entry("0", label=1), entry("1", label=1), {"datasetObjectId": "1"}])
    assert set(found.contents) == {0} and set(found.failures) == {1}
    assert "entry 3: consolidatedAnnotation.content must be an object" in found.failures[1]


def test_metadata_of_the_function_stays_and_is_completed() -> None:
    metadata = {"type": "mine", "confidence": 0.5}
    content = read([entry("0", **{"label": 1, "label-metadata": metadata})]).contents[0]
    found = content["label-metadata"]
    assert (found["type"], found["confidence"], found["human-annotated"]) == ("mine", 0.5, "yes")
    assert found["job-name"] == "labeling-job/j"


@pytest.mark.parametrize("kind", [3, "", "x" * 128, None, ["groundtruth/custom"]])
def test_metadata_of_the_function_cannot_say_who_made_the_label_and_when(kind: Any) -> None:
    own = {"human-annotated": "no", "creation-date": 5, "job-name": ["x"], "type": kind}
    usual = read([entry("0", label=1)]).contents[0]["label-metadata"]
    assert read([entry("0", **{"label": 1, "label-metadata": own})]).contents[0]["label-metadata"] == usual


def test_other_members_are_added_unless_the_line_has_them() -> None:
    found = read([entry("0", **{"label": 1, "new": 2, "other": 3, "source-ref": 4, "$x": 5})])
    assert found.contents[0].keys() == {"label", "label-metadata", "new"}
    assert len(found.notes) == 3 and "content.other was not used" in found.notes[0]


@pytest.mark.parametrize("response", [None, {}, {"0": 1}, "text", 3])
def test_a_response_that_is_no_list_fails_all_objects(response: Any) -> None:
    found = read(response)
    assert set(found.failures) == {0, 1} and not found.contents
    assert "must be a list" in found.failures[0]


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ("text", "entry 0: datasetObjectId is missing"),
        ({}, "entry 0: datasetObjectId is missing"),
        (entry("7", label=1), "entry 0: datasetObjectId 7 was not asked for"),
        (entry(True, label=1), "entry 0: datasetObjectId is missing"),
        (entry("-1", label=1), "entry 0: datasetObjectId is missing"),
        (entry("9" * 5000, label=1), "entry 0: datasetObjectId is missing"),
        (entry("٠", label=1), "entry 0: datasetObjectId is missing"),
        ({"datasetObjectId": "0"}, "content must be an object"),
        (entry("0", other=1), "content has no key 'label' (the label attribute), but 'other'"),
        (entry("0", **{"label": 1, "label-metadata": 3}), "content.label-metadata must be an object"),
        (entry("0", label="\ud800"), "cannot be written"),
    ],
)
def test_a_bad_entry_is_reported_with_its_index_and_key(bad: Any, text: str) -> None:
    found = read([bad, entry("1", label=1)])
    assert set(found.contents) == {1} and set(found.failures) == {0}
    assert any(text in note for note in found.notes), found.notes


def test_an_object_without_an_entry_fails() -> None:
    assert read([]).failures[1] == (
        "the response of the post-annotation function 'f' has no entry for this object (datasetObjectId 1)"
    )


def test_many_bad_entries_are_counted() -> None:
    notes = read([entry("7")] * 5000).notes
    assert len(notes) == 101 and notes[-1] == "and 4900 more"
