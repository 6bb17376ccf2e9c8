"""How often each class occurs in the first epoch, and a warning of those that never do."""

from __future__ import annotations

import torch
from torch import Tensor

from trigpoint.algorithms.common.harness import logger
from trigpoint.algorithms.common.ranks import Ranks
from trigpoint.core.counted import first_of

_MOST_CLASSES_NAMED = 10


class ClassCounts:
    """Counts what has a class: examples, or objects in them.

    counts: (K,) int64, over all processes; None after the warning
    """

    def __init__(self, num_classes: int, what: str) -> None:
        self.counts: Tensor | None = torch.zeros(num_classes, dtype=torch.long)
        self._what = what

    def add(self, counts: Tensor, ranks: Ranks) -> None:
        """Adds the counts (K,) of this process's part of a batch. Every process must call it for every batch."""
        if self.counts is not None:
            self.counts += ranks.sum(counts).long()

    def warn(self) -> None:
        """Names the classes without any, once."""
        counts, self.counts = self.counts, None
        if counts is None:
            return
        empty = [str(k) for k in (counts == 0).nonzero().flatten().tolist()]
        if empty:
            logger.warning(
                "%d of the %d classes have no %s in the channel 'train', so the model cannot learn them: %s",
                len(empty),
                len(counts),
                self._what,
                first_of(empty, _MOST_CLASSES_NAMED),
            )
