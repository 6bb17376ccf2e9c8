"""What a training logs while it runs; implements `learner.Report`."""

from __future__ import annotations

from trigpoint.algorithms.common.harness import logger
from trigpoint.algorithms.common.learner import EpochTotals
from trigpoint.algorithms.common.metric_lines import progress, throughput

EVERY_BATCHES = 100


def batches(epoch: int, totals: EpochTotals) -> None:
    logger.info(
        "Epoch: %d, batches: %d, num_examples: %d, %.1f samples/sec",
        epoch,
        totals.batches,
        totals.examples,
        totals.records_per_s,
    )


def trained(host: str, epoch: int, totals: EpochTotals) -> None:
    loss = totals.means.get("loss", 0.0)
    logger.info("#quality_metric: host=%s, epoch=%d, train loss <loss>=(%.6f)", host, epoch, loss)


def scored(host: str, epoch: int, score: float) -> None:
    logger.info("#quality_metric: host=%s, epoch=%d, validation mIOU <score>=(%.6f)", host, epoch, score)


def improved(score: float) -> None:
    logger.info("Updating the best model with validation-mIOU=%.4f", score)


def epoch_done(host: str, epochs_done: int, epochs: int, totals: EpochTotals) -> None:
    logger.info(progress(host, epochs_done, epochs))
    logger.info(throughput(host, totals.records_per_s))


def stopped_early(epoch: int, best: float) -> None:
    logger.info("Early stopping after epoch %d: best validation-mIOU=%.4f.", epoch, best)
