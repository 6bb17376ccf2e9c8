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

Objects that people label between the rounds leave the unlabeled ones, but not the validation set. They are the ones
of low confidence, so the validation set keeps more hard objects than are left, and errs on the safe side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_90 = 1.2815515655446004
"""The 90 % quantile of the normal distribution: one-sided."""

CUT_EVERY = 25
"""Decision: only every 25th validation object, in order of confidence, can be the last that is accepted.

The lowest of several hundred possible cuts is often one that looks good by luck: in simulated jobs that cost up to one
point of accuracy, and half of the jobs missed the target.
"""

TARGET = 0.95
"""The accuracy that is promised for labels of classes. Source: ground-truth.md 5.4."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Validation objects whose predictions were accepted, in all rounds so far: how many, and how many were right."""

    count: int = 0
    right: int = 0

    @property
    def accuracy(self) -> float | None:
        """The share that is right; None without any."""
        return self.right / self.count if self.count else None

    @property
    def bound(self) -> float:
        """The accuracy that is reached with 90 % certainty; 0 without any object."""
        return float(lower_bound(np.array([self.right]), np.array([self.count]))[0])

    def plus(self, right: NDArray[np.bool_]) -> Accepted:
        """With more objects that were accepted."""
        return Accepted(self.count + right.size, self.right + int(right.sum()))


@dataclass(frozen=True, slots=True)
class Threshold:
    """What one round accepts.

    confidence: predictions of at least this confidence are accepted; None if none is
    accepted:   the validation objects accepted so far, this round's included
    """

    confidence: float | None
    accepted: Accepted


def lower_bound(right: NDArray[np.int64], count: NDArray[np.int64], z: float = Z_90) -> NDArray[np.float64]:
    """Lower end of the one-sided interval of a share: with z = Z_90, 90 % of such intervals hold the true share.

    Args:    right, count: (N,) of `count` objects `right` have the property.
    Returns: (N,) from 0 to 1; 0 where count is 0.
    Source:  Wilson 1927, the score interval.
    """
    n = np.maximum(count, 1).astype(np.float64)
    p = right / n
    centre = p + z * z / (2 * n)
    spread = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    bound = (centre - spread) / (1 + z * z / n)
    return np.where(count > 0, np.clip(bound, 0.0, 1.0), 0.0)


def choose_threshold(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    before: Accepted,
    target: float = TARGET,
) -> Threshold:
    """The lowest confidence at which everything accepted so far reaches the target with 90 % certainty.

    Objects of equal confidence are accepted together or not at all.

    Args:   confidence, right: (N,) of the validation objects that no earlier round has accepted: how sure the model is,
                and whether its prediction is the label that people gave.
            before: the validation objects that earlier rounds accepted.
    Raises: ValueError: the shapes differ, or a confidence is not a finite number.
    """
    if confidence.shape != right.shape or confidence.ndim != 1:
        raise ValueError(f"confidence {confidence.shape} and right {right.shape} must both be (N,)")
    if not np.isfinite(confidence).all():
        raise ValueError("a confidence is not a finite number")
    order = np.argsort(-confidence, kind="stable")
    cuts = _cuts(confidence[order])
    counts, rights = before.count + cuts, before.right + np.cumsum(right[order])[cuts - 1]
    passing = np.flatnonzero(lower_bound(rights, counts) >= target)
    if not passing.size:
        return Threshold(None, before)
    best = int(passing[-1])
    accepted = Accepted(int(counts[best]), int(rights[best]))
    return Threshold(float(confidence[order][cuts[best] - 1]), accepted)


def _cuts(falling: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many objects may be accepted: about every CUT_EVERY-th, after the last of those with equal confidence; all."""
    if not falling.size:
        return np.zeros(0, np.int64)
    wanted = np.append(np.arange(CUT_EVERY, falling.size, CUT_EVERY), falling.size)
    return np.unique(np.searchsorted(-falling, -falling[wanted - 1], side="right")).astype(np.int64)
