"""Offsets, overlaps and suppression: by hand, as inverses, and against torchvision."""

from __future__ import annotations

import math

import pytest
import torch

from trigpoint.algorithms.object_detection.boxes import decode, encode, iou, keep_best, to_cxcywh, to_xyxy


def _random_boxes(count: int) -> torch.Tensor:
    corner = torch.rand(count, 2) * 0.6
    return torch.cat((corner, corner + 0.02 + torch.rand(count, 2) * 0.3), dim=1)


def test_offsets_match_values_worked_out_by_hand() -> None:
    anchor = torch.tensor([[0.5, 0.5, 0.2, 0.4]])
    truth = torch.tensor([[0.42, 0.26, 0.62, 0.66]])  # centre (0.52, 0.46), size (0.2, 0.4)
    torch.testing.assert_close(encode(truth, anchor), torch.tensor([[1.0, -1.0, 0.0, 0.0]]))
    wider = torch.tensor([[0.5 - 0.1 * math.e, 0.3, 0.5 + 0.1 * math.e, 0.7]])
    torch.testing.assert_close(encode(wider, anchor), torch.tensor([[0.0, 0.0, 5.0, 0.0]]))


def test_decoding_undoes_encoding() -> None:
    torch.manual_seed(1)
    truth, anchors = _random_boxes(50), to_cxcywh(_random_boxes(50))
    torch.testing.assert_close(decode(encode(truth, anchors), anchors), truth, atol=1e-5, rtol=1e-5)


def test_decoded_boxes_are_clipped_to_the_image_and_finite_for_extreme_offsets() -> None:
    anchors = torch.tensor([[0.9, 0.9, 0.4, 0.4]])
    torch.testing.assert_close(decode(torch.zeros(1, 4), anchors), torch.tensor([[0.7, 0.7, 1.0, 1.0]]))
    assert torch.isfinite(decode(torch.full((1, 4), 1e4), anchors)).all()


def test_a_ground_truth_box_without_area_is_refused_with_its_row() -> None:
    with pytest.raises(ValueError, match="ground-truth box 1 "):
        encode(torch.tensor([[0.1, 0.1, 0.2, 0.2], [0.3, 0.3, 0.3, 0.4]]), torch.ones(2, 4))


def test_corners_and_centres_convert_into_each_other() -> None:
    boxes = torch.tensor([[0.1, 0.2, 0.5, 0.8]])
    torch.testing.assert_close(to_cxcywh(boxes), torch.tensor([[0.3, 0.5, 0.4, 0.6]]))
    torch.testing.assert_close(to_xyxy(to_cxcywh(boxes)), boxes)


def test_overlap_of_two_shifted_squares() -> None:
    first = torch.tensor([[0.0, 0.0, 0.2, 0.2]])
    others = torch.tensor([[0.1, 0.0, 0.3, 0.2], [0.5, 0.5, 0.6, 0.6], [0.0, 0.0, 0.2, 0.2]])
    torch.testing.assert_close(iou(first, others), torch.tensor([[1 / 3, 0.0, 1.0]]))


def test_overlap_and_suppression_agree_with_torchvision() -> None:
    ops = pytest.importorskip("torchvision.ops")
    torch.manual_seed(2)
    boxes, scores, classes = _random_boxes(300), torch.rand(300), torch.randint(0, 3, (300,))
    torch.testing.assert_close(iou(boxes, boxes), ops.box_iou(boxes, boxes))
    for threshold in (0.2, 0.45, 0.9):
        expected = ops.batched_nms(boxes, scores, classes, threshold)
        assert keep_best(boxes, scores, classes, threshold).tolist() == expected.tolist()


def test_a_box_whose_iou_is_exactly_the_threshold_is_kept() -> None:
    boxes = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.0, 0.0, 0.5, 0.5]])  # IoU 1/2, exact in binary
    scores, classes = torch.tensor([0.9, 0.8]), torch.zeros(2, dtype=torch.int64)
    assert keep_best(boxes, scores, classes, 0.5).tolist() == [0, 1]
    assert keep_best(boxes, scores, classes, 0.49).tolist() == [0]


def test_a_suppressed_box_does_not_suppress_others() -> None:
    row = torch.tensor(
        [[0.0, 0.0, 0.3, 0.1], [0.1, 0.0, 0.4, 0.1], [0.2, 0.0, 0.5, 0.1]]
    )  # neighbours: IoU 0.5
    kept = keep_best(row, torch.tensor([0.9, 0.8, 0.7]), torch.zeros(3, dtype=torch.int64), 0.4)
    assert kept.tolist() == [0, 2]
