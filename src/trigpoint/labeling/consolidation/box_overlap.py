"""How much boxes overlap."""

from __future__ import annotations

import numpy as np

from trigpoint.labeling.consolidation.box_habits import Floats
from trigpoint.records.labels.boxes import Box


def iou(a: Box, b: Box) -> float:
    """The area of the boxes' intersection divided by that of their union, 0 to 1."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if width <= 0 or height <= 0:
        return 0.0
    intersection = width * height
    union = a.width * a.height + b.width * b.height - intersection
    return intersection / union if union > 0 else 0.0  # the areas of tiny boxes may be rounded to 0


def ious(a: Floats, b: Floats) -> Floats:
    """The IoU of boxes with the same position in two arrays.

    Args: left, top, right and bottom edges in the last dimension of both.
    """
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection = np.maximum(sides, 0).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - intersection
    found: Floats = np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
    return found
