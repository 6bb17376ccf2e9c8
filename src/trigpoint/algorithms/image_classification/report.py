"""The log of a classification training. Its lines are wire format: clients parse them.

Source: training.md 7.5.
"""

from __future__ import annotations

from trigpoint.algorithms.common.class_counts import ClassCounts
from trigpoint.algorithms.common.harness import logger
from trigpoint.algorithms.common.learner import EpochTotals

CORRECT = "correct"
TOP_K_CORRECT = "top_k_correct"


class ClassificationReport:
    """Implements `learner.Report`; reads the sums of correct answers."""

    EVERY_BATCHES = 20

    def __init__(self, top_k: int | None, num_classes: int) -> None:
        self._top_k = top_k
        self.classes = ClassCounts(num_classes, "example")

    def batches(self, epoch: int, totals: EpochTotals) -> None:
        logger.info(
            "Epoch[%d] Batch [%d]\tSpeed: %.2f samples/sec\taccuracy=%.6f",
            epoch,
            totals.batches,
            totals.records_per_s,
            _share(totals, CORRECT),
        )

    def trained(self, host: str, epoch: int, totals: EpochTotals) -> None:
        logger.info("Epoch[%d] Train-accuracy=%.6f", epoch, _share(totals, CORRECT))
        if self._top_k is not None:
            share = _share(totals, TOP_K_CORRECT)
            logger.info("Epoch[%d] Train-top_k_accuracy_%d=%.6f", epoch, self._top_k, share)
        logger.info("Epoch[%d] Time cost=%.3f", epoch, totals.seconds)
        self.classes.warn()

    def scored(self, host: str, epoch: int, score: float) -> None:
        logger.info("Epoch[%d] Validation-accuracy=%.6f", epoch, score)

    def improved(self, score: float) -> None:
        logger.info("Storing the best model with validation accuracy: %.6f", score)

    def epoch_done(self, host: str, epochs_done: int, epochs: int, totals: EpochTotals) -> None:
        pass  # the original has no line for it

    def stopped_early(self, epoch: int, best: float) -> None:
        logger.info("Early stopping after epoch %d: best validation accuracy: %.6f", epoch, best)


def _share(totals: EpochTotals, name: str) -> float:
    return totals.sums.get(name, 0.0) / max(totals.examples, 1)
