"""The probability that an agreed box is right: that there is a thing of its class, and where the box says.

The probability is a logistic function of what holds in any crowd: how many of the workers drew the box, how likely a
thing is there given what these workers see and imagine, and whether their boxes are more alike than usual in this job.
Its factors were fitted to simulated crowds of twelve kinds over real and made-up pictures (`benchmarks/`), each kind
judged by the factors of the other eleven. The probability of the class comes from the votes.
"""

from __future__ import annotations

import numpy as np

from trigpoint.labeling.consolidation.box_edges import Marks
from trigpoint.labeling.consolidation.box_habits import CrowdSums, Floats, Ints, sums_by

BASE = 1.0
PER_PRESENCE = 0.5
PER_SHARE = 0.8
PER_LIKENESS = 1.35

USUAL_LIKENESS = 1.2
"""The log-odds of the mean IoU of the workers' boxes with the agreed one, in crowds of which nothing is known."""

LIKENESS_BOXES = 20.0
"""So many boxes of a job count as much as `USUAL_LIKENESS`."""

_FURTHEST = 12.0


def likeness(marks: Marks, overlap: Floats) -> Floats:
    """For each cluster, the log-odds of the mean IoU of its boxes with the agreed one.

    overlap: (C, M) float, the IoU of each box, 0 where there is none.
    """
    mean = np.clip(overlap.sum(1) / marks.present.sum(1), 0.05, 0.97)
    log_odds: Floats = np.log(mean / (1 - mean))
    return log_odds


def likeness_sums(marks: Marks, alike: Floats, workers: int) -> dict[str, Floats]:
    """The likeness of the clusters of each worker; `voted` counts them."""
    rows = np.nonzero(marks.present)[0]
    return {"likeness": sums_by(marks.workers[marks.present], alike[rows], workers)}


def confidence(
    log_odds: Floats, drawn_by: Ints, answered_by: Ints, alike: Floats, of_class: Floats, total: CrowdSums
) -> Floats:
    """The confidence of each agreed cluster.

    Args: log_odds: that there is a thing. drawn_by, answered_by: numbers of workers. alike: the likeness of its boxes.
          of_class: the probability of the class. total: what is known about all workers, with this round.
    """
    usual = (total["likeness"].sum() + LIKENESS_BOXES * USUAL_LIKENESS) / (
        total["voted"].sum() + LIKENESS_BOXES
    )
    share = np.log((drawn_by + 0.5) / (answered_by - drawn_by + 0.5))
    presence = np.clip(log_odds, -_FURTHEST, _FURTHEST) / np.sqrt(answered_by)
    score = BASE + PER_PRESENCE * presence + PER_SHARE * share + PER_LIKENESS * (alike - usual)
    found: Floats = of_class / (1 + np.exp(-score))
    return found
