"""How likely it is that a cluster of boxes shows a thing, given how many things each worker sees and imagines.

Two probabilities describe a worker: that they draw a thing that is there, and that they draw a box at a place where
somebody drew one, but nothing is. Both are estimated with the probabilities of the clusters, in turns (the method of
Dawid and Skene, with two classes). Rates of workers of whom little is known are pulled towards those of all workers.

Shapes: I pictures, C clusters of any size, N boxes in them, A answers, W workers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trigpoint.labeling.consolidation.box_habits import CrowdSums, Floats, Ints, sums_by

ROUNDS = 15
USUAL_PLACES = 10.0
"""So many places of a worker count as much as the rates of all workers."""

_LEAST, _MOST = 0.02, 0.98
_FURTHEST = 30.0


@dataclass(frozen=True, slots=True)
class Places:
    """The clusters of a round and who drew them.

    picture:  (C,) int, the picture of each cluster
    cluster:  (N,) int, the cluster of each box; worker: (N,) int, who drew it
    answered_picture, answered_worker: (A,) int, which worker answered for which picture
    known:    (C,) float, 1 for a thing and 0 for nothing where a known label says so; NaN elsewhere
    """

    picture: Ints
    cluster: Ints
    worker: Ints
    answered_picture: Ints
    answered_worker: Ints
    known: Floats

    @property
    def drawn_by(self) -> Ints:
        """(C,) how many workers drew the cluster."""
        return np.bincount(self.cluster, minlength=len(self.picture))

    @property
    def answered_by(self) -> Ints:
        """(C,) how many workers answered for its picture."""
        return np.bincount(self.answered_picture)[self.picture]


@dataclass(frozen=True, slots=True)
class Presence:
    """log_odds: (C,), that there is a thing. detection, false: (W,), see box_habits. sums: those of this round."""

    log_odds: Floats
    detection: Floats
    false: Floats
    sums: dict[str, Floats]


def presence(places: Places, known: CrowdSums) -> Presence:
    """Whether the clusters are things, and what that says about the workers."""
    drawn, answered = places.drawn_by, places.answered_by
    share = np.where(2 * drawn > answered, 0.9, np.where(drawn > 1, 0.12, 0.02))
    probability = _or_known(share, places)
    for _ in range(ROUNDS):
        sums = _sums(places, probability, len(known["seen"]))
        detection, false = _rates(known.plus(sums))
        log_odds = _log_odds(places, probability, detection, false)
        probability = _or_known(1 / (1 + np.exp(-log_odds)), places)
    return Presence(log_odds, detection, false, sums)


def _or_known(probability: Floats, places: Places) -> Floats:
    return np.where(np.isnan(places.known), probability, places.known)


def _sums(places: Places, probability: Floats, workers: int) -> dict[str, Floats]:
    pictures = int(places.answered_picture.max()) + 1

    def drawn(values: Floats) -> Floats:
        return sums_by(places.worker, values[places.cluster], workers)

    def faced(values: Floats) -> Floats:
        in_picture = sums_by(places.picture, values, pictures)
        return sums_by(places.answered_worker, in_picture[places.answered_picture], workers)

    return {
        "seen": drawn(probability),
        "there": faced(probability),
        "false": drawn(1 - probability),
        "empty": faced(1 - probability),
    }


def _rates(sums: CrowdSums) -> tuple[Floats, Floats]:
    """Decision: without any answers, workers draw nine of ten things, and two of ten places of other workers' errors."""
    detection = (sums["seen"].sum() + 9) / (sums["there"].sum() + 10)
    false = (sums["false"].sum() + 2) / (sums["empty"].sum() + 10)
    return (
        np.clip((sums["seen"] + USUAL_PLACES * detection) / (sums["there"] + USUAL_PLACES), _LEAST, _MOST),
        np.clip((sums["false"] + USUAL_PLACES * false) / (sums["empty"] + USUAL_PLACES), _LEAST, _MOST),
    )


def _log_odds(places: Places, probability: Floats, detection: Floats, false: Floats) -> Floats:
    before = np.clip((probability.sum() + 4) / (len(probability) + 8), _LEAST, _MOST)
    overlooked = np.log(1 - detection) - np.log(1 - false)
    nobody = np.bincount(places.answered_picture, overlooked[places.answered_worker])
    drawn = np.log(detection) - np.log(false) - overlooked
    found = np.log(before / (1 - before)) + nobody[places.picture]
    found = found + sums_by(places.cluster, drawn[places.worker], len(places.picture))
    limited: Floats = np.clip(found, -_FURTHEST, _FURTHEST)
    return limited
