"""The exact interval of a share that was measured on a sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

CERTAINTY: Final = 0.95
_HALVINGS: Final = 60


def clopper_pearson(right: int, count: int, certainty: float = CERTAINTY) -> tuple[float, float]:
    """The shares for which `right` of `count` is not unlikely.

    Over many samples, such intervals hold the true share at least as often as `certainty` says, however small the sample
    is. That is why it is used here and not Wilson's, which holds it as often on average only, and less often for shares
    near 1, which are the usual ones.

    Args:    certainty: of both sides together.
    Returns: the lower and the upper end, from 0 to 1; (0, 1) without a sample.
    Raises:  ValueError: right is not from 0 to count.
    Source:  Clopper and Pearson 1934.
    """
    if not 0 <= right <= count:
        raise ValueError(f"{right} of {count} is no share")
    if not count:
        return 0.0, 1.0
    tail = (1 - certainty) / 2
    coefficients = _log_binomials(count)
    lower = _root(lambda p: 1 - _at_most(right - 1, p, coefficients), tail) if right else 0.0
    upper = _root(lambda p: -_at_most(right, p, coefficients), -tail) if right < count else 1.0
    return lower, upper


def _root(rising: Callable[[float], float], value: float) -> float:
    """Where a function that rises from 0 to 1 has the value."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2


def _log_binomials(count: int) -> NDArray[np.float64]:
    """(count + 1,) the logarithms of the binomial coefficients `count` over k."""
    factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, count + 1)))))
    found: NDArray[np.float64] = factorials[-1] - factorials - factorials[::-1]
    return found


def _at_most(most: int, p: float, coefficients: NDArray[np.float64]) -> float:
    """The probability of at most `most` successes, each of probability p, 0 < p < 1."""
    count = coefficients.size - 1
    k = np.arange(most + 1)
    return float(np.exp(coefficients[: most + 1] + k * np.log(p) + (count - k) * np.log1p(-p)).sum())
