"""Batches of prepared examples from a source. Examples that cannot be used are skipped and reported."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from trigpoint.algorithms.common import hardware, metric_lines
from trigpoint.algorithms.common.harness import CustomerError, logger
from trigpoint.algorithms.common.ordered_map import ordered_map
from trigpoint.algorithms.common.sources import ExampleSource, InvalidSample, Raw, Read

MAX_DECODERS = 8
NAMED_SKIPS = 10  # skipped examples that the log names; the others are only counted

E = TypeVar("E")


class BatchSettings(Protocol):
    """The hyperparameters that decide on batches."""

    @property
    def mini_batch_size(self) -> int: ...
    @property
    def num_training_samples(self) -> int: ...


@dataclass(slots=True)
class _Skips:
    """The examples of one pass that could not be used."""

    count: int = 0
    first: str = ""

    def add(self, why: InvalidSample) -> None:
        self.count += 1
        self.first = self.first or str(why)
        if self.count <= NAMED_SKIPS:
            logger.warning("Skipped %s", why)


def read_batches(
    source: ExampleSource,
    channel: str,
    number: int,
    *,
    shuffled_by: int | None,
    prepare: Callable[[int, Raw], E],
    settings: BatchSettings,
    stop: threading.Event,
) -> Iterator[list[E]]:
    """One pass over the source, in batches of mini_batch_size; the last batch may be smaller.

    Args:   number, shuffled_by: see `ExampleSource.epoch`. The train channel is shuffled, the others are not.
            prepare: makes an example of its place in the pass and its raw bytes; called by several threads.
    Raises: CustomerError: there is no valid example, or `prepare` raised it.
    """

    def work(item: tuple[int, Raw | InvalidSample]) -> E | InvalidSample:
        index, raw = item
        if isinstance(raw, InvalidSample):
            return InvalidSample(f"{channel}: {raw}")
        try:
            return prepare(index, raw)
        except InvalidSample as error:
            return InvalidSample(f"{raw.name}: {error}")
        except CustomerError as error:
            raise CustomerError(f"{error} ({raw.name})") from None

    size = settings.mini_batch_size
    workers = max(1, min(hardware.cores() - 1, MAX_DECODERS))
    items = enumerate(read_ahead(source, number, shuffled_by, stop))
    batch: list[E] = []
    batches, skips = 0, _Skips()
    for result in ordered_map(items, work, workers, 2 * size, stop):
        if isinstance(result, InvalidSample):
            skips.add(result)
            continue
        batch.append(result)
        if len(batch) == size:
            yield batch
            batch, batches = [], batches + 1
    if stop.is_set():
        return
    if batch:
        yield batch
        batches += 1
    if batches == 0:
        raise CustomerError(
            source.nothing + (f" The first one skipped: {skips.first}" if skips.first else "")
        )
    expected = math.ceil(settings.num_training_samples / size)
    if skips.count or source.left_out or (shuffled_by is not None and batches != expected):
        logger.warning(metric_lines.skipped(expected, batches))


def read_ahead(
    source: ExampleSource, number: int, shuffled_by: int | None, stop: threading.Event
) -> Iterator[Raw | InvalidSample]:
    """One pass over the source, in its order; an InvalidSample where an example cannot be read.

    Files are read by threads of their own, more than those that decode, because they may come from a remote store.
    """

    def fetch(read: Read) -> Raw | InvalidSample:
        try:
            return read()
        except InvalidSample as error:
            return error

    reads = source.epoch(number, shuffled_by)
    if source.readers == 0:
        return map(fetch, reads)
    return ordered_map(reads, fetch, source.readers, 2 * source.readers, stop)
