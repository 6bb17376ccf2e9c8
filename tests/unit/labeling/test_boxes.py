"""Consolidation of boxes: hand-computed cases, and properties that hold for any answers."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.all_pairs import consolidate_by_all_pairs
from trigpoint.labeling.consolidation import overlaps
from trigpoint.labeling.consolidation.boxes import consolidate, iou
from trigpoint.records.labels.boxes import Box

LABELS = ("cat", "dog")
UNIT, WIDE = Box("cat", 0, 0, 1, 1), Box("cat", 0, 0, 2, 1)


def test_iou_of_half_overlapping_boxes_is_a_third() -> None:
    assert iou(Box("cat", 0, 0, 10, 10), Box("cat", 5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert iou(Box("cat", 0, 0, 10, 10), Box("cat", 10, 0, 10, 10)) == 0
    assert iou(Box("cat", 1, 2, 3, 4), Box("cat", 1, 2, 3, 4)) == 1


def test_the_boxes_of_a_single_worker_are_kept_in_their_order_with_confidence_zero() -> None:
    drawn = [Box("dog", 50, 5, 7, 8), Box("cat", 1, 2, 3, 4), Box("dog", 50, 5, 7, 8)]
    assert consolidate({"bob": drawn}) == [replace(box, confidence=0) for box in drawn]


def test_three_workers_boxes_become_the_mean_of_their_edges() -> None:
    answers = {
        "bob": [Box("dog", 10, 10, 20, 20)],
        "carol": [Box("dog", 11, 10, 20, 20)],
        "dan": [Box("dog", 12, 10, 21, 20)],
    }
    (agreed,) = consolidate(answers)
    assert agreed.ltwh == (11, 10, pytest.approx(61 / 3), 20)
    by_hand = (380 / 420 + 360 / 460 + 380 / 440) / 3  # intersections and unions of the three pairs
    assert agreed.confidence == pytest.approx(by_hand)


def test_two_of_three_are_a_majority_and_one_of_three_is_not() -> None:
    answers = {
        "bob": [Box("dog", 10, 10, 20, 20), Box("cat", 60, 40, 10, 10)],
        "carol": [Box("dog", 10, 10, 20, 20)],
        "dan": [],
    }
    (agreed,) = consolidate(answers)
    assert agreed == Box("dog", 10, 10, 20, 20, pytest.approx(2 / 3))


def test_half_of_the_workers_are_not_a_majority() -> None:
    box = Box("dog", 10, 10, 20, 20)
    assert consolidate({"a": [box], "b": [box], "c": [], "d": []}) == []
    assert consolidate({"a": [box], "b": []}) == []


def test_boxes_with_different_labels_are_not_merged() -> None:
    answers = {"bob": [Box("dog", 10, 10, 20, 20)], "carol": [Box("cat", 10, 10, 20, 20)]}
    assert consolidate(answers) == []


def test_boxes_are_merged_from_an_iou_of_one_half() -> None:
    enough = {"bob": [Box("dog", 0, 0, 10, 10)], "carol": [Box("dog", 0, 0, 10, 5)]}
    assert consolidate(enough) == [Box("dog", 0, 0, 10, 7.5, 0.5)]
    less = {"bob": [Box("dog", 0, 0, 10, 10)], "carol": [Box("dog", 0, 0, 10, 4.9)]}
    assert consolidate(less) == []


def test_a_box_joins_the_one_that_it_overlaps_most() -> None:
    answers = {
        "bob": [Box("dog", 0, 0, 20, 20), Box("dog", 4, 0, 20, 20)],
        "carol": [Box("dog", 3, 0, 20, 20)],
    }
    (agreed,) = consolidate(answers)
    assert agreed.ltwh == (3.5, 0, 20, 20)


def test_no_cluster_has_two_boxes_of_one_worker() -> None:
    same = Box("dog", 10, 10, 20, 20)
    answers = {"bob": [same, same], "carol": [same, same]}
    assert consolidate(answers) == [replace(same, confidence=1.0)] * 2


def test_answers_without_boxes_agree() -> None:
    assert consolidate({"bob": [], "carol": []}) == []


sides = st.integers(1, 30)
drawn_boxes = st.lists(
    st.builds(Box, st.sampled_from(LABELS), st.integers(0, 60), st.integers(0, 40), sides, sides), max_size=5
)
all_answers = st.dictionaries(st.sampled_from("abcdefghi"), drawn_boxes, min_size=1, max_size=5)


@settings(max_examples=150, deadline=None)
@given(all_answers, st.randoms(use_true_random=False))
def test_the_order_of_workers_and_boxes_does_not_matter(answers: dict[str, list[Box]], random) -> None:  # type: ignore[no-untyped-def]
    names = list(answers)
    random.shuffle(names)
    shuffled = {name: random.sample(answers[name], len(answers[name])) for name in names}
    if len(answers) > 1:
        assert consolidate(shuffled) == consolidate(answers)


@settings(max_examples=150, deadline=None)
@given(all_answers)
def test_agreed_boxes_are_inside_the_drawn_ones_and_confidences_are_between_zero_and_one(
    answers: dict[str, list[Box]],
) -> None:
    for agreed in consolidate(answers):
        drawn = [b for boxes in answers.values() for b in boxes if b.class_name == agreed.class_name]
        assert min(b.left for b in drawn) - 1e-9 <= agreed.left
        assert min(b.top for b in drawn) - 1e-9 <= agreed.top
        assert agreed.right <= max(b.right for b in drawn) + 1e-9
        assert agreed.bottom <= max(b.bottom for b in drawn) + 1e-9
        assert 0 <= agreed.confidence <= 1
        assert math.isfinite(agreed.confidence)


@settings(max_examples=100, deadline=None)
@given(all_answers)
@example({"a": [UNIT], "b": [UNIT, WIDE], "c": [WIDE]})
def test_each_agreed_box_takes_a_box_of_its_own_from_each_worker_of_a_majority(
    answers: dict[str, list[Box]],
) -> None:
    for label in LABELS:
        counts = [sum(b.class_name == label for b in boxes) for boxes in answers.values()]
        agreed = sum(a.class_name == label for a in consolidate(answers))
        assert agreed * (len(answers) // 2 + 1) <= sum(min(count, agreed) for count in counts)


@settings(max_examples=50, deadline=None)
@given(drawn_boxes, st.integers(2, 5))
def test_workers_who_draw_the_same_boxes_agree_completely(boxes: list[Box], count: int) -> None:
    agreed = consolidate({f"worker-{i}": boxes for i in range(count)})
    assert sorted((box.class_name, box.ltwh) for box in agreed) == sorted(
        (box.class_name, box.ltwh) for box in boxes
    )
    assert all(box.confidence == pytest.approx(1) for box in agreed)


crowded_boxes = st.lists(
    st.builds(
        Box,
        st.sampled_from(LABELS),
        st.integers(0, 4),
        st.integers(0, 4),
        st.sampled_from([0.5, 1, 2, 3, 4, 8]),
        st.sampled_from([0.5, 1, 2, 3, 4, 8]),
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefghi"), crowded_boxes, min_size=2, max_size=9))
def test_crowded_boxes_with_many_ties_are_merged_as_if_all_pairs_were_compared(
    answers: dict[str, list[Box]],
) -> None:
    assert consolidate(answers) == consolidate_by_all_pairs(answers)


def test_many_boxes_that_all_overlap_are_merged_within_bounds_and_always_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlaps, "FREE_COMPARISONS", 0)
    dice = random.Random(3)
    answers = {
        f"w{k}": [Box("cat", dice.gauss(0, 9), dice.gauss(0, 9), 400, 400) for _ in range(60)]
        for k in range(9)
    }
    agreed = consolidate(answers)
    assert 50 < len(agreed) <= 9 * 60 // 5
    assert agreed == consolidate(dict(reversed(answers.items())))


def test_a_box_that_is_drawn_again_and_again_by_every_worker_is_agreed_on_as_often() -> None:
    box = Box("cat", 1, 2, 30, 40)
    assert consolidate({f"w{k}": [box] * 2000 for k in range(9)}) == [replace(box, confidence=1.0)] * 2000


def test_boxes_whose_area_is_rounded_to_nothing_are_merged_with_none() -> None:
    tiny = Box("cat", 0, 0, 1e-200, 1e-200)
    assert iou(tiny, tiny) == 0
    assert consolidate({"a": [tiny, UNIT], "b": [UNIT, tiny]}) == [replace(UNIT, confidence=1.0)]
