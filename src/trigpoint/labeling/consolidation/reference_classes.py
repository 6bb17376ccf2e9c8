"""The method for classes that AWS has published as a notebook, for requesters who want labels as Ground Truth makes them.

Source: the specification of Ground Truth, section 4.2 ("Modified Dawid-Skene").
"""

from __future__ import annotations

import numpy as np

from trigpoint.labeling.consolidation.ballots import Ballots, Floats

FIRST_ACCURACY = 0.7
MAX_PASSES = 20
TOLERANCE = 1e-8
"""The relative change of the log likelihood at which the estimate is final."""

_TINY = 1e-300


def estimate(ballots: Ballots) -> tuple[Floats, Floats]:
    """(E,) the probability of each candidate, and (C,) the confusion counts with those that were known before.

    Decision: the class frequencies are those of this round only. What earlier rounds taught about workers is the start.
    """
    probabilities = np.full(len(ballots.share), 1 / ballots.class_count)
    counts = ballots.cells.known
    has_experience = bool(counts.any())
    previous = None
    for number in range(MAX_PASSES):
        accuracy = _mean_accuracy(ballots, counts) if has_experience or number > 1 else FIRST_ACCURACY
        rates = _rates(ballots, counts, accuracy)
        prior = np.bincount(ballots.class_id, probabilities, ballots.class_count) / len(ballots.objects)
        evidence = np.bincount(ballots.term_candidate, np.log(rates)[ballots.term_cell], len(probabilities))
        scores: Floats = np.log(prior + _TINY)[ballots.class_id] + evidence
        likelihood = float(np.logaddexp.reduceat(scores, ballots.first).sum())
        probabilities = ballots.sums_to_one(scores)
        counts = ballots.counted(probabilities[ballots.term_candidate])
        if previous is not None and abs(likelihood - previous) < TOLERANCE * abs(previous):
            break
        previous = likelihood
    return probabilities, counts


def _rates(ballots: Ballots, counts: Floats, mean_accuracy: float) -> Floats:
    """(C,) the confusion matrices: counts, drawn towards the worker's own accuracy and half as much to the mean."""
    cells, worker_count = ballots.cells, len(ballots.workers)
    total = np.bincount(cells.worker, counts, worker_count)
    right = np.bincount(cells.worker, counts * cells.diagonal, worker_count)
    is_new = total == 0
    own = np.where(is_new, FIRST_ACCURACY, right / np.maximum(total, _TINY))
    strength = np.where(is_new, 1.0, total)[cells.worker]
    drawn = _spread(ballots, own[cells.worker]) + 0.5 * _spread(ballots, np.full(len(counts), mean_accuracy))
    rows = np.bincount(cells.row, counts)[cells.row]
    rates: Floats = (counts + strength * drawn) / (rows + 1.5 * strength)
    return np.maximum(rates, _TINY)


def _spread(ballots: Ballots, accuracy: Floats) -> Floats:
    """(C,) the matrix with this accuracy on its diagonal and equal mistakes off it."""
    wrong = (1 - accuracy) / max(1, ballots.class_count - 1)
    spread: Floats = np.where(ballots.cells.diagonal, accuracy, wrong)
    return spread


def _mean_accuracy(ballots: Ballots, counts: Floats) -> float:
    """The mean accuracy of the workers who have answered."""
    cells, worker_count = ballots.cells, len(ballots.workers)
    total = np.bincount(cells.worker, counts, worker_count)
    right = np.bincount(cells.worker, counts * cells.diagonal, worker_count)
    seen = total > 0
    return float((right[seen] / total[seen]).mean())
