"""How much of the boxes of an image is what people drew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trigpoint.labeling.consolidation.box_overlap import ious
from trigpoint.records.labels.boxes import Box


def mean_iou(found: Sequence[Box], drawn: Sequence[Box]) -> float:
    """For each class the mean IoU over its boxes, those that are missed or superfluous with 0; then the mean over the classes.

    Boxes are matched one to one, the most alike first. The classes are those that occur. An image in which people drew nothing
    and the model found nothing has 1.

    Source: ground-truth.md 5.4.
    """
    classes = {box.class_name for box in (*found, *drawn)}
    if not classes:
        return 1.0
    return sum(
        _of_class(
            [box for box in found if box.class_name == name], [b for b in drawn if b.class_name == name]
        )
        for name in classes
    ) / len(classes)


def _of_class(found: Sequence[Box], drawn: Sequence[Box]) -> float:
    if not found or not drawn:
        return 0.0
    overlaps = ious(_edges(found)[:, None], _edges(drawn)[None])
    total, matched = 0.0, 0
    while overlaps.size and (best := float(overlaps.max())) > 0:
        row, column = np.unravel_index(int(overlaps.argmax()), overlaps.shape)
        overlaps[row, :] = overlaps[:, column] = 0.0
        total, matched = total + best, matched + 1
    return total / (len(found) + len(drawn) - matched)


def _edges(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """(N, 4): left, top, right, bottom."""
    return np.array([(box.left, box.top, box.right, box.bottom) for box in boxes], dtype=np.float64)
