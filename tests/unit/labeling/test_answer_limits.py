"""What one answer may hold at most."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.labeling_records import a_data_object, a_job
from trigpoint.core.errors import Invalid
from trigpoint.labeling.answers import parsed_content, read_answer, read_stored_answer
from trigpoint.labeling.task_types.answer_limits import MAX_DEPTH, AnswerLimits, check_depth, check_values
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX

LIMITS = AnswerLimits(entries=5, size_bytes=1000)
FACTS = {"width": 64, "height": 48, "depth": 3}
BOX = {"label": "cat", "left": 1, "top": 2, "width": 3, "height": 4}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"b": {"boxes": [1] * 6}}, "b.boxes has 6 entries; at most 5 are allowed"),
        ({"b": [{"c": [1] * 6}]}, "b[0].c has 6 entries; at most 5 are allowed"),
        ({str(k): 1 for k in range(6)}, "the answer has 6 entries; at most 5 are allowed"),
        ({"b": {"left": 10**400}}, "b.left is a number that is too large or not finite"),
        ({"b": [-(10**309)]}, "b[0] is a number that is too large"),
        ({"b": float("inf")}, "b is a number that is too large or not finite"),
        ({"b": float("nan")}, "b is a number that is too large or not finite"),
        ({"b\0\n" + "x" * 900: [1] * 6}, "b\\x00\\n" + "x" * 77 + "... has 6 entries"),
    ],
)
def test_an_answer_beyond_a_limit_is_refused_with_the_field_the_value_and_the_limit(
    answer: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Invalid) as caught:
        check_values(answer, LIMITS)
    assert caught.value.message.startswith(reason)


def test_an_answer_at_the_limits_is_accepted() -> None:
    check_values({"b": {"boxes": [1.5, 10**300, -1, "x" * 900, True]}}, LIMITS)
    check_depth("answer", nested(MAX_DEPTH))


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(Invalid, match=f"the answer is nested too deeply: at most {MAX_DEPTH} levels"):
        check_depth("answer", {"x": nested(depth)})


def test_an_answer_may_have_as_many_boxes_as_its_task_type_allows() -> None:
    job, data_object = a_job(), a_data_object(facts=FACTS)
    most = BOUNDING_BOX.answer_limits.entries
    answer = {"boundingBox": {"boundingBoxes": [BOX] * most}}
    assert len(read_answer(BOUNDING_BOX, job, data_object, answer, len(json.dumps(answer)))) == most
    answer["boundingBox"]["boundingBoxes"].append(BOX)
    with pytest.raises(
        Invalid, match=r"boundingBox\.boundingBoxes has 5001 entries; at most 5000 are allowed"
    ):
        read_answer(BOUNDING_BOX, job, data_object, answer, len(json.dumps(answer)))


def test_an_answer_with_too_many_bytes_is_refused() -> None:
    job, data_object = a_job(), a_data_object(facts=FACTS)
    with pytest.raises(Invalid, match="the answer has 4194305 bytes; at most 4194304 are allowed"):
        read_answer(BOUNDING_BOX, job, data_object, {"boundingBox": {"boundingBoxes": []}}, 2**22 + 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            '{"b": {"boundingBoxes": ' + json.dumps([BOX] * 100_000) + "}}",
            "bytes; at most 4194304 are allowed",
        ),
        ('{"b": {"boundingBoxes": ' + json.dumps([1] * 6_000) + "}}", "has 6000 entries; at most 5000"),
        ("[" * 50_000 + "]" * 50_000, "nested too deeply"),
        ('{"x":' + "[" * 900 + "]" * 900 + "}", "nested too deeply"),
        ('{"b": {"boundingBoxes": [' + "9" * 5_000 + "]}}", "nested too deeply"),
        ('{"b": {"boundingBoxes": [' + "9" * 400 + "]}}", "too large"),
        ('{"b": {"boundingBoxes": [NaN]}}', "not finite"),
        ("[]", "not a JSON object"),
    ],
)
def test_a_stored_answer_that_would_be_refused_today_is_not_used(content: str, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        read_stored_answer(BOUNDING_BOX, a_job(), a_data_object(facts=FACTS), content)


def test_an_answer_that_is_nested_too_deeply_for_another_document_is_written_as_text() -> None:
    deep = "[" * 50_000 + "]" * 50_000
    assert parsed_content(deep) == deep
    assert parsed_content('{"a":1}') == {"a": 1}


def test_the_last_of_two_values_of_one_name_is_the_one_that_is_checked() -> None:
    content = '{"b": {"boundingBoxes": []}, "b": {"boundingBoxes": [7]}}'
    with pytest.raises(Invalid, match=r"b\.boundingBoxes\[0\] is not an object"):
        read_stored_answer(BOUNDING_BOX, a_job(), a_data_object(facts=FACTS), content)
