"""The quality of detections: mean average precision over all points of the precision-recall curve.

Shape letters: D detections of one image, G ground-truth boxes of one image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """The detections in one image: after non-maximum suppression, best first."""

    boxes_xyxy: Array  # (D, 4) fractions
    scores: Array  # (D,)
    classes: Array  # (D,)


@dataclass(frozen=True, slots=True)
class Present:
    """The ground truth of that image."""

    boxes_xyxy: Array  # (G, 4)
    classes: Array  # (G,)
    difficult: Array | None = None  # (G,) bool: need not be found; None: none is difficult

    def of_class(self, class_id: int) -> tuple[Array, Array]:
        """Boxes of the class, and which of them are difficult."""
        mine = self.classes == class_id
        difficult = np.zeros(len(mine), dtype=bool) if self.difficult is None else self.difficult
        return self.boxes_xyxy[mine], difficult[mine]


def mean_average_precision(
    found: Sequence[Found], present: Sequence[Present], num_classes: int, overlap_threshold: float
) -> float:
    """Mean of the classes' average precisions.

    A class without ground truth counts 0 when something of it was detected and is left out otherwise;
    nothing at all to find and nothing found gives 0.
    """
    precisions = [
        average_precision(found, present, class_id, overlap_threshold) for class_id in range(num_classes)
    ]
    known = [value for value in precisions if value is not None]
    return float(np.mean(known)) if known else 0.0


def average_precision(
    found: Sequence[Found], present: Sequence[Present], class_id: int, overlap_threshold: float
) -> float | None:
    """Area under the precision envelope of one class; None when nothing is to be found and nothing was found.

    Detections of all images compete, best score first. One is right when the ground truth it overlaps most
    has an IoU of at least the threshold and was not taken by a better detection. A difficult ground truth counts
    neither when it is found nor when it is missed (VOC's rules).
    """
    truths = [p.of_class(class_id) for p in present]
    total = sum(int((~difficult).sum()) for _, difficult in truths)
    scores, right = _judge(found, truths, class_id, overlap_threshold)
    if total == 0:
        return 0.0 if len(scores) else None
    if len(scores) == 0:
        return 0.0
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    return _area(hits / total, hits / np.arange(1, len(hits) + 1))


def _judge(
    found: Sequence[Found], truths: Sequence[tuple[Array, Array]], class_id: int, overlap_threshold: float
) -> tuple[Array, Array]:
    """Score of each detection of the class that counts, and whether it is right."""
    all_scores, all_right = [], []
    for detections, (boxes, difficult) in zip(found, truths, strict=True):
        mine = detections.classes == class_id
        scores = detections.scores[mine]
        order = np.argsort(-scores, kind="stable")
        right = np.zeros(len(scores), dtype=bool)
        counts = np.ones(len(scores), dtype=bool)
        if len(boxes) and len(scores):
            overlaps = _iou(detections.boxes_xyxy[mine][order], boxes)
            best = overlaps.argmax(axis=1)
            taken: set[int] = set()
            for rank in np.flatnonzero(overlaps.max(axis=1) >= overlap_threshold):
                truth = int(best[rank])
                if difficult[truth]:
                    counts[rank] = False
                elif truth not in taken:
                    taken.add(truth)
                    right[rank] = True
        all_scores.append(scores[order][counts])
        all_right.append(right[counts])
    if not all_scores:
        return np.zeros(0), np.zeros(0, dtype=bool)
    return np.concatenate(all_scores), np.concatenate(all_right)


def _area(recall: Array, precision: Array) -> float:
    """Area under the curve after making precision fall monotonically from the left."""
    recall = np.concatenate(([0.0], recall))
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(((recall[1:] - recall[:-1]) * envelope).sum())


def _iou(boxes_xyxy: Array, others_xyxy: Array) -> Array:
    """(D, 4), (G, 4) -> (D, G)."""
    low = np.maximum(boxes_xyxy[:, None, :2], others_xyxy[None, :, :2])
    high = np.minimum(boxes_xyxy[:, None, 2:], others_xyxy[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).prod(axis=1)
    other = (others_xyxy[:, 2:] - others_xyxy[:, :2]).prod(axis=1)
    union = area[:, None] + other[None, :] - shared
    result: Array = shared / np.maximum(union, 1e-12)
    return result
