"""The demo's texts and drawings: their labels are right."""

from __future__ import annotations

import io
import unicodedata
from random import Random

import numpy as np
import pytest
from PIL import Image

from trigpoint.demo.tasks.comparison import is_true
from trigpoint.demo.tasks.sentences import ENTITIES, MOODS, TOPICS, news, reviews
from trigpoint.demo.tasks.shapes import SHAPES, draw
from trigpoint.labeling.task_types.contract import Label, LabelFile
from trigpoint.records.labels.boxes import Box, write_box_label
from trigpoint.records.labels.image_size import ImageSize


def nothing(uri: str) -> bytes:
    raise AssertionError(f"{uri} was read")


def test_reviews_have_a_mood_and_topics_and_differ() -> None:
    made = list(reviews(Random(1), 200))
    assert len({review.text for review in made}) == 200
    assert {review.mood for review in made} == set(MOODS)
    assert {topic for review in made for topic in review.topics} == set(TOPICS)
    assert all(1 <= len(review.topics) <= 3 for review in made)


def test_entities_of_news_are_whole_words_at_their_offsets() -> None:
    made = list(news(Random(1), 200))
    assert {label for each in made for label, _, _ in each.entities} == set(ENTITIES)
    for each in made:
        for _, begin, end in each.entities:
            around = each.text[max(0, begin - 1) : begin] + each.text[end : end + 1]
            assert each.text[begin:end].strip() == each.text[begin:end] != ""
            assert not any(unicodedata.category(character).startswith("L") for character in around)


def test_the_mask_of_a_drawing_fills_the_boxes_of_its_shapes() -> None:
    for seed in range(50):
        drawing = draw(Random(seed))
        left = drawing.mask.copy()
        assert 1 <= len(drawing.shapes) <= 4 and drawing.mask.shape == (240, 320)
        for shape in drawing.shapes:
            part = left[shape.top : shape.top + shape.side, shape.left : shape.left + shape.side]
            rows, columns = np.nonzero(part)
            assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, shape.side - 1) * 2
            assert set(part[part > 0].tolist()) == {1 + SHAPES.index(shape.name)}
            part[:] = 0
        assert not left.any(), "nothing is drawn outside of the shapes' boxes"


@pytest.mark.parametrize(
    ("value", "truth", "same"), [(1, 1, True), (1, 2, False), ([2, 1], [1, 2], True), ([1], [1, 2], False)]
)
def test_classes_are_true_if_they_are_the_same(value: object, truth: object, same: bool) -> None:
    assert is_true(value, Label(truth, {}), nothing) is same


def test_boxes_are_true_if_each_covers_a_true_box_of_its_class() -> None:
    ids, size = {"cat": 0, "dog": 1}, ImageSize(100, 100)
    truth = Label(write_box_label([Box("cat", 10, 10, 20, 20), Box("dog", 50, 50, 30, 30)], ids, size), {})
    good = [Box("dog", 51, 50, 30, 30), Box("cat", 10, 11, 20, 20)]
    assert is_true(write_box_label(good, ids, size), truth, nothing)
    for bad in (
        good[:1],
        [*good, good[0]],
        [good[0], Box("dog", 10, 11, 20, 20)],
        [good[0], Box("cat", 20, 20, 20, 20)],
    ):
        assert not is_true(write_box_label(bad, ids, size), truth, nothing)


def test_masks_are_read_and_compared_by_their_pixels() -> None:
    def png(pixels: np.ndarray) -> bytes:
        encoded = io.BytesIO()
        Image.fromarray(pixels).save(encoded, "PNG")
        return encoded.getvalue()

    mask = draw(Random(1)).mask
    nearly, other = mask.copy(), mask.copy()
    nearly[:2] = 3
    other[:40] = 3
    truth = Label(LabelFile(png(mask), ".png", "image/png"), {})
    assert is_true("s3://b/nearly", truth, lambda uri: png(nearly))
    assert not is_true("s3://b/other", truth, lambda uri: png(other))
