"""Which class the thing of a cluster has: the votes of its workers, weighted by how often each is right.

Shapes: C clusters, M members of the largest one, K classes, W workers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trigpoint.labeling.consolidation.box_edges import Marks
from trigpoint.labeling.consolidation.box_habits import CrowdSums, Floats, Ints, sums_by

ROUNDS = 3
USUAL_BOXES = 10.0
USUAL_ACCURACY = 0.95

SHARED_ERRORS = 0.7
"""A factor of the weights. Workers confuse the same classes, so two votes are worth less than two independent ones."""


@dataclass(frozen=True, slots=True)
class Votes:
    """chosen: (C,) int, the class. probability: (C,), that it is right. accuracy: (W,). sums: those of this round."""

    chosen: Ints
    probability: Floats
    accuracy: Floats
    sums: dict[str, Floats]


def vote(marks: Marks, classes: Ints, class_count: int, truth: Ints, known: CrowdSums) -> Votes:
    """The classes of the clusters. Of equally likely classes, the first one is chosen.

    Args: classes: (C, M) int, what each member chose. truth: (C,) int, the known class, or -1.
    """
    workers = len(known["boxes"])
    accuracy = np.full(workers, USUAL_ACCURACY)
    rows = np.broadcast_to(np.arange(len(truth))[:, None], classes.shape)[marks.present]
    voters, voted = marks.workers[marks.present], classes[marks.present]
    sums: dict[str, Floats] = {}
    for turn in range(ROUNDS):
        weights = SHARED_ERRORS * np.log(accuracy * max(class_count - 1, 1) / (1 - accuracy))
        scores = np.bincount(rows * class_count + voted, weights[voters], len(truth) * class_count)
        scores = scores.reshape(len(truth), class_count)
        likely = np.exp(scores - scores.max(1, keepdims=True))
        likely /= likely.sum(1, keepdims=True)
        if turn == ROUNDS - 1:
            break
        right = likely[rows, voted]
        right = np.where(truth[rows] < 0, right, voted == truth[rows])
        sums = {
            "right_class": sums_by(voters, right, workers),
            "voted": np.bincount(voters, minlength=workers).astype(float),
        }
        total = known["voted"] + sums["voted"]
        accuracy = (known["right_class"] + sums["right_class"] + USUAL_BOXES * USUAL_ACCURACY) / (
            total + USUAL_BOXES
        )
        accuracy = np.clip(accuracy, 1 / max(class_count, 2) + 0.05, 0.99)
    chosen = np.argmax(likely > likely.max(1, keepdims=True) * (1 - 1e-9), axis=1)
    return Votes(chosen, likely[np.arange(len(truth)), chosen], accuracy, sums)
