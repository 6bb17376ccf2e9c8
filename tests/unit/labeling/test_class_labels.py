"""The labels that several workers' choices of classes become."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from helpers.labeling_records import a_data_object, a_job
from trigpoint.core.errors import Invalid
from trigpoint.labeling.task_types.class_answers import Choice
from trigpoint.labeling.task_types.class_labels import (
    consolidate_one,
    consolidate_several,
    consolidate_verification,
    known_one,
    known_several,
    write_several,
)
from trigpoint.labeling.task_types.contract import AnsweredObject, Experience, Label

JOB = a_job(labels=("cat", "dog", "bird"))


def answered(
    *answers: Mapping[str, tuple[int, ...] | Choice], gold: Mapping[int, Label] | None = None
) -> list[AnsweredObject[Choice]]:
    """One object for each mapping from worker to class ids."""
    return [
        AnsweredObject(
            a_data_object(index=index),
            {
                worker: choice if isinstance(choice, Choice) else Choice(choice)
                for worker, choice in given.items()
            },
            (gold or {}).get(index),
        )
        for index, given in enumerate(answers)
    ]


def of(*ids: tuple[int, ...]) -> dict[str, tuple[int, ...] | Choice]:
    return {f"w{k}": each for k, each in enumerate(ids)}


# -- one class


def test_the_label_is_a_number_with_the_name_and_a_confidence_of_two_decimals() -> None:
    label = consolidate_one(JOB, answered(of((1,), (1,), (0,))), Experience()).labels[0]
    assert label.value == 1 and type(label.value) is int
    assert label.metadata.keys() == {"class-name", "confidence"}
    assert label.metadata["class-name"] == "dog"
    confidence = label.metadata["confidence"]
    assert 0 < confidence <= 0.95 and confidence == round(confidence, 2)


@pytest.mark.parametrize("method", [None, "reference"])
def test_one_answer_has_the_confidence_0_and_many_equal_ones_at_most_95_percent(method: str | None) -> None:
    nine = of(*[(2,)] * 9)
    labels = consolidate_one(JOB, answered(of((2,)), *[nine] * 30), Experience(method=method)).labels
    assert labels[0] == Label(2, {"class-name": "bird", "confidence": 0})
    assert labels[1].value == 2 and labels[1].metadata["confidence"] == 0.95


def test_an_answer_without_a_class_is_no_vote() -> None:
    made = consolidate_one(JOB, answered(of((), (0,)), of((1,), (1,), ())), Experience())
    assert made.labels[0] == Label(0, {"class-name": "cat", "confidence": 0})
    assert made.labels[1].value == 1
    assert made.workers["w0"].answers == 1 and not made.failures


def test_an_object_for_which_most_workers_chose_no_class_has_no_label() -> None:
    made = consolidate_one(JOB, answered(of((), (), (0,)), of((1,))), Experience())
    assert made.failures == {0: "2 of 3 workers chose none of the labels"} and set(made.labels) == {1}
    alone = consolidate_one(JOB, answered(of(())), Experience())
    assert alone.failures == {0: "1 of 1 workers chose none of the labels"} and not alone.labels


def test_a_known_label_does_not_change_what_the_answers_say() -> None:
    others = [of((k % 3,), (k % 3,)) for k in range(30)]
    one = answered(of((1,), (1,)), *others, gold={0: Label(2, {"class-name": "bird"})})
    assert consolidate_one(JOB, one, Experience()).labels[0].value == 1
    several = answered(of((1,), (1,)), *others, gold={0: Label([0, 2], {})})
    assert consolidate_several(JOB, several, Experience()).labels[0].value == [1]


# -- verification


def test_comments_are_kept_in_the_order_of_submission_and_absent_without() -> None:
    given = {"z": Choice((1,), "too wide"), "b": Choice((0,)), "a": Choice((1,), "bird missing")}
    labels = consolidate_verification(JOB, answered(given, of((1,))), Experience()).labels
    assert labels[0].metadata["worker-feedback"] == [{"comment": "too wide"}, {"comment": "bird missing"}]
    assert labels[0].value == 1
    assert "worker-feedback" not in labels[1].metadata


# -- several classes


def test_each_class_that_a_worker_chose_is_in_the_label_the_surest_first() -> None:
    label = consolidate_several(JOB, answered(of((2,), (1, 2), (2,))), Experience()).labels[0]
    assert label.value == [2, 1]
    assert label.metadata["class-map"] == {"2": "bird", "1": "dog"}
    confidences = label.metadata["confidence-map"]
    assert confidences.keys() == {"1", "2"}
    assert confidences["1"] < 0.5 < confidences["2"] <= 0.95


def test_workers_who_choose_nothing_give_a_label_without_classes() -> None:
    labels = consolidate_several(JOB, answered(of((), ()), of(())), Experience()).labels
    empty = Label([], {"class-map": {}, "confidence-map": {}})
    assert dict(labels) == {0: empty, 1: empty}


def test_choosing_nothing_counts_against_the_classes_of_others() -> None:
    two, three = of((0,), ()), of((0,), (), ())
    labels = consolidate_several(JOB, answered(two, three), Experience()).labels
    assert labels[0].value == labels[1].value == [0]
    confidences = [labels[k].metadata["confidence-map"]["0"] for k in (0, 1)]
    assert 0 < confidences[1] < confidences[0]


def test_one_worker_has_the_confidence_0_for_all_classes() -> None:
    label = consolidate_several(JOB, answered(of((0, 2))), Experience()).labels[0]
    assert label == Label(
        [0, 2], {"class-map": {"0": "cat", "2": "bird"}, "confidence-map": {"0": 0, "2": 0}}
    )


def test_classes_of_equal_confidence_are_in_the_order_of_the_labels() -> None:
    assert write_several({2: 0.501, 0: 0.499, 1: 0.6}, JOB.labels).value == [1, 0, 2]


def test_what_is_known_about_workers_grows_from_round_to_round() -> None:
    first = consolidate_several(JOB, answered(of((0,), (0,), (1,))), Experience())
    second = consolidate_several(JOB, answered(of((0,), (0,), (2,))), Experience(first.workers))
    for made, count in ((first, 1), (second, 2)):
        assert made.workers["w0"].answers == count
        assert made.workers["w2"].agreement < made.workers["w0"].agreement == count
        accuracies = [made.workers[worker].accuracy for worker in ("w0", "w2")]
        assert all(accuracy is not None for accuracy in accuracies)
    assert second.workers["w0"].details["classes"].keys() == {"0", "1", "2"}
    assert second.workers["w0"].details["classes"]["0"]["answers"] == 2


def test_a_worker_who_is_known_to_be_right_counts_more() -> None:
    rounds = [of((0,), (0,), (1,)), of((1,), (1,), (0,)), of((2,), (2,), (0,))] * 15
    split = answered({"w0": (1,), "w2": (0,)})
    one = consolidate_one(
        JOB, split, Experience(consolidate_one(JOB, answered(*rounds), Experience()).workers)
    )
    assert one.labels[0].value == 1
    known = consolidate_several(JOB, answered(*rounds), Experience()).workers
    several = consolidate_several(JOB, split, Experience(known)).labels[0]
    assert several.value == [1, 0], "the class of the better worker is the surest"


# -- known labels


def test_the_names_of_a_known_label_count_more_than_its_ids() -> None:
    named = {"g": 0, "g-metadata": {"class-name": "bird"}}
    assert known_one(JOB, named, "g") == Label(2, {"class-name": "bird", "confidence": 1})
    assert known_one(JOB, {"g": "1"}, "g").value == 1
    mapped = {"g": [0, 1], "g-metadata": {"class-map": {"0": "dog", "1": "bird"}}}
    assert known_several(JOB, mapped, "g").value == [1, 2]
    assert known_several(JOB, {"g": []}, "g").value == []


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (Label(0, {"class-name": "cow"}), "g-metadata: the job has no label 'cow'"),
        (Label(3, {}), "g: the job has 3 labels, and none with the id 3"),
        (Label("cat", {}), "g must be a number"),
        (Label({"annotations": []}, {}), "g must be a number"),
        (Label(0, {"class-map": {"x": "cat"}}), "g-metadata: class-map must be a number"),
    ],
)
def test_a_known_label_that_cannot_be_read_is_refused(known: Label, reason: str) -> None:
    line = {"g": known.value, "g-metadata": known.metadata}
    for read in (known_one, known_several):
        with pytest.raises(Invalid, match=reason):
            read(JOB, line, "g")


def test_a_known_label_of_one_class_has_exactly_one() -> None:
    with pytest.raises(Invalid, match="g has 2 classes; a label of one class must have exactly one"):
        known_one(JOB, {"g": [0, 1]}, "g")
