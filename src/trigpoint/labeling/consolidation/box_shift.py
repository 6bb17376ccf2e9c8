"""The error of agreed edges that all workers have in common. Only known labels show it."""

from __future__ import annotations

import numpy as np

from trigpoint.labeling.consolidation.box_edges import Marks, Placed, shifted
from trigpoint.labeling.consolidation.box_habits import CrowdSums, Floats, sums_by

MOST_SHIFT = 0.3
"""One box with a wild error must not move all others."""

SHIFT_BOXES = 10.0
"""So many known boxes count as much as the assumption that there is no such error."""


def without_shift(
    marks: Marks, placed: Placed, true_edges: Floats, known: CrowdSums
) -> tuple[Placed, dict[str, Floats]]:
    """The edges without the common error, and what was learned about it as sums of this round.

    true_edges: (C, 4) float, NaN where they are unknown.
    """
    is_known = ~np.any(np.isnan(true_edges), axis=1)
    error = np.where(is_known[:, None], (placed.edges - np.nan_to_num(true_edges)) / placed.scale, 0.0)
    error = np.clip(error, -MOST_SHIFT, MOST_SHIFT)
    # the sums are kept by worker, so each member of a cluster gets an equal share of its box
    share = np.where(marks.present, is_known[:, None] / marks.present.sum(1)[:, None], 0.0)

    def by_worker(values: Floats) -> Floats:
        return sums_by(marks.workers[marks.present], values[marks.present], len(known["shifted"]))

    sums = {
        "shifts": np.stack([by_worker(share * error[:, side, None]) for side in range(4)], axis=1),
        "shifted": by_worker(share),
    }
    total = known.plus(sums)
    return shifted(marks, placed, total["shifts"].sum(0) / (total["shifted"].sum() + SHIFT_BOXES)), sums
