"""Our method for classes: what each worker confuses is learned, and drawn towards what the whole crowd confuses.

This is the model of Dawid and Skene with priors. The more answers a worker has given, the less the priors count.

Source: A. P. Dawid and A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm, 1979.
Measured in benchmarks/consolidation.py. The constants are the same for all sets; results change little between half and
twice of each.
"""

from __future__ import annotations

import numpy as np

from trigpoint.labeling.consolidation.ballots import Ballots, Floats

ROW_STRENGTH = 4.0
"""A worker's row of the confusion matrix is drawn towards its prior as if by this many answers."""
ACCURACY_STRENGTH = 8.0
"""A worker's accuracy is drawn towards that of the crowd as if by this many answers."""
USUAL_ACCURACY = 0.75
USUAL_STRENGTH = 20.0
"""The accuracy of the crowd is drawn towards the usual one as if by this many answers.

Without it, one mistake at an object of known class turns the labels of workers who agree into their opposites.
"""
CROWD_STRENGTH = 10.0
"""A row of the crowd is drawn towards equal mistakes as if by this many answers."""
CLASS_STRENGTH = 20.0
"""The frequencies of classes are drawn towards equal ones as if by this many objects."""
DOUBT = 2.0
"""Votes count instead of estimated classes, as far as a worker has given few answers in comparison to this number."""
OWN_SHARE = 0.5
"""How much of a vote's own effect on what is known about its worker is taken back when its object is judged.

Without it, mistakes confirm themselves. All of it would be right if estimates did not depend on each other.
"""
GOLD_WEIGHT = 1.0
"""How many answers a vote for an object of known class counts: it is not estimated from the same votes."""

MAX_PASSES = 50
TOLERANCE = 1e-3
"""Probabilities that change less than this are final."""

_EDGE = 1e-3


def estimate(ballots: Ballots) -> tuple[Floats, Floats]:
    """(E,) the probability of each candidate, and (C,) the confusion counts with those that were known before."""
    cells = ballots.cells
    before = np.bincount(cells.worker, cells.known, len(ballots.workers))
    answers = before + np.bincount(ballots.vote_worker, minlength=len(ballots.workers))
    doubt = (DOUBT / (DOUBT + answers[ballots.vote_worker]))[ballots.term_vote]
    steady = doubt * ballots.share[ballots.term_candidate]
    moving = 1 - doubt
    gold = ballots.gold[ballots.object[ballots.term_candidate]]
    is_gold = gold >= 0
    moving[is_gold] = 0
    steady[is_gold] = (gold == ballots.class_id[ballots.term_candidate])[is_gold]

    probabilities = ballots.share
    if cells.known.any():
        probabilities = _judged(ballots, cells.known, np.zeros(len(steady)))
    for _ in range(MAX_PASSES):
        weights = moving * probabilities[ballots.term_candidate] + steady
        previous, probabilities = (
            probabilities,
            _judged(ballots, ballots.counted(weights), OWN_SHARE * weights),
        )
        if np.abs(probabilities - previous).max() < TOLERANCE:
            break
    return probabilities, ballots.counted(moving * probabilities[ballots.term_candidate] + steady)


def accuracies(ballots: Ballots, counts: Floats) -> Floats:
    """(workers,) the probability that an answer of a worker is right, drawn towards the crowd's."""
    cells, worker_count = ballots.cells, len(ballots.workers)
    right = np.bincount(cells.worker, counts * cells.diagonal, worker_count)
    total = np.bincount(cells.worker, counts, worker_count)
    crowd = _crowd_accuracy(right.sum(), total.sum())
    shrunken: Floats = (right + ACCURACY_STRENGTH * crowd) / (total + ACCURACY_STRENGTH)
    return shrunken


def _crowd_accuracy(right: float, total: float) -> float:
    return (right + USUAL_STRENGTH * USUAL_ACCURACY) / (total + USUAL_STRENGTH)


def _judged(ballots: Ballots, counts: Floats, own: Floats) -> Floats:
    """(E,) the probability of each candidate, given the confusion counts without `own` of them."""
    votes_per_object = len(ballots.vote_object) / len(ballots.objects)
    classes = np.bincount(ballots.cells.true, counts, ballots.class_count) / votes_per_object
    prior = (classes + CLASS_STRENGTH / ballots.class_count) / (classes.sum() + CLASS_STRENGTH)
    likelihoods = _likelihoods(ballots, counts, own)
    evidence = np.bincount(ballots.term_candidate, np.log(likelihoods), len(ballots.share))
    return ballots.sums_to_one(np.log(prior)[ballots.class_id] + evidence)


def _likelihoods(ballots: Ballots, counts: Floats, own: Floats) -> Floats:
    """(T,) the probability of the vote if the candidate is the true class, without `own` of the counts."""
    cells = ballots.cells
    rows = np.bincount(cells.row, counts)[cells.row]
    drawn = counts + ROW_STRENGTH * _expected(ballots, counts)
    likelihoods: Floats = (drawn[ballots.term_cell] - own) / ((rows + ROW_STRENGTH)[ballots.term_cell] - own)
    return likelihoods


def _expected(ballots: Ballots, counts: Floats) -> Floats:
    """(C,) the prior mean of the cell's probability: the crowd's row, with the odds of its diagonal shifted.

    The shift is the difference between the log odds of the worker's accuracy and those of the crowd's.
    """
    cells, class_count = ballots.cells, ballots.class_count
    diagonal = cells.diagonal
    crowd = np.clip(_crowd_accuracy((counts * diagonal).sum(), counts.sum()), _EDGE, 1 - _EDGE)
    of_class = np.bincount(cells.true, counts, class_count) + CROWD_STRENGTH
    right = np.bincount(cells.true, counts * diagonal, class_count) + CROWD_STRENGTH * crowd
    right_rate = np.clip(right / of_class, _EDGE, 1 - _EDGE)
    wrong = np.bincount(cells.pair, counts)[cells.pair] + CROWD_STRENGTH * (1 - crowd) / max(
        1, class_count - 1
    )
    wrong_share = wrong / (of_class - right)[cells.true]
    shift = _log_odds(np.clip(accuracies(ballots, counts), _EDGE, 1 - _EDGE)) - _log_odds(crowd)
    own_right = 1 / (1 + np.exp(-_log_odds(right_rate)[cells.true] - shift[cells.worker]))
    expected: Floats = np.where(diagonal, own_right, (1 - own_right) * wrong_share)
    return expected


def _log_odds(probability: Floats) -> Floats:
    odds: Floats = np.log(probability) - np.log1p(-probability)
    return odds
