"""mAP against precision-recall curves drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from trigpoint.algorithms.object_detection.evaluate import (
    Found,
    Present,
    average_precision,
    mean_average_precision,
)

LEFT, RIGHT, FAR = (0.0, 0.0, 0.2, 0.2), (0.5, 0.5, 0.7, 0.7), (0.8, 0.0, 0.9, 0.1)
Box = tuple[float, float, float, float]


def found(*rows: tuple[int, float, Box]) -> Found:
    return Found(
        np.array([box for _, _, box in rows]).reshape(-1, 4),
        np.array([score for _, score, _ in rows]),
        np.array([class_id for class_id, _, _ in rows], dtype=int),
    )


def present(*rows: tuple[int, Box]) -> Present:
    return Present(
        np.array([box for _, box in rows]).reshape(-1, 4), np.array([c for c, _ in rows], dtype=int)
    )


def test_perfect_detections_score_one() -> None:
    score = mean_average_precision(
        [found((0, 0.9, LEFT), (1, 0.8, RIGHT))], [present((0, LEFT), (1, RIGHT))], 2, 0.5
    )
    assert score == 1.0


def test_a_false_positive_between_two_hits_costs_one_sixth() -> None:
    """Hit, miss, hit: precision 1, 1/2, 2/3; the area under the envelope is 1/2 * 1 + 1/2 * 2/3."""
    detections = found((0, 0.9, LEFT), (0, 0.8, FAR), (0, 0.7, RIGHT))
    assert average_precision([detections], [present((0, LEFT), (0, RIGHT))], 0, 0.5) == pytest.approx(5 / 6)


def test_a_detection_whose_iou_is_exactly_the_threshold_is_a_hit() -> None:
    """The detection is twice as high as the truth: IoU 1/2, exact in binary."""
    detections, truths = [found((0, 0.9, (0.0, 0.0, 0.5, 1.0)))], [present((0, (0.0, 0.0, 0.5, 0.5)))]
    assert average_precision(detections, truths, 0, 0.5) == 1.0
    assert average_precision(detections, truths, 0, 0.51) == 0.0


def test_detections_of_all_images_compete_by_score() -> None:
    """The same three detections, spread over two images and out of order."""
    images = [found((0, 0.7, RIGHT)), found((0, 0.8, FAR), (0, 0.9, LEFT))]
    truths = [present((0, RIGHT)), present((0, LEFT))]
    assert average_precision(images, truths, 0, 0.5) == pytest.approx(5 / 6)


def test_the_second_detection_of_one_object_is_a_false_positive() -> None:
    """A hit and a duplicate, with one of two objects found: 1/2 * 1."""
    detections = found((0, 0.9, LEFT), (0, 0.8, LEFT))
    assert average_precision([detections], [present((0, LEFT), (0, RIGHT))], 0, 0.5) == pytest.approx(0.5)


def test_an_overlap_below_the_threshold_is_not_a_hit() -> None:
    half = (0.0, 0.0, 0.2, 0.1)  # IoU 0.5 with LEFT
    assert average_precision([found((0, 0.9, half))], [present((0, LEFT))], 0, 0.5) == 1.0
    assert average_precision([found((0, 0.9, half))], [present((0, LEFT))], 0, 0.51) == 0.0


def test_an_absent_class_counts_only_when_it_was_detected() -> None:
    truths = [present((0, LEFT))]
    assert mean_average_precision([found((0, 0.9, LEFT))], truths, 3, 0.5) == 1.0
    assert mean_average_precision([found((0, 0.9, LEFT), (2, 0.3, FAR))], truths, 3, 0.5) == 0.5


def test_the_score_is_zero_without_detections_and_without_objects() -> None:
    assert mean_average_precision([found()], [present((0, LEFT))], 1, 0.5) == 0.0
    assert mean_average_precision([found()], [present()], 1, 0.5) == 0.0
    assert mean_average_precision([], [], 1, 0.5) == 0.0


def hard(truth: Present, *difficult: bool) -> Present:
    return Present(truth.boxes_xyxy, truth.classes, np.array(difficult))


def test_a_difficult_object_counts_neither_when_found_nor_when_missed() -> None:
    truth = hard(present((0, LEFT), (0, RIGHT), (1, FAR)), False, True, False)
    missed = average_precision([found((0, 0.9, LEFT))], [truth], 0, 0.5)
    twice = found((0, 0.95, RIGHT), (0, 0.9, LEFT), (0, 0.8, RIGHT))
    assert (missed, average_precision([twice], [truth], 0, 0.5)) == (1.0, 1.0)


def test_a_class_with_only_difficult_objects_is_left_out() -> None:
    truth = hard(present((0, LEFT)), True)
    assert average_precision([found((0, 0.9, LEFT))], [truth], 0, 0.5) is None
    assert average_precision([found((0, 0.9, FAR))], [truth], 0, 0.5) == 0.0
