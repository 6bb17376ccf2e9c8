"""Named entities as a task type: the label category file, answers, labels."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.labeling_records import a_data_object, a_job
from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.contract import AnsweredObject, Experience, Label
from trigpoint.labeling.task_types.named_entity_recognition import NAMED_ENTITY_RECOGNITION
from trigpoint.labeling.task_types.named_entity_recognition.answers import read_answer
from trigpoint.labeling.task_types.named_entity_recognition.input import entity_input
from trigpoint.labeling.task_types.named_entity_recognition.labels import consolidate, known_label
from trigpoint.records.labels.spans import Span

CATEGORIES = {
    "document-version": "2018-11-28",
    "labels": [
        {"label": "person", "shortDisplayName": "per", "fullDisplayName": "A person"},
        {"label": "date", "shortDisplayName": "dat", "longDisplayName": "A date"},
    ],
    "instructions": {"shortInstruction": "<p>short</p>", "fullInstruction": "<p>full</p>"},
}


def job(**changes: Any) -> Job:
    return a_job(labels=("person", "date"), category_file={**CATEGORIES, **changes})


def text_object(text: str = "Bob was born on Jan 1 1990.") -> DataObject:
    return a_data_object(line=json.dumps({"source": text}), facts={"characters": len(text)})


def answer(*entities: Any, name: str = "crowd-entity-annotation") -> dict[str, Any]:
    return {name: {"entities": list(entities)}}


def entity(start: Any, end: Any, label: Any = "person") -> dict[str, Any]:
    return {"startOffset": start, "endOffset": end, "label": label}


# -- reading answers


def test_spans_come_in_the_order_of_the_text_and_may_overlap() -> None:
    given = answer(entity(4, 9, "date"), entity(0, 3), entity(0, 9), entity(0, 3, "date"))
    assert read_answer(job(), text_object(), given) == (
        Span(0, 3, "date"),
        Span(0, 3, "person"),
        Span(0, 9, "person"),
        Span(4, 9, "date"),
    )


def test_equal_spans_count_once_and_nothing_to_mark_is_an_answer() -> None:
    assert read_answer(job(), text_object(), answer(entity(0, 3), entity(0, 3))) == (Span(0, 3, "person"),)
    assert read_answer(job(), text_object(), answer()) == ()


def test_fields_that_a_script_adds_are_left_alone() -> None:
    given = {"sentiment": {"label": "good"}, **answer(entity(0, 3), name="ner"), "note": "entities"}
    assert read_answer(job(), text_object(), given) == (Span(0, 3, "person"),)


@pytest.mark.parametrize(
    ("text", "start", "end", "part"),
    [
        ("\U0001f44b\U0001f680 Bob", 3, 6, "Bob"),  # two emoji: 2 code points, 4 UTF-16 units
        ("Zoe\u0301 Bob", 5, 8, "Bob"),  # a combining accent is a code point of its own
        ("\U0001f469\u200d\U0001f680 Bob", 4, 7, "Bob"),  # one picture of three code points
        (
            "\u05e9\u05dc\u05d5\u05dd Bob",
            5,
            8,
            "Bob",
        ),  # right to left: the order is that of the text, not of the screen
        ("a\r\nBob", 3, 6, "Bob"),
        ("x" * 19_997 + "Bob", 19_997, 20_000, "Bob"),
    ],
)
def test_offsets_count_code_points(text: str, start: int, end: int, part: str) -> None:
    (span,) = read_answer(job(), text_object(text), answer(entity(start, end)))
    assert text[span.start : span.end] == part


def test_offsets_in_utf_16_units_are_refused_where_they_leave_the_text() -> None:
    text = "\U0001f44b\U0001f680 Bob"
    with pytest.raises(
        Invalid, match=r"entities\[0\].endOffset is 8, but the text has 6 characters; .* UTF-16"
    ):
        read_answer(job(), text_object(text), answer(entity(5, 8)))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "no element with a list of entities"),
        ({"crowd-entity-annotation": []}, "no element"),
        ({"crowd-entity-annotation": {"entities": {}}}, "no element"),
        (answer("Bob"), r"entities\[0\] must be an object"),
        (answer(entity(0, 3, "cow")), r"entities\[0\].label: the job has no label 'cow'"),
        (answer(entity(0, 3, ["person"])), r"entities\[0\].label must be text"),
        (answer(entity(0, 3), entity(3, 3)), r"entities\[1\].endOffset is 3; it must be larger"),
        (answer(entity(5, 3)), "endOffset is 3; it must be larger than startOffset, which is 5"),
        (answer(entity(-1, 3)), "startOffset is -1; offsets begin at 0"),
        (answer(entity(0, 28)), "endOffset is 28, but the text has 27 characters"),
        (answer(entity(0.5, 3)), "startOffset must be a whole number"),
        (answer(entity(True, 3)), "startOffset must be a whole number"),
        (answer(entity(0, "3")), "endOffset must be a whole number"),
        (answer({"label": "person", "startOffset": 0}), "endOffset must be a whole number"),
    ],
)
def test_an_invalid_answer_is_refused_with_the_reason(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        read_answer(job(), text_object(), given)


# -- the label category file


def test_the_template_gets_the_labels_as_they_are_written_and_the_instructions() -> None:
    made = entity_input(job(), text_object())
    assert made["labels"] == CATEGORIES["labels"]
    assert made["instructions"] == CATEGORIES["instructions"]
    assert made["taskObject"] == "Bob was born on Jan 1 1990."


def test_a_file_without_instructions_is_accepted() -> None:
    empty = {"shortInstruction": "", "fullInstruction": ""}
    assert entity_input(job(instructions=None), text_object())["instructions"] == empty
    assert entity_input(a_job(labels=("person",)), text_object())["labels"] == [{"label": "person"}]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"instructions": "mark names"}, "'instructions' must be an object with the keys 'shortInstruction'"),
        ({"instructions": {"fullInstruction": 3}}, "instructions: 'fullInstruction' must be text, not 3"),
        (
            {"labels": [{"label": "person"}, {"label": "date", "shortDisplayName": 7}]},
            "label 2: 'shortDisplayName' must be text, not 7",
        ),
    ],
)
def test_a_category_file_with_other_values_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        entity_input(job(**changes), text_object())


# -- writing labels


def test_a_label_has_the_spans_the_categories_as_written_and_confidences() -> None:
    answers = {worker: (Span(0, 3, "person"), Span(16, 26, "date")) for worker in "abc"}
    made = consolidate(job(), [AnsweredObject(text_object(), answers)], Experience())
    assert made.labels[0] == Label(
        {
            "annotations": {
                "entities": [
                    {"startOffset": 0, "endOffset": 3, "label": "person"},
                    {"startOffset": 16, "endOffset": 26, "label": "date"},
                ],
                "labels": CATEGORIES["labels"],
            }
        },
        {"entities": [{"confidence": 0.95}, {"confidence": 0.95}]},
    )


def test_a_text_in_which_nobody_marks_anything_has_an_empty_label() -> None:
    made = consolidate(job(), [AnsweredObject(text_object(), {"a": (), "b": ()})], Experience())
    assert made.labels[0].value["annotations"]["entities"] == []
    assert made.labels[0].metadata == {"entities": []}


def test_known_labels_outside_the_text_are_refused() -> None:
    line = {"source": "Bob", "known": {"annotations": {"entities": [entity(0, 4)]}}}
    with pytest.raises(Invalid, match=r"known: annotations.entities\[0\].endOffset is 4"):
        known_label(job(), line, "known")


def test_an_answer_of_as_many_spans_as_allowed_can_be_labeled() -> None:
    limit = NAMED_ENTITY_RECOGNITION.answer_limits.entries
    text = text_object("ab" * limit)
    read = read_answer(job(), text, answer(*(entity(2 * k, 2 * k + 1) for k in range(limit))))
    made = consolidate(job(), [AnsweredObject(text, {"a": read, "b": read, "c": read})], Experience())
    assert len(made.labels[0].value["annotations"]["entities"]) == limit
