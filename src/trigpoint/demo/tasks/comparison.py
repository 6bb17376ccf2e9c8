"""Whether a label is the true one."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from trigpoint.labeling.task_types.contract import Label, LabelFile
from trigpoint.records.labels.boxes import parse_box_label

LEAST_IOU = 0.75
LEAST_EQUAL_PIXELS = 0.98


def is_true(value: Any, truth: Label, read: Callable[[str], bytes]) -> bool:
    """Whether the value of a label attribute agrees with the true label.

    Classes and entities must be the same. Boxes must be as many, and have an IoU of 0.75 or more with the true ones.
    Masks may differ in 2 % of their pixels. `read` gives the bytes of the object with a URI.
    """
    if isinstance(truth.value, LabelFile):
        return _same_pixels(read(value), truth.value.content)
    if isinstance(truth.value, list):
        return set(value) == set(truth.value)
    if not isinstance(truth.value, Mapping):
        return bool(value == truth.value)
    if not truth.value:
        return bool(value == truth.value)
    if "image_size" in truth.value:
        return _same_boxes(value, truth.value)
    return _entities(value) == _entities(truth.value)


def _same_pixels(one: bytes, other: bytes) -> bool:
    first, second = (np.asarray(Image.open(io.BytesIO(content))) for content in (one, other))
    return first.shape == second.shape and bool((first == second).mean() >= LEAST_EQUAL_PIXELS)


def _same_boxes(one: Any, other: Any) -> bool:
    first, second = parse_box_label(one), parse_box_label(other)
    left = list(zip(second.class_ids, second.boxes_ltwh, strict=True))
    for class_id, box in zip(first.class_ids, first.boxes_ltwh, strict=True):
        same = [true for true in left if true[0] == class_id and _iou(box, true[1]) >= LEAST_IOU]
        if not same:
            return False
        left.remove(same[0])
    return not left


def _iou(one: Any, other: Any) -> float:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    return float(shared / (one[2] * one[3] + other[2] * other[3] - shared))


def _entities(value: Any) -> set[tuple[str, int, int]]:
    return {
        (entity["label"], entity["startOffset"], entity["endOffset"])
        for entity in value["annotations"]["entities"]
    }
