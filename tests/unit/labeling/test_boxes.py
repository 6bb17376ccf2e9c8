"""Consolidation of boxes: hand-made cases, and properties that hold for any answers."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trigpoint.labeling.consolidation.box_overlap import iou
from trigpoint.labeling.consolidation.box_scene import AnsweredPicture
from trigpoint.labeling.consolidation.boxes import Agreed, consolidate, consolidate_all
from trigpoint.labeling.model import WorkerQuality
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

LABELS = ("cat", "dog")
UNIT, WIDE = Box("cat", 0, 0, 1, 1), Box("cat", 0, 0, 2, 1)


def test_iou_of_half_overlapping_boxes_is_a_third() -> None:
    assert iou(Box("cat", 0, 0, 10, 10), Box("cat", 5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert iou(Box("cat", 0, 0, 10, 10), Box("cat", 10, 0, 10, 10)) == 0
    assert iou(Box("cat", 1, 2, 3, 4), Box("cat", 1, 2, 3, 4)) == 1


# -- one picture, of which nothing else is known


def test_the_boxes_of_a_single_worker_are_kept_in_their_order_with_confidence_zero() -> None:
    drawn = [Box("dog", 50, 5, 7, 8), Box("cat", 1, 2, 3, 4), Box("dog", 50, 5, 7, 8)]
    assert consolidate({"bob": drawn}) == [replace(box, confidence=0) for box in drawn]


def test_three_workers_boxes_become_about_the_mean_of_their_edges() -> None:
    answers = {
        "bob": [Box("dog", 10, 10, 20, 20)],
        "carol": [Box("dog", 11, 10, 20, 20)],
        "dan": [Box("dog", 12, 10, 21, 20)],
    }
    (agreed,) = consolidate(answers)
    assert agreed.ltwh == pytest.approx((11, 10, 61 / 3, 20), abs=0.15)
    assert agreed.confidence > 0.9


def test_an_edge_far_off_has_little_effect() -> None:
    drawn = {f"w{k}": [Box("dog", 10 + k, 10, 20, 20)] for k in range(4)}
    (agreed,) = consolidate({**drawn, "far": [Box("dog", 2, 10, 28, 20)]})
    assert agreed.left > 11, "the mean is 9.6"


def test_two_of_three_are_a_majority_and_one_of_three_is_not() -> None:
    box = Box("dog", 10, 10, 20, 20)
    (agreed,) = consolidate({"bob": [box, Box("cat", 60, 40, 10, 10)], "carol": [box], "dan": []})
    assert agreed.ltwh == box.ltwh
    (by_all,) = consolidate({"bob": [box], "carol": [box], "dan": [box]})
    assert 0.3 < agreed.confidence < by_all.confidence < 1


def test_half_of_the_workers_are_not_a_majority() -> None:
    box = Box("dog", 10, 10, 20, 20)
    assert consolidate({"a": [box], "b": [box], "c": [], "d": []}) == []
    assert consolidate({"a": [box], "b": []}) == []


def test_the_class_is_that_of_most_workers_and_a_split_vote_lowers_the_confidence() -> None:
    box = Box("dog", 10, 10, 20, 20)
    cat = replace(box, class_name="cat")
    (agreed,) = consolidate({"a": [box], "b": [cat], "c": [box]})
    assert agreed.class_name == "dog"
    (split,) = consolidate({"a": [box], "b": [cat]})
    assert split.confidence <= 0.5 < agreed.confidence


def test_a_box_joins_the_one_that_it_overlaps_most() -> None:
    answers = {
        "bob": [Box("dog", 0, 0, 20, 20), Box("dog", 4, 0, 20, 20)],
        "carol": [Box("dog", 3, 0, 20, 20)],
    }
    (agreed,) = consolidate(answers)
    assert agreed.ltwh == pytest.approx((3.5, 0, 20, 20), abs=0.1)


def test_boxes_that_workers_draw_twice_are_agreed_on_twice() -> None:
    same = Box("dog", 10, 10, 20, 20)
    assert [box.ltwh for box in consolidate({"bob": [same, same], "carol": [same, same]})] == [same.ltwh] * 2


def test_answers_without_boxes_agree() -> None:
    assert consolidate({"bob": [], "carol": []}) == []


def test_a_box_that_is_drawn_again_and_again_by_every_worker_is_agreed_on_as_often() -> None:
    box = Box("cat", 1, 2, 30, 40)
    agreed = consolidate({f"w{k}": [box] * 2000 for k in range(9)})
    assert [found.ltwh for found in agreed] == [box.ltwh] * 2000


def test_boxes_whose_area_is_rounded_to_nothing_are_merged_with_none() -> None:
    tiny = Box("cat", 0, 0, 1e-200, 1e-200)
    assert iou(tiny, tiny) == 0
    assert [box.ltwh for box in consolidate({"a": [tiny, UNIT], "b": [UNIT, tiny]})] == [UNIT.ltwh]


# -- any answers


sides = st.integers(1, 30)
drawn_boxes = st.lists(
    st.builds(Box, st.sampled_from(LABELS), st.integers(0, 60), st.integers(0, 40), sides, sides), max_size=5
)
all_answers = st.dictionaries(st.sampled_from("abcdefghi"), drawn_boxes, min_size=1, max_size=5)


@settings(max_examples=150)
@given(all_answers, st.randoms(use_true_random=False))
def test_the_order_of_workers_and_boxes_does_not_matter(answers: dict[str, list[Box]], random) -> None:  # type: ignore[no-untyped-def]
    names = list(answers)
    random.shuffle(names)
    shuffled = {name: random.sample(answers[name], len(answers[name])) for name in names}
    if len(answers) > 1:
        assert consolidate(shuffled) == consolidate(answers)


@settings(max_examples=150)
@given(all_answers)
def test_agreed_boxes_are_near_the_drawn_ones_and_confidences_are_between_zero_and_one(
    answers: dict[str, list[Box]],
) -> None:
    for agreed in consolidate(answers):
        drawn = [box for boxes in answers.values() for box in boxes]
        assert any(iou(agreed, box) > 0 for box in drawn)
        assert agreed.width > 0 and agreed.height > 0
        assert 0 <= agreed.confidence <= 1
        assert math.isfinite(agreed.confidence)


@settings(max_examples=100)
@given(all_answers)
@example({"a": [UNIT], "b": [UNIT, WIDE], "c": [WIDE]})
def test_each_agreed_box_takes_a_box_of_its_own_from_each_worker_of_a_majority(
    answers: dict[str, list[Box]],
) -> None:
    agreed = len(consolidate(answers))
    counts = [len(boxes) for boxes in answers.values()]
    assert agreed * (len(answers) // 2 + 1) <= sum(min(count, agreed) for count in counts)


@settings(max_examples=50)
@given(drawn_boxes, st.integers(2, 5))
def test_workers_who_draw_the_same_boxes_get_these_boxes(boxes: list[Box], count: int) -> None:
    agreed = consolidate({f"worker-{i}": boxes for i in range(count)})
    assert sorted((box.class_name, box.ltwh) for box in agreed) == sorted(
        (box.class_name, box.ltwh) for box in boxes
    )


# -- what is learned about workers


SIZE = ImageSize(1000, 1000, 3)


def truths(count: int, seed: int) -> list[list[Box]]:
    dice = random.Random(seed)
    return [
        [
            Box("cat", 100 + 300 * k, dice.uniform(100, 700), dice.uniform(60, 200), dice.uniform(60, 200))
            for k in range(3)
        ]
        for _ in range(count)
    ]


def seen(
    truth: Sequence[Box], dice: random.Random, noise: float, left: float = 0.0, out: float = 0.0
) -> list[Box]:
    """The boxes with normal errors, moved to the left, and larger on all sides; shares of the sides."""
    drawn = []
    for box in truth:
        x1, x2 = (edge + (dice.gauss(0, noise) - left) * box.width for edge in (box.left, box.right))
        y1, y2 = (edge + dice.gauss(0, noise) * box.height for edge in (box.top, box.bottom))
        x1, x2, y1, y2 = (
            x1 - out * box.width,
            x2 + out * box.width,
            y1 - out * box.height,
            y2 + out * box.height,
        )
        drawn.append(Box(box.class_name, x1, y1, x2 - x1, y2 - y1))
    return drawn


def mean_iou(truth: Sequence[Sequence[Box]], found: Sequence[Sequence[Box]]) -> float:
    pairs = [
        iou(a, b)
        for one, other in zip(truth, found, strict=True)
        for a, b in zip(
            sorted(one, key=lambda box: box.left), sorted(other, key=lambda box: box.left), strict=True
        )
    ]
    return sum(pairs) / len(pairs)


def one_by_one(pictures: Sequence[AnsweredPicture]) -> list[Sequence[Box]]:
    """What is agreed on when nothing is learned."""
    return [consolidate_all([picture], {}).boxes[0] for picture in pictures]


def bias_of(agreed: Agreed, worker: str) -> Mapping[str, float]:
    found: Mapping[str, float] = agreed.workers[worker].details["edge_bias"]
    return found


def test_precise_workers_weigh_more() -> None:
    dice, known = random.Random(1), truths(60, 1)
    pictures = [
        AnsweredPicture(
            {"good": seen(each, dice, 0.01), **{f"bad{k}": seen(each, dice, 0.12) for k in range(2)}}
        )
        for each in known
    ]
    agreed = consolidate_all(pictures, {})
    noise = {worker: agreed.workers[worker].details["edge_noise"] for worker in agreed.workers}
    assert noise["good"] < 0.06 < 0.08 < noise["bad0"]
    assert mean_iou(known, agreed.boxes) > mean_iou(known, one_by_one(pictures)) + 0.03


def test_the_bias_of_a_worker_is_removed() -> None:
    dice, known = random.Random(2), truths(60, 2)
    pictures = [
        AnsweredPicture(
            {"left": seen(each, dice, 0.03, left=0.15), **{f"w{k}": seen(each, dice, 0.03) for k in range(2)}}
        )
        for each in known
    ]
    agreed = consolidate_all(pictures, {})
    assert bias_of(agreed, "left")["left"] < -0.08 and bias_of(agreed, "left")["right"] < -0.08
    assert abs(bias_of(agreed, "left")["top"]) < 0.03
    assert mean_iou(known, agreed.boxes) > mean_iou(known, one_by_one(pictures)) + 0.02


def test_a_later_round_of_one_picture_uses_what_earlier_rounds_learned() -> None:
    dice, known = random.Random(3), truths(80, 3)
    pictures = [
        AnsweredPicture(
            {"left": seen(each, dice, 0.03, left=0.15), **{f"w{k}": seen(each, dice, 0.03) for k in range(2)}}
        )
        for each in known
    ]
    workers: Mapping[str, WorkerQuality] = {}
    later = []
    for k, picture in enumerate(pictures):
        agreed = consolidate_all([picture], workers)
        workers = json_round_trip(agreed.workers)
        later += [agreed.boxes[0]] if k >= 40 else []
    assert workers["left"].answers == 80
    assert mean_iou(known[40:], later) > mean_iou(known[40:], one_by_one(pictures[40:])) + 0.02


def json_round_trip(workers: Mapping[str, WorkerQuality]) -> dict[str, WorkerQuality]:
    """As the database returns them."""
    return {
        name: replace(each, details=json.loads(json.dumps(each.details))) for name, each in workers.items()
    }


def test_known_boxes_show_what_all_workers_do_alike() -> None:
    dice, known = random.Random(4), truths(60, 4)
    answers = [{f"w{k}": seen(each, dice, 0.03, out=0.1) for k in range(3)} for each in known]
    some = [
        AnsweredPicture(each, truth=truth if k < 20 else None)
        for k, (each, truth) in enumerate(zip(answers, known, strict=True))
    ]
    without = consolidate_all([AnsweredPicture(each) for each in answers], {})
    with_some = consolidate_all(some, {})
    assert mean_iou(known[20:], with_some.boxes[20:]) > mean_iou(known[20:], without.boxes[20:]) + 0.1


def test_accuracy_and_agreement_show_a_worker_who_draws_at_random() -> None:
    dice, known = random.Random(5), truths(40, 5)
    elsewhere = truths(40, 6)
    pictures = [
        AnsweredPicture(
            {
                **{f"w{k}": seen(each, dice, 0.03) for k in range(3)},
                "random": [replace(b, top=b.top / 9) for b in other],
            }
        )
        for each, other in zip(known, elsewhere, strict=True)
    ]
    workers = consolidate_all(pictures, {}).workers
    bad, good = workers["random"], workers["w0"]
    assert good.accuracy is not None and bad.accuracy is not None
    assert bad.accuracy < 0.3 < 0.9 < good.accuracy
    assert bad.agreement / bad.answers < 0.2 < 0.7 < good.agreement / good.answers


def test_a_known_label_counts_against_workers_who_agree_on_what_is_not_there() -> None:
    box, other = Box("cat", 10, 10, 50, 50), Box("cat", 500, 500, 50, 50)
    known = [AnsweredPicture({"a": [box], "b": [box], "c": [other]}, truth=[other])] * 20
    workers = consolidate_all(known, {}).workers
    a, c = workers["a"].accuracy, workers["c"].accuracy
    assert a is not None and c is not None and a < 0.1 and c > 0.9
    alone = consolidate_all([AnsweredPicture({"c": [other]}, truth=[other])], {})
    assert alone.boxes == [[replace(other, confidence=0)]]
    assert alone.workers["c"].agreement == 1


def test_edges_at_the_border_of_the_picture_are_kept_there_and_boxes_stay_inside() -> None:
    dice, known = random.Random(6), truths(40, 7)
    cut = [[*each, Box("cat", 900, 0, 100, 100)] for each in known]
    pictures = [
        AnsweredPicture(
            {
                f"w{k}": [
                    *seen(each[:-1], dice, 0.02, out=0.1 * k),
                    Box("cat", 900 - 10 * k, 0, 100 + 10 * k, 100 + 10 * k),
                ]
                for k in range(3)
            },
            SIZE,
        )
        for each in cut
    ]
    for boxes in consolidate_all(pictures, {}).boxes:
        corner = max(boxes, key=lambda box: box.right)
        assert (corner.top, corner.right) == (0, 1000)
        assert all(box.left >= 0 and box.bottom <= 1000 for box in boxes)


def test_boxes_that_most_workers_left_as_they_were_stay_exactly() -> None:
    dice = random.Random(7)
    given = [Box("cat", 10.123456789, 20.1, 33.3, 44.4), Box("dog", 200.7, 100.3, 50.9, 60.1)]
    learned = consolidate_all(
        [
            AnsweredPicture(
                {
                    "left": seen(each, dice, 0.03, left=0.2),
                    **{f"w{k}": seen(each, dice, 0.03) for k in range(2)},
                }
            )
            for each in truths(30, 8)
        ],
        {},
    ).workers
    moved = [replace(given[0], left=14.0, width=29.4), given[1]]
    picture = AnsweredPicture({"left": given, "w0": given, "w1": moved}, SIZE, given)
    (agreed,) = consolidate_all([picture], learned).boxes
    assert [box.ltwh for box in agreed] == [box.ltwh for box in given]
    (changed,) = consolidate_all(
        [replace(picture, answers={"left": given, "w0": moved, "w1": moved})], learned
    ).boxes
    assert changed[0].left > 11.8 and changed[1].ltwh == given[1].ltwh


def test_confidence_is_near_the_share_of_right_boxes() -> None:
    """Workers overlook things, and some see things in the same empty places."""
    dice = random.Random(9)
    pictures, right_boxes = [], []
    for each in truths(150, 9):
        ghosts = [Box("cat", 50 + 300 * k, 850, 80, 80) for k in range(3) if dice.random() < 0.2]
        shares = [(box, 0.95) for box in each] + [(box, dice.uniform(0, 0.8)) for box in ghosts]
        answers = {
            f"w{k}": seen([box for box, share in shares if dice.random() < share], dice, 0.05)
            for k in range(5)
        }
        pictures.append(AnsweredPicture(answers))
        right_boxes.append(each)
    judged = [
        (box.confidence, any(iou(box, true) > 0.5 for true in truth))
        for truth, boxes in zip(right_boxes, consolidate_all(pictures, {}).boxes, strict=True)
        for box in boxes
    ]
    wrong = [sure for sure, right in judged if not right]
    good = [sure for sure, right in judged if right]
    assert len(wrong) > 15
    assert abs(sum(sure for sure, _ in judged) / len(judged) - len(good) / len(judged)) < 0.06
    ranked = sum((a > b) + (a == b) / 2 for a in good for b in wrong) / (len(good) * len(wrong))
    assert ranked > 0.75
