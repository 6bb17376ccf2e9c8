"""The losses of the network's scores and offsets.

Shape letters: N images, A anchors, K classes (without background), G ground-truth boxes of one image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from trigpoint.algorithms.object_detection.boxes import encode, to_xyxy
from trigpoint.algorithms.object_detection.match import UNMATCHED, match

NEGATIVES_PER_POSITIVE = 3
NEGATIVE_BELOW_IOU = 0.5
BACKGROUND = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """The ground truth of one image."""

    boxes_xyxy: Tensor  # (G, 4) float, fractions
    classes: Tensor  # (G,) int64, 0 .. K-1, background not counted


@dataclass(frozen=True, slots=True)
class Targets:
    """What the heads should have predicted."""

    classes: Tensor  # (N, A) int64, 0 = background
    offsets: Tensor  # (N, A, 4), only meaningful where classes > 0
    candidates: Tensor  # (N, A) bool: unmatched anchors that may serve as negatives


@dataclass(frozen=True, slots=True)
class Losses:
    """The two parts of the objective, weighted 1:1; scalars."""

    cross_entropy: Tensor
    smooth_l1: Tensor

    @property
    def total(self) -> Tensor:
        return self.cross_entropy + self.smooth_l1


@dataclass(frozen=True, slots=True)
class LossSums:
    """The losses of some images before they are divided, and what they are divided by; scalars."""

    cross_entropy: Tensor
    used: Tensor
    smooth_l1: Tensor
    elements: Tensor

    def losses(self, of_all: LossSums | None = None) -> Losses:
        """The losses of these images; with the counts of all processes' images, their part in those of all."""
        whole = of_all or self
        return Losses(
            cross_entropy=self.cross_entropy / whole.used.clamp(min=1),
            smooth_l1=self.smooth_l1 / whole.elements.clamp(min=1),
        )

    def detached(self) -> tuple[Tensor, ...]:
        """Its fields in their order, without gradients."""
        return tuple(each.detach() for each in (self.cross_entropy, self.used, self.smooth_l1, self.elements))


def make_targets(truths: Sequence[Truth], anchors_cxcywh: Tensor) -> Targets:
    """Targets of a batch; an image without ground truth has neither positives nor candidates."""
    anchors_xyxy = to_xyxy(anchors_cxcywh)
    shape = (len(truths), len(anchors_cxcywh))
    device = anchors_cxcywh.device
    classes = torch.zeros(shape, dtype=torch.int64, device=device)
    offsets = torch.zeros((*shape, 4), device=device)
    candidates = torch.zeros(shape, dtype=torch.bool, device=device)
    for n, truth in enumerate(truths):
        matched, best_iou = match(truth.boxes_xyxy, anchors_xyxy)
        positive = matched != UNMATCHED
        owner = matched[positive]
        if len(owner) == 0:
            continue
        classes[n, positive] = truth.classes[owner] + 1
        offsets[n, positive] = encode(truth.boxes_xyxy[owner], anchors_cxcywh[positive])
        candidates[n] = ~positive & (best_iou < NEGATIVE_BELOW_IOU)
    return Targets(classes, offsets, candidates)


def hard_negatives(logits: Tensor, targets: Targets) -> Tensor:
    """The candidates that the network is most wrong about, 3 for each positive of their image; (N, A) bool.

    The hardest have the lowest probability of background. Ties are broken by the order of topk.
    """
    with torch.no_grad():
        background = F.log_softmax(logits, dim=-1)[..., BACKGROUND]
        hardness = torch.where(targets.candidates, -background, -1.0)  # -log p is never negative
        chosen = torch.zeros_like(targets.candidates)
        positives = (targets.classes > BACKGROUND).sum(dim=1)
        available = targets.candidates.sum(dim=1)
        wanted = torch.minimum(positives * NEGATIVES_PER_POSITIVE, available).tolist()
        for n, count in enumerate(wanted):
            if count:
                chosen[n, hardness[n].topk(int(count), sorted=False).indices] = True
    return chosen


def ssd_loss(logits: Tensor, offsets: Tensor, targets: Targets) -> Losses:
    """Classification and localisation loss of a batch; see `ssd_sums`."""
    return ssd_sums(logits, offsets, targets).losses()


def ssd_sums(logits: Tensor, offsets: Tensor, targets: Targets) -> LossSums:
    """The sums of the classification and localisation loss of a batch.

    Cross-entropy is summed over positives and hard negatives and divided by their number in the batch;
    smooth L1 (beta 1) is summed over the positives and divided by the number of its non-zero elements,
    about 4 per positive. This is the ancestor's normalisation, for which the documented learning rates were chosen.

    Args: logits (N, A, K + 1), offsets (N, A, 4), both float32.
    """
    positive = targets.classes > BACKGROUND
    used = positive | hard_negatives(logits, targets)
    cross_entropy = F.cross_entropy(logits[used], targets.classes[used], reduction="sum")
    elements = F.smooth_l1_loss(offsets[positive], targets.offsets[positive], reduction="none")
    return LossSums(cross_entropy, used.sum(), elements.sum(), (elements != 0).sum())
