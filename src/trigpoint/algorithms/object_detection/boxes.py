"""Boxes: their coordinates, overlaps, offsets from anchors, and non-maximum suppression.

Coordinates are fractions of the image's width and height; origin top-left.

Decision: `iou` and `keep_best` do what torchvision.ops does (the tests compare them); importing torchvision
takes several seconds, which every start of an endpoint would spend for these two functions.

Shape letters: N boxes, M other boxes, A anchors.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

VARIANCES = (0.1, 0.1, 0.2, 0.2)  # Liu et al. 2016, released code: scales of the regression targets
MAX_LOG_SCALE = 4.0  # a decoded side is at most e^4 anchors long: keeps an untrained net's exp() finite


def to_xyxy(boxes_cxcywh: Tensor) -> Tensor:
    """Corners (x1, y1, x2, y2) of boxes given by centre and size; (..., 4) -> (..., 4)."""
    centre, size = boxes_cxcywh[..., :2], boxes_cxcywh[..., 2:]
    return torch.cat((centre - size / 2, centre + size / 2), dim=-1)


def to_cxcywh(boxes_xyxy: Tensor) -> Tensor:
    """Centre and size of boxes given by corners; (..., 4) -> (..., 4)."""
    low, high = boxes_xyxy[..., :2], boxes_xyxy[..., 2:]
    return torch.cat(((low + high) / 2, high - low), dim=-1)


def iou(boxes_xyxy: Tensor, others_xyxy: Tensor) -> Tensor:
    """Intersection over union of each pair; (N, 4), (M, 4) -> (N, M). Two empty boxes have none."""
    low = torch.maximum(boxes_xyxy[:, None, :2], others_xyxy[None, :, :2])
    high = torch.minimum(boxes_xyxy[:, None, 2:], others_xyxy[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(dim=2)  # [N, M]
    area = (boxes_xyxy[:, 2:] - boxes_xyxy[:, :2]).prod(dim=1)
    other = (others_xyxy[:, 2:] - others_xyxy[:, :2]).prod(dim=1)
    return shared / (area[:, None] + other[None, :] - shared).clamp(min=1e-12)


def encode(truth_xyxy: Tensor, anchors_cxcywh: Tensor) -> Tensor:
    """Offsets of ground-truth boxes from their anchors.

    Args:    truth_xyxy (..., 4); anchors_cxcywh (..., 4), one anchor for each box.
    Returns: (..., 4) dx, dy, dw, dh divided by VARIANCES; no unit.
    Raises:  ValueError: a box of zero width or height (names its row).
    Source:  Liu et al. 2016, section 2.2, eq. 2.
    """
    truth = to_cxcywh(truth_xyxy)
    flat = (truth[..., 2:] <= 0).any(dim=-1)
    if bool(flat.any()):
        row = int(flat.flatten().nonzero()[0, 0])
        raise ValueError(
            f"ground-truth box {row} has no width or no height: {truth_xyxy.reshape(-1, 4)[row].tolist()}"
        )
    shift = (truth[..., :2] - anchors_cxcywh[..., :2]) / anchors_cxcywh[..., 2:]
    stretch = torch.log(truth[..., 2:] / anchors_cxcywh[..., 2:])
    return torch.cat((shift, stretch), dim=-1) / truth.new_tensor(VARIANCES)


def decode(offsets: Tensor, anchors_cxcywh: Tensor) -> Tensor:
    """Corners of the boxes at these offsets, clipped to [0, 1]; the inverse of `encode` inside the image.

    Args: offsets (..., A, 4), anchors_cxcywh (A, 4).
    """
    scaled = offsets * offsets.new_tensor(VARIANCES)
    centre = scaled[..., :2] * anchors_cxcywh[..., 2:] + anchors_cxcywh[..., :2]
    size = torch.exp(scaled[..., 2:].clamp(max=MAX_LOG_SCALE)) * anchors_cxcywh[..., 2:]
    return to_xyxy(torch.cat((centre, size), dim=-1)).clamp(0, 1)


def keep_best(boxes_xyxy: Tensor, scores: Tensor, classes: Tensor, threshold: float) -> Tensor:
    """Indices that survive non-maximum suppression within each class, best score first.

    A box goes when its IoU with a better one of its class, which itself stays, is above the threshold. Ties
    of scores: the earlier one is the better one.
    """
    order = scores.argsort(descending=True, stable=True)
    rivals = (iou(boxes_xyxy[order], boxes_xyxy[order]) > threshold) & (
        classes[order][:, None] == classes[order][None, :]
    )
    suppresses = rivals.triu(diagonal=1).cpu().numpy()  # [i, j]: i is better than j and covers it
    gone = np.zeros(len(suppresses), dtype=bool)
    for i in range(len(gone)):
        if not gone[i]:
            gone |= suppresses[i]
    return order[torch.from_numpy(~gone).to(order.device)]
