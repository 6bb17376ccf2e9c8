"""The demo's street scenes: repeatable, varied, with boxes that are exact."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from PIL import ImageChops

from trigpoint.scenes import LABELS, canvas, draw_scene, scene


def test_the_same_seed_and_index_draw_the_same_scene() -> None:
    first, again = draw_scene(11, 3), draw_scene(11, 3)
    assert first.boxes == again.boxes
    assert first.image.tobytes() == again.image.tobytes()


def test_another_seed_or_index_draws_another_scene() -> None:
    pictures = {draw_scene(seed, index).image.tobytes() for seed in (1, 2) for index in (0, 1)}
    assert len(pictures) == 4


def test_boxes_are_inside_the_image_and_every_scene_has_one() -> None:
    for index in range(30):
        drawn = draw_scene(5, index)
        assert drawn.image.mode == "RGB"
        assert drawn.image.size == (480, 360)
        assert drawn.boxes
        for box in drawn.boxes:
            assert box.label in LABELS
            assert box.left >= 0 and box.top >= 0
            assert box.left + box.width <= 480 and box.top + box.height <= 360
            assert min(box.width, box.height) >= scene.MIN_SIDE_PX


def test_every_label_is_drawn_often() -> None:
    counts = Counter(box.label for index in range(40) for box in draw_scene(9, index).boxes)
    assert min(counts[label] for label in LABELS) >= 15


def test_the_size_can_be_chosen() -> None:
    drawn = draw_scene(1, 1, size=(640, 400))
    assert drawn.image.size == (640, 400)


def test_a_box_is_the_extent_of_the_pixels_that_its_object_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The picture without its nearest object, which is not hidden, differs only inside the box of that object."""
    monkeypatch.setattr(canvas.Canvas, "veil_ellipse", lambda *_: None)  # not part of a box
    nearest: list[str] = []
    spread = scene.spread

    def without_the_nearest(*arguments: Any) -> list[Any]:
        kept = spread(*arguments)
        nearest.append(kept[-1].label)
        return kept[:-1]

    checked = 0
    for index in range(12):
        whole = draw_scene(21, index)
        nearest.clear()
        with monkeypatch.context() as patch:
            patch.setattr(scene, "spread", without_the_nearest)
            rest = draw_scene(21, index)
        if len(nearest) > 1 or not nearest[0] or whole.boxes[-1].label != nearest[0]:
            continue
        bounds = (
            ImageChops.difference(whole.image, rest.image)
            .convert("L")
            .point(lambda v: 255 * (v > 12))
            .getbbox()
        )
        box = whole.boxes[-1]
        assert bounds == pytest.approx((box.left, box.top, box.left + box.width, box.top + box.height), abs=2)
        checked += 1
    assert checked >= 5
