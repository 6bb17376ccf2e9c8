"""Agreement between workers: the worked examples of the literature, and things that are found."""

from __future__ import annotations

import pickle
import random

import pytest

from trigpoint.labeling.agreement.boxes import BoxAgreement
from trigpoint.labeling.agreement.classes import MOST_PAIRS, ClassAgreement
from trigpoint.labeling.agreement.masks import MaskAgreement
from trigpoint.labeling.agreement.spans import SpanAgreement
from trigpoint.records.labels.boxes import Box


def one_class(answer: int) -> tuple[int, ...]:
    return (answer,)


def the_classes(answer: frozenset[int]) -> frozenset[int]:
    return answer


def of_rows(*rows: str) -> ClassAgreement[int]:
    """One row per worker, one column per object; a dot is a missing answer."""
    names = sorted(set("".join(rows)) - {"."})
    agreement = ClassAgreement(names, one_class)
    for column in zip(*rows, strict=True):
        agreement.add({f"w{k}": names.index(value) for k, value in enumerate(column) if value != "."})
    return agreement


@pytest.mark.parametrize(
    ("rows", "alpha"),
    [
        # Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011: its examples A, B and C (nominal)
        (("0100000010", "1110010000"), 0.095),
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
    ],
)
def test_alpha_is_that_of_krippendorffs_examples(rows: tuple[str, ...], alpha: float) -> None:
    assert of_rows(*rows).result()["measures"]["krippendorff_alpha"] == pytest.approx(alpha, abs=6e-4)


FLEISS = """0 0 0 0 14 / 0 2 6 4 2 / 0 0 3 5 6 / 0 3 9 2 0 / 2 2 8 1 1 / 7 7 0 0 0 / 3 2 6 3 0 / 2 5 3 2 2 /
6 5 2 1 0 / 0 2 2 3 7"""


def test_fleiss_kappa_is_that_of_the_usual_example_of_14_raters() -> None:
    agreement = ClassAgreement("abcde", one_class)
    for line in FLEISS.split("/"):
        ratings = [k for k, count in enumerate(map(int, line.split())) for _ in range(count)]
        agreement.add({f"w{k:02}": rating for k, rating in enumerate(ratings)})
    assert agreement.result()["measures"]["fleiss_kappa"] == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize(
    ("counts", "kappa"),
    [((20, 5, 10, 15), 0.4), ((45, 15, 25, 15), 0.1304), ((25, 35, 5, 35), 0.2593)],
    ids=["grant proposals", "same marginals", "other marginals"],
)
def test_cohens_kappa_is_that_of_the_usual_examples_of_two_raters(
    counts: tuple[int, ...], kappa: float
) -> None:
    agreement = ClassAgreement(("yes", "no"), one_class)
    for (first, second), count in zip(((0, 0), (0, 1), (1, 0), (1, 1)), counts, strict=True):
        for _ in range(count):
            agreement.add({"a": first, "b": second})
    assert agreement.result()["measures"]["mean_cohen_kappa"] == pytest.approx(kappa, abs=5e-5)


def test_one_class_is_measured_against_all_others() -> None:
    rows = ("aabbdcccedda", "babbbccceddd")
    against = [row.translate(str.maketrans("acde", "oooo")) for row in rows]
    assert (
        of_rows(*rows).result()["classes"]["b"]["krippendorff_alpha"]
        == of_rows(*against).result()["measures"]["krippendorff_alpha"]
    )


def test_several_classes_are_measured_as_one_choice_for_each() -> None:
    """With one class in use, choosing it or not is an answer of two classes."""
    rows = ("0100000010", "1110010000")
    agreement = ClassAgreement(("one", "unused"), the_classes)
    for column in zip(*rows, strict=True):
        agreement.add({f"w{k}": frozenset({0} if value == "1" else ()) for k, value in enumerate(column)})
    found, expected = agreement.result()["measures"], of_rows(*rows).result()["measures"]
    assert found == expected
    assert agreement.result()["classes"]["unused"] == {
        "answers": 0,
        "krippendorff_alpha": None,
        "fleiss_kappa": None,
    }


def test_full_agreement_is_1_and_agreement_on_one_class_alone_is_not_defined() -> None:
    full = of_rows("abab", "abab", "abab").result()["measures"]
    assert full["krippendorff_alpha"] == full["fleiss_kappa"] == full["mean_cohen_kappa"] == 1
    same = of_rows("aaaa", "aaaa").result()["measures"]
    assert same["krippendorff_alpha"] is same["fleiss_kappa"] is same["mean_cohen_kappa"] is None


def test_objects_with_one_answer_do_not_count() -> None:
    assert of_rows("ab.a", "ba..").result() == of_rows("ab", "ba").result()


def test_memory_for_pairs_of_workers_is_bounded_and_what_is_left_out_is_counted() -> None:
    agreement = ClassAgreement(("a", "b"), one_class)
    for number in range(MOST_PAIRS + 7):
        agreement.add({f"{number}-1": 0, f"{number}-2": number % 2})
    measures = agreement.result()["measures"]
    assert (measures["pairs_of_workers"], measures["comparisons_left_out"]) == (MOST_PAIRS, 7)


def test_the_sums_go_on_after_they_were_pickled() -> None:
    first, whole = of_rows("aab", "abb"), of_rows("aabbab", "abbbba")
    copy = pickle.loads(pickle.dumps(first))
    for one, two in ((1, 1), (0, 1), (1, 0)):
        copy.add({"w0": one, "w1": two})
    assert copy.result() == whole.result()


def test_boxes_that_match_count_with_their_iou_and_class() -> None:
    agreement = BoxAgreement(("cat", "dog"))
    agreement.add(
        {
            "a": [Box("cat", 0, 0, 10, 10), Box("dog", 50, 50, 10, 10)],
            "b": [Box("cat", 0, 0, 10, 8), Box("cat", 50, 50, 10, 10), Box("cat", 80, 80, 5, 5)],
        }
    )
    result = agreement.result()
    assert result["measures"] == {"f1": 0.4, "mean_iou": 0.8, "same_class": 0.5}
    assert result["classes"] == {
        "cat": {"f1": 0.5, "mean_iou": 0.8},
        "dog": {"f1": 0.0, "mean_iou": None},
    }


def test_a_box_matches_one_box_of_each_other_worker() -> None:
    box = Box("cat", 0, 0, 10, 10)
    agreement = BoxAgreement(("cat",))
    agreement.add({"a": [box], "b": [box, box], "c": [box]})
    assert agreement.result()["measures"]["f1"] == round(2 * 3 / (1 * 2 + 2 * 2 + 1 * 2), 4)


def test_workers_who_find_nothing_agree_with_nobody_who_finds_something() -> None:
    agreement = BoxAgreement(("cat",))
    agreement.add({"a": [], "b": []})
    assert agreement.result()["measures"]["f1"] is None
    agreement.add({"a": [], "b": [Box("cat", 0, 0, 1, 1)]})
    assert agreement.result()["measures"]["f1"] == 0


def test_thousands_of_boxes_in_one_place_take_seconds() -> None:
    dice = random.Random(0)
    answers = {
        f"w{k}": [
            Box("cat", 100 + dice.random(), 100 + dice.random(), 50 + dice.random(), 50) for _ in range(2_000)
        ]
        for k in range(9)
    }
    agreement = BoxAgreement(("cat",))
    agreement.add(answers)
    assert agreement.result()["measures"]["mean_iou"] > 0.9


def the_spans(answer: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    return answer


def test_spans_match_when_they_begin_end_and_are_named_alike() -> None:
    agreement = SpanAgreement(("per", "loc"), the_spans)
    agreement.add({"a": [(0, 3, "per"), (5, 9, "loc")], "b": [(0, 3, "per"), (5, 8, "loc"), (9, 12, "loc")]})
    assert agreement.result() == {
        "measures": {"span_f1": 0.4},
        "classes": {"per": {"span_f1": 1.0}, "loc": {"span_f1": 0.0}},
    }


def overlap(one: dict[str, set[int]], two: dict[str, set[int]]) -> dict[str, tuple[int, int]]:
    empty: set[int] = set()
    return {
        name: (
            len(one.get(name, empty) & two.get(name, empty)),
            len(one.get(name, empty) | two.get(name, empty)),
        )
        for name in one.keys() | two.keys()
    }


def test_masks_are_compared_class_by_class() -> None:
    agreement = MaskAgreement(("road", "sky", "car"), overlap)
    agreement.add({"a": {"road": {1, 2, 3, 4}, "sky": {5}}, "b": {"road": {1, 2, 3}, "sky": {6}}})
    agreement.add({"a": {"sky": {5}}, "b": {"sky": {5}}})
    assert agreement.result() == {
        "measures": {"mean_iou": round((0.375 + 1) / 2, 4)},
        "classes": {
            "road": {"comparisons": 1, "iou": 0.75},
            "sky": {"comparisons": 2, "iou": 0.5},
            "car": {"comparisons": 0, "iou": None},
        },
    }
