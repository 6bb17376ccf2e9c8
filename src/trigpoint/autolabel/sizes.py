"""How many objects people label, and which. Source: ground-truth.md 5.3."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from trigpoint.labeling.model import Job

PROBE = 10
"""Objects of the first batch, by which it shows whether the task works."""

LARGE = 5_000
"""From so many objects on, the validation set is 10 % of them; below it is 20 %."""

FEWEST_IN_BATCH, MOST_IN_BATCH = 50, 1_000
UNSURE_SHARE = 0.5


def batch_size(job: Job) -> int:
    """How many objects people label between two rounds: MaxConcurrentTaskCount.

    Decision: without it a twentieth of the objects, from 50 to 1,000. AWS's console fills in 1,000, with which people would
    label most of a small set before the first round.
    """
    given = job.spec.max_concurrent_objects
    return given or min(MOST_IN_BATCH, max(FEWEST_IN_BATCH, job.counters.total // 20))


def validation_size(total: int) -> int:
    """How many objects the validation set has."""
    return ceil(total * (0.1 if total >= LARGE else 0.2))


def any_of(held: Sequence[int], count: int, seed: str) -> list[int]:
    """Some objects at random; the same for the same seed."""
    found = _random(seed).choice(len(held), size=min(count, len(held)), replace=False)
    return sorted(held[k] for k in found.tolist())


def unsure_of(held: Sequence[int], confidence: NDArray[np.float64], count: int, seed: str) -> list[int]:
    """Some objects at random among the half of which the model is less sure.

    Decision: not the least sure ones. They are often alike, or cannot be told apart at all: on photos of hands, people had
    to label 57 % of the objects instead of 53 %.
    """
    kept = max(count, int(len(held) * UNSURE_SHARE))
    unsure = np.argsort(confidence, kind="stable")[:kept].tolist()
    return any_of(sorted(held[k] for k in unsure), count, seed)


def _random(seed: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(seed.encode()))
