"""What a detection training logs while it runs."""

from __future__ import annotations

import time

from trigpoint.algorithms.common.class_counts import ClassCounts
from trigpoint.algorithms.common.harness import logger
from trigpoint.algorithms.common.learner import EpochTotals
from trigpoint.algorithms.common.metric_lines import print_metrics, progress, throughput
from trigpoint.algorithms.object_detection import metric_lines


class DetectionReport:
    """Implements `learner.Report`."""

    EVERY_BATCHES = 100

    def __init__(self, num_classes: int) -> None:
        self.classes = ClassCounts(num_classes, "object")

    def batches(self, epoch: int, totals: EpochTotals) -> None:
        line = metric_lines.progress_of_batches(epoch, totals.batches, totals.examples, totals.seconds)
        logger.info(line)

    def trained(self, host: str, epoch: int, totals: EpochTotals) -> None:
        self.batches(epoch, totals)
        for name, value in totals.means.items():
            logger.info(metric_lines.train_loss(host, epoch, totals.batches, name, value))
        end_s = time.time()
        values = {**totals.means, "epoch": epoch, "records": totals.examples}
        print_metrics(values, metric_lines.ALGORITHM, host, end_s - totals.seconds, end_s)
        self.classes.warn()

    def scored(self, host: str, epoch: int, score: float) -> None:
        logger.info(metric_lines.validation_map(host, epoch, score))

    def improved(self, score: float) -> None:
        logger.info(metric_lines.best_model(score))

    def epoch_done(self, host: str, epochs_done: int, epochs: int, totals: EpochTotals) -> None:
        logger.info(progress(host, epochs_done, epochs))
        logger.info(throughput(host, totals.records_per_s))

    def stopped_early(self, epoch: int, best: float) -> None:
        logger.info(metric_lines.stopped_early(epoch, best))
