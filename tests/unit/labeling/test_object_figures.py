"""Confidence, disagreement and classes of labels, by which people sort and filter."""

from __future__ import annotations

import pytest

from trigpoint.labeling.object_figures import ObjectFigures, figures_of
from trigpoint.records.labels.boxes import Box, write_box_label, write_box_metadata
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import read_mask, write_color_map, write_mask

SIZE = ImageSize(20, 10, 3)


def test_a_label_of_boxes_is_as_sure_as_its_least_certain_box() -> None:
    boxes = [Box("car", 0, 0, 5, 5, 0.9), Box("car", 5, 0, 5, 5, 0.4), Box("bus", 0, 5, 5, 5, 0.7)]
    ids = {"car": 0, "bus": 1}
    line = {
        "a": write_box_label(boxes, ids, SIZE),
        "a-metadata": {**write_box_metadata(boxes, ids), "type": "groundtruth/object-detection"},
    }
    found = figures_of(line, "a", {}, 0.25)
    assert found == ObjectFigures(0.4, 0.25, {"car": 2, "bus": 1}) and found.things == 3
    none = {"a": write_box_label([], ids, SIZE), "a-metadata": {"objects": []}}
    assert figures_of(none, "a", {}) == ObjectFigures()


def test_classes_have_their_own_confidence() -> None:
    one = {
        "a": 1,
        "a-metadata": {"class-name": "bus\0", "confidence": 0.8, "type": "groundtruth/image-classification"},
    }
    assert figures_of(one, "a", {}) == ObjectFigures(0.8, None, {"bus\ufffd": 1})
    several = {
        "a": [0, 1],
        "a-metadata": {
            "class-map": {"0": "x" * 400, "1": "tree"},
            "confidence-map": {"0": 0.6, "1": 0.3},
            "type": "groundtruth/image-classification-multilabel",
        },
    }
    assert figures_of(several, "a", {}) == ObjectFigures(0.3, None, {"x" * 300: 1, "tree": 1})


def test_a_mask_has_the_classes_that_it_shows() -> None:
    png = write_mask(bytes([0, 2] * 100), SIZE)
    assert set(read_mask(png)[1]) == {0, 2}
    line = {
        "m-ref": "s3://b/m.png",
        "m-ref-metadata": {
            **write_color_map(["road", "sky"], 0.7),
            "type": "groundtruth/semantic-segmentation",
        },
    }
    assert figures_of(line, "m-ref", {}, mask_png=png) == ObjectFigures(0.7, None, {"sky": 1})
    assert figures_of(line, "m-ref", {}) == ObjectFigures(0.7, None, {})


@pytest.mark.parametrize("value", [None, 3, "x", {"annotations": [{}]}, {"annotations": 1}, []])
def test_a_malformed_label_has_no_figures(value: object) -> None:
    line = {"a": value, "a-metadata": {"type": "groundtruth/object-detection"}}
    assert figures_of(line, "a", {}) == ObjectFigures()
