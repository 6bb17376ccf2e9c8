"""Whether there is an entity where some of the workers marked one: what each worker misses and marks too much.

A place that nobody marked is not seen at all. The model accounts for that: the probability of who marked a place is taken
on the condition that somebody did. Otherwise places without an entity, which somebody has always marked, would look as if
workers often marked too much, and entities that one worker missed would be given up.

Shape letters: P places, V votes (a place and a worker who could have marked it), W workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_RECALL, FIRST_FALSE = 0.8, 0.1
"""With these, an entity is what most workers have marked."""
RECALL_STRENGTH, FALSE_STRENGTH = 10.0, 50.0
"""The crowd's shares are drawn towards these first ones as if by this many places.

Careful workers mark few places without an entity. Without a strong first share, what one of them misses would look
like such a place.
"""
WORKER_STRENGTH = 8.0
"""A worker's shares are drawn towards the crowd's as if by this many places."""
PLACE_STRENGTH = 20.0
"""The share of places that are entities is drawn towards a half as if by this many places."""

MAX_PASSES = 50
TOLERANCE = 1e-3

HIGHEST_RECALL = 0.97
"""Everybody is taken to miss some entities, also those who have not missed one yet."""

_EDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Marks:
    """What a worker did at places with an entity and without, as expected numbers of places."""

    present_marked: float = 0.0
    present_left: float = 0.0
    absent_marked: float = 0.0
    absent_left: float = 0.0


@dataclass(frozen=True, slots=True)
class Presence:
    """The probability of each place to be an entity, and what is now known about the workers who voted."""

    probabilities: Sequence[float]
    marks: Mapping[str, Marks]


@dataclass(frozen=True, slots=True)
class _Votes:
    """place, worker, marked: (V,). seen: (P,) whether anybody marked the place."""

    place: NDArray[np.int64]
    worker: NDArray[np.int64]
    marked: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def estimate(
    places: Sequence[Mapping[str, bool]], known: Mapping[str, Marks], truths: Mapping[int, bool]
) -> Presence:
    """The order of workers does not matter.

    Args: places: for each place whether a worker has marked it, by the ids of all workers who could.
          known:  what earlier calls returned about workers.
          truths: whether there is an entity, for the places where this is known. Only these may be without a mark. They
                  teach about the workers; the probabilities come from the votes nevertheless.
    """
    workers = sorted({worker for place in places for worker in place} | known.keys())
    votes = _votes(places, workers)
    before = np.array([astuple(known.get(worker, Marks())) for worker in workers]).reshape(-1, 4)
    truth = np.array([truths.get(number, -1) for number in range(len(places))])
    counts, entities = before, 0.5
    probabilities = np.full(len(places), 0.5)
    for _ in range(MAX_PASSES):
        recalls = np.minimum(_shares(counts[:, :2], FIRST_RECALL, RECALL_STRENGTH), HIGHEST_RECALL)
        present, missed = _likelihoods(recalls, votes)
        absent, unseen = _likelihoods(_shares(counts[:, 2:], FIRST_FALSE, FALSE_STRENGTH), votes)
        scores = np.log(entities) - np.log1p(-entities) + present - absent
        previous, probabilities = probabilities, 1 / (1 + np.exp(-np.clip(scores, -50, 50)))
        learned = np.where(truth >= 0, truth, probabilities)
        entities = (learned.sum() + PLACE_STRENGTH / 2) / (len(places) + PLACE_STRENGTH)
        # where entities are known, the missed ones are among the places
        missed = np.where(truth == 1, 0.0, missed)
        counts = before + np.hstack(
            [
                _counted(learned, missed, votes, len(workers)),
                _counted(1 - learned, unseen, votes, len(workers)),
            ]
        )
        if np.abs(probabilities - previous).max(initial=0.0) < TOLERANCE:
            break
    marks = {workers[number]: Marks(*counts[number].tolist()) for number in np.unique(votes.worker).tolist()}
    return Presence(probabilities.tolist(), marks)


def _votes(places: Sequence[Mapping[str, bool]], workers: Sequence[str]) -> _Votes:
    number_of = {worker: number for number, worker in enumerate(workers)}
    rows = [
        (position, number_of[worker], place[worker])
        for position, place in enumerate(places)
        for worker in sorted(place)
    ]
    place, worker, marked = np.array(rows, np.int64).reshape(-1, 3).T
    return _Votes(place, worker, marked.astype(bool), np.bincount(place, marked, len(places)) > 0)


def _shares(counts: Floats, first: float, strength: float) -> Floats:
    """(W,) the share of places that each worker marks; counts: (W, 2) places marked and left."""
    marked, left = counts.sum(axis=0)
    crowd = (marked + strength * first) / (marked + left + strength)
    drawn = (counts[:, 0] + WORKER_STRENGTH * crowd) / (counts.sum(axis=1) + WORKER_STRENGTH)
    shares: Floats = np.clip(drawn, _EDGE, 1 - _EDGE)
    return shares


def _likelihoods(shares: Floats, votes: _Votes) -> tuple[Floats, Floats]:
    """(P,) the logarithm of the probability of the marks, and how many places like this one nobody has marked."""
    marks, leaves = np.log(shares)[votes.worker], np.log1p(-shares)[votes.worker]
    place_count = len(votes.seen)
    of_votes = np.where(votes.marked, marks, leaves)
    logarithm = np.bincount(votes.place, of_votes, place_count).astype(np.float64)
    nobody = np.exp(np.bincount(votes.place, leaves, place_count))
    nobody = np.where(votes.seen, nobody, 0.0)
    given_seen: Floats = logarithm - np.log1p(-nobody)
    unseen: Floats = nobody / (1 - nobody)
    return given_seen, unseen


def _counted(learned: Floats, unseen: Floats, votes: _Votes, worker_count: int) -> Floats:
    """(W, 2) the places that each worker marked and left, among those of the kind that `learned` is the share of."""
    weights = learned[votes.place]
    left = weights * ~votes.marked + (learned * unseen)[votes.place]
    return np.column_stack(
        [
            np.bincount(votes.worker, weights * votes.marked, worker_count),
            np.bincount(votes.worker, left, worker_count),
        ]
    )
