"""Batches of several processes in step: all make the same number of steps, however their examples are divided."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from trigpoint.algorithms.common import metric_lines
from trigpoint.algorithms.common.batches import Reading, nothing_in
from trigpoint.algorithms.common.harness import CustomerError, logger
from trigpoint.algorithms.common.ranks import Ranks
from trigpoint.algorithms.common.sources import ExampleSource

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class SharedPass:
    """One pass of a group through a channel, as one of its processes sees it.

    at:          how far the process is; kept up to date by `read_batches`
    examples:    how many the channel should have, by num_training_samples; None where that says nothing
    examples_of_a_step: of the whole group
    is_sharded:  whether the instances have different examples
    """

    channel: str
    source: ExampleSource
    at: Reading
    examples: int | None
    examples_of_a_step: int
    is_sharded: bool


def in_lockstep(
    batches: Iterator[list[E]], ranks: Ranks, shared: SharedPass, stop: threading.Event
) -> Iterator[list[E]]:
    """A batch for each step of the group: this process's next one, empty when it has none left.

    The pass ends when no process has a batch left, or, in all of them at the same step, when one is asked to stop;
    then `stop` is set in all. Steps without any usable example are left out.

    Decision: a process whose shard is used up takes part with no example until the longest shard is, so that every
    example is seen once in each epoch and none is repeated or dropped.

    Raises: CustomerError: no process has an example.
    """
    steps = idle = trained = 0
    while True:
        batch = next(batches, None)
        examples, ready, stopping = ranks.sum(
            [len(batch or ()), float(batch is not None), float(stop.is_set())]
        ).tolist()
        if stopping:
            stop.set()
            return
        if not ready:
            break
        steps += 1
        idle += batch is None
        if examples:
            trained += 1
            yield batch or []
    if trained == 0 and shared.at.batches == steps:  # else it continued after the last step
        raise CustomerError(nothing_in(shared.source, shared.at))
    _report(shared, ranks, idle, steps)


def _report(shared: SharedPass, ranks: Ranks, idle: int, steps: int) -> None:
    skipped = float(ranks.sum([shared.at.skipped + shared.source.left_out])[0])
    if not ranks.place.leads_host:
        return
    if skipped or shared.examples is not None:
        expected = math.ceil((shared.examples or 0) / shared.examples_of_a_step)
        if skipped or shared.at.batches + idle != expected:
            logger.warning(metric_lines.skipped(expected, shared.at.batches + idle))
    if shared.is_sharded and idle:
        logger.warning(
            "Channel '%s': this instance had no examples left in %d of the %d steps of the epoch, because its shard is "
            "smaller than others.",
            shared.channel,
            idle,
            steps,
        )
