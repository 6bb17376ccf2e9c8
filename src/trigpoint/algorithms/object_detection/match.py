"""Matching of anchors and ground-truth boxes.

Shape letters: G ground-truth boxes of one image, A anchors.
"""

from __future__ import annotations

import torch
from torch import Tensor

from trigpoint.algorithms.object_detection.boxes import iou

POSITIVE_IOU = 0.5
MIN_BIPARTITE_IOU = 1e-6
UNMATCHED = -1


def match(truth_xyxy: Tensor, anchors_xyxy: Tensor) -> tuple[Tensor, Tensor]:
    """The ground-truth box that each anchor is matched to, and how well it fits.

    First every ground truth takes its best free anchor, the best pair of all first (IoU > 1e-6; ties: the
    lower ground truth, then the lower anchor), so that every object that overlaps an anchor is matched. Then every free anchor
    whose best IoU is above 0.5 joins that ground truth.

    Args:    truth_xyxy (G, 4), anchors_xyxy (A, 4), same frame; G may be 0.
    Returns: (A,) int64 index of the ground truth or UNMATCHED; (A,) float, the anchor's best IoU with any.
    Source:  Liu et al. 2016, section 2.2; MXNet multibox_target.
    """
    if len(truth_xyxy) == 0:
        empty = torch.zeros(len(anchors_xyxy), device=anchors_xyxy.device)
        return torch.full_like(empty, UNMATCHED, dtype=torch.int64), empty
    overlaps = iou(truth_xyxy, anchors_xyxy)  # [G, A]
    best_iou, best_truth = overlaps.max(dim=0)
    matched = torch.where(best_iou > POSITIVE_IOU, best_truth, UNMATCHED)
    for truth, anchor in _bipartite(overlaps):
        matched[anchor] = truth
    return matched, best_iou


def _bipartite(overlaps: Tensor) -> list[tuple[int, int]]:
    """Pairs (ground truth, anchor), each ground truth and anchor at most once, greedily by overlap [G, A].

    Only a ground truth whose favourite was taken looks for a new one; the rest of the matrix is not read again.
    """
    free = overlaps.clone()
    values, favourites = (column.tolist() for column in free.max(dim=1))
    pairs = []
    waiting = set(range(len(values)))
    while waiting:
        truth = max(waiting, key=lambda g: (values[g], -g))
        anchor = favourites[truth]
        if values[truth] <= MIN_BIPARTITE_IOU:
            break
        waiting.remove(truth)
        pairs.append((truth, anchor))
        free[:, anchor] = -1
        for other in waiting:
            if favourites[other] == anchor:
                value, index = free[other].max(dim=0)
                values[other], favourites[other] = float(value), int(index)
    return pairs
