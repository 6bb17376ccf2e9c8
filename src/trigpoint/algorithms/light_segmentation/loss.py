"""The loss of a batch of masks, and the overlaps from which mean IoU is computed.

Shape letters: N images, K classes with the background, S pixels of a side.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from trigpoint.algorithms.light_segmentation.samples import IGNORED


def mask_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy, plus the mean over the classes of 1 - Dice, which counts small things as much as large ones.

    Args:    logits (N, K, S, S) float32; classes (N, S, S) int64, IGNORED where a pixel is of no class.
    Returns: a scalar; 0 where there is no pixel.
    """
    known = classes != IGNORED
    if not bool(known.any()):
        return logits.sum() * 0.0
    entropy = F.cross_entropy(logits, classes, ignore_index=IGNORED)
    truth = F.one_hot(classes.where(known, torch.zeros_like(classes)), logits.shape[1])
    truth = truth.permute(0, 3, 1, 2) * known[:, None]
    chance = logits.softmax(dim=1) * known[:, None]
    shared, both = ((chance * truth).sum((0, 2, 3)), (chance + truth).sum((0, 2, 3)))
    present = truth.sum((0, 2, 3)) > 0
    return entropy + (1 - (2 * shared + 1) / (both + 1))[present].mean()


def overlaps(found: Tensor, classes: Tensor, num_classes: int) -> tuple[Tensor, Tensor]:
    """The pixels that both give to a class, and those that at least one does: two tensors (K,)."""
    known = classes != IGNORED
    pairs = classes[known] * num_classes + found[known]
    table = torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)
    shared = table.diagonal()
    return shared, table.sum(0) + table.sum(1) - shared
