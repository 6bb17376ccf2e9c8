"""Augmentation moves boxes and pixels together."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from trigpoint.algorithms.common.augmentation import colour_matrix
from trigpoint.algorithms.object_detection.augment import (
    FULL,
    Augmentation,
    Example,
    augment,
    look_through,
    resize_only,
)
from trigpoint.algorithms.object_detection.samples import Sample

BOX = (0.2, 0.4, 0.5, 0.8)


def sample() -> Sample:
    """A blue picture with one object, a red rectangle."""
    image = Image.new("RGB", (400, 300), (0, 0, 200))
    ImageDraw.Draw(image).rectangle((80, 120, 199, 239), fill=(250, 0, 0))
    boxes = np.array([BOX], dtype=np.float32)
    return Sample(image, boxes, np.array([1]), image.size)


def red_extent(example: Example) -> tuple[float, float, float, float]:
    pixels = example.pixels.astype(int)
    rows, columns = np.nonzero((pixels[:, :, 0] > 120) & (pixels[:, :, 2] < 90))
    side = len(pixels)
    return columns.min() / side, rows.min() / side, (columns.max() + 1) / side, (rows.max() + 1) / side


def test_without_augmentation_the_image_is_only_resized_to_the_square() -> None:
    example = resize_only(sample(), 300)
    assert example.pixels.shape == (300, 300, 3)
    assert red_extent(example) == pytest.approx(BOX, abs=0.005)


@pytest.mark.parametrize("seed", range(30))
def test_the_box_stays_on_its_object_in_every_variation(seed: int) -> None:
    shapes_only = Augmentation(colour_p=0)
    example = augment(sample(), 300, shapes_only, Random(seed))
    assert example.pixels.shape == (300, 300, 3) and example.pixels.dtype == np.uint8
    assert example.classes.tolist() == [1]
    assert red_extent(example) == pytest.approx(tuple(example.boxes_xyxy[0]), abs=0.02)


def test_the_same_random_state_gives_the_same_example() -> None:
    one, two = (augment(sample(), 300, FULL, Random("7:1")) for _ in range(2))
    assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(one.boxes_xyxy, two.boxes_xyxy)
    assert not np.array_equal(one.pixels, augment(sample(), 300, FULL, Random("7:2")).pixels)


def test_an_image_without_objects_can_be_varied_too() -> None:
    empty = Sample(sample().image, np.zeros((0, 4), np.float32), np.zeros(0, np.int64), (400, 300))
    for seed in range(10):
        assert augment(empty, 300, FULL, Random(seed)).boxes_xyxy.shape == (0, 4)


def test_an_object_whose_centre_is_outside_the_window_is_dropped() -> None:
    boxes = np.array([[0.1, 0.1, 0.3, 0.3], [0.4, 0.4, 0.8, 0.8]], dtype=np.float32)
    kept, classes = look_through((0.25, 0.25, 0.75, 0.75), boxes, np.array([0, 1]))
    assert kept.tolist() == pytest.approx(np.array([[0.3, 0.3, 1.0, 1.0]]))
    assert classes.tolist() == [1]


def test_colour_changes_leave_grey_grey_and_half_a_turn_of_hue_makes_red_cyan() -> None:
    matrix = np.array(colour_matrix(31.0, 0.7, 1.0))
    assert (matrix @ [90, 90, 90]).tolist() == pytest.approx([90, 90, 90])
    turned = np.array(colour_matrix(180.0, 1.0, 1.0)) @ [255, 0, 0]
    assert turned[0] < 0 < turned[1] and turned[1] == pytest.approx(turned[2])
    assert np.array(colour_matrix(0, 1, 1)).tolist() == pytest.approx(np.eye(3))
