"""Reading what workers submit when they choose classes."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.labeling_records import a_data_object, a_job
from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types.class_answers import Choice, read_one, read_several

JOB = a_job(labels=("cat", "dog", "Ä 🙂 'x'"))
OBJECT = a_data_object()


def one(answer: dict[str, Any]) -> Choice:
    return read_one(JOB, OBJECT, answer)


def several(answer: dict[str, Any]) -> Choice:
    return read_several(JOB, OBJECT, answer)


# -- elements of Ground Truth


@pytest.mark.parametrize("name", ["crowd-image-classifier", "annotatedResult", "category", "x"])
def test_the_element_may_have_any_name(name: str) -> None:
    assert one({name: {"label": "dog"}}) == Choice((1,))
    assert several({name: {"labels": ["Ä 🙂 'x'", "cat"]}}) == Choice((0, 2))


def test_one_label_may_come_from_an_element_for_several_and_the_other_way_round() -> None:
    assert one({"x": {"labels": ["dog"]}}) == Choice((1,))
    assert several({"x": {"label": "dog"}}) == Choice((1,))


def test_a_label_that_is_named_twice_counts_once() -> None:
    assert several({"x": {"labels": ["dog", "cat", "dog"]}}) == Choice((0, 1))


@pytest.mark.parametrize("value", [{"labels": []}, {"label": None}, {"label": ""}])
def test_the_exclusion_category_is_an_answer_without_classes(value: dict[str, Any]) -> None:
    assert several({"x": value}) == one({"x": value}) == Choice(())


def test_other_fields_of_the_template_do_not_matter() -> None:
    answer = {"x": {"label": "dog"}, "why": "cat", "sure": {"on": True}, "pair": {"cat": True, "dog": False}}
    assert one(answer) == Choice((1,))


def test_of_several_elements_the_one_with_its_usual_name_gives_the_label() -> None:
    answer = {"mood": {"label": "good"}, "crowd-classifier": {"label": "cat"}}
    assert one(answer) == Choice((0,))
    with pytest.raises(Invalid, match=r"labels of 2 elements \(mood, quality\)"):
        one({"mood": {"label": "cat"}, "quality": {"label": "dog"}})


def test_the_comment_is_kept_without_white_space_around_it() -> None:
    assert one({"x": {"label": "cat", "workerComment": " box\ttoo wide \n"}}).comment == "box\ttoo wide"
    assert one({"x": {"label": "cat", "workerComment": " \n"}}).comment == ""
    assert len(one({"x": {"label": "cat", "workerComment": "🙂" * 2000}}).comment) == 2000


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, 'no element with a "label" or "labels"'),
        ({"x": "cat"}, 'no element with a "label" or "labels"'),
        ({"x": {"label": "cow"}}, "x.label: the job has no label 'cow'"),
        ({"x": {"label": "Cat"}}, "x.label: the job has no label 'Cat'"),
        ({"x": {"label": ["cat"]}}, "x.label must be text"),
        ({"x": {"label": 0}}, "x.label must be text"),
        ({"x": {"labels": "cat"}}, "x.labels must be a list"),
        ({"x": {"labels": {"cat": True}}}, "x.labels must be a list"),
        ({"x": {"labels": None}}, "x.labels must be a list"),
        ({"x": {"labels": ["cat", 1]}}, r"x.labels\[1\] must be text"),
        ({"x": {"labels": ["cat", "cow"]}}, r"x.labels\[1\]: the job has no label 'cow'"),
        ({"x": {"label": "cat", "workerComment": 3}}, "x.workerComment must be text"),
        ({"x": {"label": "cat", "workerComment": "y" * 2001}}, "has 2001 characters; at most 2000"),
    ],
)
def test_an_answer_of_a_wrong_shape_is_refused_with_field_and_rule(
    answer: dict[str, Any], reason: str
) -> None:
    for read in (one, several):
        with pytest.raises(Invalid, match=reason):
            read(answer)


def test_a_worker_who_may_choose_one_class_cannot_choose_two() -> None:
    with pytest.raises(Invalid, match=r"the answer has 2 labels \('cat', 'dog'\); one must be chosen"):
        one({"x": {"labels": ["dog", "cat"]}})


def test_a_long_label_is_cut_in_the_message() -> None:
    with pytest.raises(Invalid) as caught:
        one({"x": {"label": "z" * 5000}})
    assert len(caught.value.message) < 200


# -- radio buttons and check boxes


def test_radio_buttons_of_one_name_are_read() -> None:
    assert one({"animal": {"cat": False, "dog": True}}) == Choice((1,))


def test_the_buttons_of_a_crowd_radio_group_have_different_names() -> None:
    assert one({"cat": {"on": False}, "dog": {"on": True}}) == Choice((1,))
    assert one({"a": {"cat": False}, "b": {"dog": True}}) == Choice((1,))


def test_check_boxes_are_read_and_none_may_be_on() -> None:
    assert several({"animals": {"cat": True, "dog": True}}) == Choice((0, 1))
    assert several({"cat": {"on": False}, "dog": {"on": False}}) == Choice(())


def test_a_button_may_be_named_label() -> None:
    job = a_job(labels=("label", "labels"))
    assert read_one(job, OBJECT, {"x": {"label": False, "labels": True}}) == Choice((1,))


def test_buttons_of_other_questions_do_not_matter() -> None:
    assert one({"unsure": {"on": True}, "animal": {"cat": True, "dog": False}}) == Choice((0,))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"unsure": {"on": True}}, "no button of a label"),
        ({"animal": {"cat": False, "cow": True}}, "animal: the job has no label 'cow'"),
        ({"animal": {"cat": 1}}, "no button of a label"),
        ({"animal": {}}, "no button of a label"),
    ],
)
def test_buttons_of_a_wrong_shape_are_refused(answer: dict[str, Any], reason: str) -> None:
    for read in (one, several):
        with pytest.raises(Invalid, match=reason):
            read(answer)


def test_one_radio_button_must_be_on_and_not_two() -> None:
    with pytest.raises(Invalid, match="none of the buttons is on; one must be chosen"):
        one({"animal": {"cat": False, "dog": False}})
    with pytest.raises(Invalid, match="has 2 labels"):
        one({"cat": {"on": True}, "dog": {"on": True}})
