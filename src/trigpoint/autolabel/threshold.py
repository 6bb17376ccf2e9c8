"""The confidence from which on the machine labels data objects, and the bound behind it.

People label a validation set that was chosen at random, so it stands for all data objects. Each round takes the lowest
confidence at which the accuracy of everything that was accepted so far is at least the target, with 90 % certainty.

Two things differ from the documented rule, which takes the lowest confidence at which the accuracy on the whole
validation set reaches the target. That rule misses its own target: after a round, the easy objects are gone from the
unlabeled ones but not from the validation set, so that later rounds look better than they are.

- Validation objects that a round accepts are retired: later rounds choose among the others, as they choose among the
  unlabeled objects that are left. What was accepted before still counts, with the answer that was given then.
- The target is compared with a lower bound of the accuracy, not with the accuracy on a few hundred objects; and only a
  few cuts are compared, so that the lowest is not one that looks good by luck.

Labels that are more or less right, such as boxes, have a quality from 0 to 1, their IoU; the target is its mean, and the bound is
that of the mean.

Objects that people label between the rounds leave the unlabeled ones, but not the validation set. They are the ones
of low confidence, so the validation set keeps more hard objects than are left, and errs on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z_90 = 1.2815515655446004
"""The 90 % quantile of the normal distribution: one-sided."""

FEW = 4.0
"""Decision: a variance from few objects is uncertain; so many objects of the largest variance are added to it."""

CUT_EVERY = 25
"""Decision: only every 25th validation object, in order of confidence, can be the last that is accepted.

The lowest of several hundred possible cuts is often one that looks good by luck: in simulated jobs that cost up to one
point of accuracy, and half of the jobs missed the target.
"""

TARGET = 0.95
"""The accuracy that is promised for labels of classes. Source: ground-truth.md 5.4."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Validation objects whose predictions were accepted, in all rounds so far.

    right:   the sum of their qualities q; for classes, how many are right
    partial: the sum of q * (1 - q); 0 for classes
    """

    count: int = 0
    right: float = 0
    partial: float = 0

    @property
    def accuracy(self) -> float | None:
        """The mean quality: for classes, the share that is right; None without any."""
        return self.right / self.count if self.count else None

    @property
    def bound(self) -> float:
        """The accuracy that is reached with 90 % certainty; 0 without any object."""
        right, count, partial = (np.array([each]) for each in (self.right, self.count, self.partial))
        return float(lower_bound(right, count, partial)[0])

    def plus(self, quality: NDArray[np.floating[Any] | np.bool_]) -> Accepted:
        """With more objects that were accepted."""
        q = quality.astype(np.float64)
        return Accepted(
            self.count + q.size, self.right + float(q.sum()), self.partial + float((q * (1 - q)).sum())
        )


@dataclass(frozen=True, slots=True)
class Threshold:
    """What one round accepts.

    confidence: predictions of at least this confidence are accepted; None if none is
    accepted:   the validation objects accepted so far, this round's included
    """

    confidence: float | None
    accepted: Accepted


def lower_bound(
    right: NDArray[Any], count: NDArray[Any], partial: NDArray[Any] | None = None, z: float = Z_90
) -> NDArray[np.float64]:
    """Lower end of the one-sided interval of a mean quality: with z = Z_90, 90 % of such intervals hold the true mean.

    For things that are right or wrong it is Wilson's interval of a share. Qualities in between vary less than 0 and 1 with the
    same mean; that counts as if there were more objects.

    Decision: a formula in place of a bootstrap, because it needs only three sums of what earlier rounds accepted, and no luck.

    Args:    right, count, partial: (N,) the sums of `Accepted`; without `partial` all are right or wrong.
    Returns: (N,) from 0 to 1; 0 where count is 0.
    Source:  Wilson 1927, the score interval.
    """
    n = np.maximum(count, 1).astype(np.float64)
    p = np.clip(right / n, 0.0, 1.0)
    if partial is not None:
        most = n * p * (1 - p)
        variance = np.divide(
            most - partial, most, out=np.ones_like(n), where=most > 0
        )  # as a share of the largest
        n = n / np.clip((n * variance + FEW) / (n + FEW), FEW / (n + FEW), 1.0)
    centre = p + z * z / (2 * n)
    spread = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    bound = (centre - spread) / (1 + z * z / n)
    return np.where(count > 0, np.clip(bound, 0.0, 1.0), 0.0)


def choose_threshold(
    confidence: NDArray[np.float64],
    quality: NDArray[np.floating[Any] | np.bool_],
    before: Accepted,
    target: float = TARGET,
) -> Threshold:
    """The lowest confidence at which everything accepted so far reaches the target with 90 % certainty.

    Objects of equal confidence are accepted together or not at all.

    Args:   confidence, quality: (N,) of the validation objects that no earlier round has accepted: how sure the model is,
                and how much of its prediction, from 0 to 1, is what people gave.
            before: the validation objects that earlier rounds accepted.
    Raises: ValueError: the shapes differ, or a confidence is not a finite number.
    """
    if confidence.shape != quality.shape or confidence.ndim != 1:
        raise ValueError(f"confidence {confidence.shape} and quality {quality.shape} must both be (N,)")
    if not np.isfinite(confidence).all():
        raise ValueError("a confidence is not a finite number")
    order = np.argsort(-confidence, kind="stable")
    cuts = _cuts(confidence[order])
    q = quality[order].astype(np.float64)
    counts, rights = before.count + cuts, before.right + np.cumsum(q)[cuts - 1]
    partials = before.partial + np.cumsum(q * (1 - q))[cuts - 1]
    passing = np.flatnonzero(lower_bound(rights, counts, partials) >= target)
    if not passing.size:
        return Threshold(None, before)
    best = int(passing[-1])
    accepted = before.plus(q[: int(cuts[best])])
    return Threshold(float(confidence[order][cuts[best] - 1]), accepted)


def _cuts(falling: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many objects may be accepted: about every CUT_EVERY-th, after the last of those with equal confidence; all."""
    if not falling.size:
        return np.zeros(0, np.int64)
    wanted = np.append(np.arange(CUT_EVERY, falling.size, CUT_EVERY), falling.size)
    return np.unique(np.searchsorted(-falling, -falling[wanted - 1], side="right")).astype(np.int64)
