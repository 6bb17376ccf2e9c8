"""How good a prediction is expected to be, learned from the validation set: ridge regression on figures of the prediction.

The threshold is chosen on the same validation set. So that its objects do not look better than the others, the expectation of
each comes from a regression without it and the other objects of its tenth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

FOLDS: Final = 10
FEWEST: Final = 30
"""With fewer validation objects the first figure is the expectation; it must be from 0 to 1."""
STRENGTH: Final = 3.0
"""Of the regularisation, of figures with deviation 1: as if so many objects more had the mean quality."""


def expected_quality(figures: Floats, known: Sequence[int], quality: Floats) -> NDArray[np.float64]:
    """The expected quality of all objects, from 0 to 1.

    Args: figures: (N, F) of each object. known: rows of the validation set. quality: theirs, from 0 to 1.
    """
    figures = np.asarray(figures, dtype=np.float64)
    rows = np.asarray(known, dtype=np.int64)
    if rows.size < FEWEST:
        return np.clip(figures[:, 0], 0.0, 1.0)
    figures = (figures - figures.mean(axis=0)) / (figures.std(axis=0) + 1e-6)
    expected = _predicted(figures, figures[rows], quality)
    fold = np.arange(rows.size) % FOLDS
    for each in range(FOLDS):
        own, others = rows[fold == each], rows[fold != each]
        expected[own] = _predicted(figures[own], figures[others], quality[fold != each])
    return np.clip(expected, 0.0, 1.0)


def _predicted(asked: Floats, learned: Floats, quality: Floats) -> Floats:
    mean = quality.mean()
    weight = np.linalg.solve(
        learned.T @ learned + STRENGTH * np.eye(learned.shape[1]), learned.T @ (quality - mean)
    )
    result: Floats = asked @ weight + mean
    return result
