"""Matching and losses on cases small enough to work out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from trigpoint.algorithms.object_detection.boxes import to_cxcywh
from trigpoint.algorithms.object_detection.loss import Targets, Truth, hard_negatives, make_targets, ssd_loss
from trigpoint.algorithms.object_detection.match import UNMATCHED, match

ANCHORS = torch.tensor(
    [
        [0.0, 0.0, 0.2, 0.2],
        [0.0, 0.0, 0.2, 0.3],
        [0.5, 0.5, 0.9, 0.9],
        [0.5, 0.5, 0.8, 0.9],
        [0.8, 0.0, 1.0, 0.2],
    ]
)


def test_each_truth_gets_its_best_anchor_and_all_anchors_above_one_half() -> None:
    truths = torch.tensor([[0.0, 0.0, 0.2, 0.2], [0.5, 0.5, 0.9, 0.9]])
    matched, best = match(truths, ANCHORS)
    assert matched.tolist() == [0, 0, 1, 1, UNMATCHED]  # 0.04/0.06 and 0.12/0.16 are above one half
    assert best.tolist() == pytest.approx([1, 2 / 3, 1, 0.75, 0])


def test_an_anchor_with_an_iou_of_exactly_one_half_is_neither_positive_nor_negative() -> None:
    """Anchor 1 is twice as high as the truth, anchor 2 a little more. All numbers are exact in binary."""
    anchors = torch.tensor([[0.0, 0.0, 0.5, 0.5], [0.0, 0.0, 0.5, 1.0], [0.0, 0.0, 0.5, 1.0625]])
    truth = torch.tensor([[0.0, 0.0, 0.5, 0.5]])
    matched, best = match(truth, anchors)
    assert best[1] == 0.5
    assert matched.tolist() == [0, UNMATCHED, UNMATCHED]
    targets = make_targets([Truth(truth, torch.tensor([0]))], to_cxcywh(anchors))
    assert targets.candidates.tolist() == [[False, False, True]]


def test_a_truth_with_little_overlap_still_gets_one_anchor() -> None:
    matched, _ = match(torch.tensor([[0.85, 0.05, 0.9, 0.1]]), ANCHORS)
    assert matched.tolist() == [UNMATCHED, UNMATCHED, UNMATCHED, UNMATCHED, 0]


def test_two_truths_with_the_same_best_anchor_get_one_anchor_each() -> None:
    """Both overlap anchor 0 most. The one with the larger overlap gets it, the other gets its next best anchor."""
    truths = torch.tensor([[0.0, 0.0, 0.2, 0.21], [0.0, 0.0, 0.2, 0.2]])
    matched, _ = match(truths, ANCHORS)
    assert matched[0] == 1
    assert matched[1] == 0


def test_a_truth_that_overlaps_no_anchor_is_not_matched() -> None:
    matched, _ = match(torch.tensor([[0.3, 0.3, 0.4, 0.4]]), ANCHORS)
    assert set(matched.tolist()) == {UNMATCHED}


def test_an_image_without_objects_has_no_loss() -> None:
    truth = Truth(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))
    targets = make_targets([truth], to_cxcywh(ANCHORS))
    losses = ssd_loss(torch.randn(1, 5, 3), torch.randn(1, 5, 4), targets)
    assert not targets.candidates.any()
    assert float(losses.total) == 0.0


def test_hard_negatives_are_the_three_per_positive_with_the_lowest_background_score() -> None:
    classes = torch.zeros(1, 10, dtype=torch.int64)
    classes[0, 0] = 1
    candidates = torch.ones(1, 10, dtype=torch.bool)
    candidates[0, :2] = False  # anchor 1 overlaps too well to be a negative
    logits = torch.zeros(1, 10, 2)
    logits[0, :, 1] = torch.arange(10)  # later anchors look less like background
    chosen = hard_negatives(logits, Targets(classes, torch.zeros(1, 10, 4), candidates))
    assert chosen[0].nonzero().flatten().tolist() == [7, 8, 9]


def test_there_are_never_more_negatives_than_candidates() -> None:
    classes = torch.ones(1, 4, dtype=torch.int64)
    classes[0, 3] = 0
    candidates = classes == 0
    chosen = hard_negatives(torch.zeros(1, 4, 2), Targets(classes, torch.zeros(1, 4, 4), candidates))
    assert chosen.tolist() == candidates.tolist()


def test_losses_match_values_worked_out_by_hand() -> None:
    """One positive and its three hardest negatives; two of the positive's four offsets are wrong."""
    classes = torch.tensor([[2, 0, 0, 0, 0]])
    candidates = torch.tensor([[False, True, True, True, True]])
    offsets = torch.zeros(1, 5, 4)
    offsets[0, 0] = torch.tensor([0.5, -3.0, 0.0, 0.0])
    logits = torch.zeros(1, 5, 3)
    logits[0, 0, 2] = 1.0
    logits[0, 4, 0] = 9.0  # clearly background: not one of the hardest
    losses = ssd_loss(logits, torch.zeros(1, 5, 4), Targets(classes, offsets, candidates))
    positive = math.log(2 + math.e) - 1
    assert float(losses.cross_entropy) == pytest.approx((positive + 3 * math.log(3)) / 4)
    assert float(losses.smooth_l1) == pytest.approx((0.5 * 0.25 + 2.5) / 2)


def test_losses_are_normalised_over_the_batch_and_not_over_the_image() -> None:
    classes = torch.tensor([[1, 1, 0], [1, 0, 0]])
    candidates = torch.zeros(2, 3, dtype=torch.bool)
    logits = torch.zeros(2, 3, 2)
    logits[1, 0, 1] = 5.0
    losses = ssd_loss(logits, torch.zeros(2, 3, 4), Targets(classes, torch.zeros(2, 3, 4), candidates))
    expected = (2 * math.log(2) + math.log(1 + math.exp(-5))) / 3
    assert float(losses.cross_entropy) == pytest.approx(expected, rel=1e-5)
    assert float(losses.smooth_l1) == 0.0
