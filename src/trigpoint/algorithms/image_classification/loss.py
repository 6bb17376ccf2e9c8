"""The loss of a classifier, and how many of its answers are right.

Shape letters: N images, K classes.

Source: training.md 7.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

LARGEST_WEIGHT = 20.0


class ClassificationLoss(nn.Module):
    """Softmax cross-entropy, or with several labels the mean of K binary cross-entropies.

    `weights` (K,): how much more it matters to find a class than to deny it; ones until they are set.
    """

    weights: Tensor

    def __init__(self, num_classes: int, multi_label: bool) -> None:
        super().__init__()
        self.multi_label = multi_label
        self.register_buffer("weights", torch.ones(num_classes))

    def weigh(self, counts: Tensor, total: int) -> None:
        """Sets the weights to images without the class / images with it.

        Decision: AWS does not say how it weighs. This makes finding and denying a class matter equally; between 1/20
        and 20 a very rare class does not drown the others.

        Args: counts: (K,) how many of `total` images have each class.
        """
        ratio = (total - counts).double() / counts.double().clamp(min=1)
        self.weights.copy_(ratio.clamp(1 / LARGEST_WEIGHT, LARGEST_WEIGHT))

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of logits (N, K) float for targets (N, K), 1 for each class of an image; a scalar."""
        if self.multi_label:
            return F.binary_cross_entropy_with_logits(logits, targets, pos_weight=self.weights)
        return F.cross_entropy(logits, targets.argmax(dim=1))

    def correct(self, logits: Tensor, targets: Tensor) -> Tensor:
        """How many images are right; with several labels, the sum of the shares of right classes in each."""
        if self.multi_label:
            return ((logits > 0) == (targets > 0.5)).float().mean(dim=1).sum()
        return (logits.argmax(dim=1) == targets.argmax(dim=1)).sum()


def count_classes(labels: Iterable[Any], num_classes: int) -> tuple[Tensor, int]:
    """(K,) int64 how many of the labels, sequences of class ids, have each class; and how many labels there are."""
    counts, total = torch.zeros(num_classes, dtype=torch.long), 0
    for label in labels:
        total += 1
        for class_id in label:
            counts[int(class_id)] += 1
    return counts, total
