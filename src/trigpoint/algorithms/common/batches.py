"""Batches of prepared examples from a source. Examples that cannot be used are skipped and reported."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
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
class Reading:
    """How far a pass over a source is, between two batches.

    examples:   how many of the pass's examples were read, in its order, with those that could not be used
    batches:    how many batches they made
    skipped:    how many could not be used
    first_skip: why the first of them could not be used
    """

    examples: int = 0
    batches: int = 0
    skipped: int = 0
    first_skip: str = ""

    def move_to(self, later: Reading) -> None:
        """Takes over a later place in the same pass."""
        self.examples, self.batches = later.examples, later.batches
        self.skipped, self.first_skip = later.skipped, later.first_skip

    def skip(self, why: InvalidSample) -> None:
        """Counts an example that cannot be used; the first few are logged."""
        self.skipped += 1
        self.first_skip = self.first_skip or str(why)
        if self.skipped <= NAMED_SKIPS:
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
    reading: Reading | None = None,
) -> Iterator[list[E]]:
    """One pass over the source, in batches of mini_batch_size; the last batch may be smaller.

    Args:   number, shuffled_by: see `ExampleSource.epoch`. The train channel is shuffled, the others are not.
            prepare: makes an example of its place in the pass and its raw bytes; called by several threads.
            reading: where the pass continues; the examples before are not decoded. It is kept up to date: when a batch
            comes out, it is the place after that batch.
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

    place = Reading() if reading is None else reading
    ahead = replace(place)  # in the middle of a batch
    size = settings.mini_batch_size
    workers = max(1, min(hardware.cores() - 1, MAX_DECODERS))
    items = enumerate(read_ahead(source, number, shuffled_by, stop, place.examples), place.examples)
    batch: list[E] = []
    for result in ordered_map(items, work, workers, 2 * size, stop):
        ahead.examples += 1
        if isinstance(result, InvalidSample):
            ahead.skip(result)
            continue
        batch.append(result)
        if len(batch) == size:
            ahead.batches += 1
            place.move_to(ahead)
            yield batch
            batch = []
    if stop.is_set():
        return
    ahead.batches += bool(batch)
    place.move_to(ahead)
    if batch:
        yield batch
    if place.batches == 0:
        raise CustomerError(
            source.nothing + (f" The first one skipped: {place.first_skip}" if place.first_skip else "")
        )
    expected = math.ceil(settings.num_training_samples / size)
    if place.skipped or source.left_out or (shuffled_by is not None and place.batches != expected):
        logger.warning(metric_lines.skipped(expected, place.batches))


def read_ahead(
    source: ExampleSource, number: int, shuffled_by: int | None, stop: threading.Event, done: int = 0
) -> Iterator[Raw | InvalidSample]:
    """One pass over the source without its first `done` examples; an InvalidSample where an example cannot be read.

    Files are read by threads of their own, more than those that decode, because they may come from a remote store.
    """

    def fetch(read: Read) -> Raw | InvalidSample:
        try:
            return read()
        except InvalidSample as error:
            return error

    reads = islice(source.epoch(number, shuffled_by), done, None)
    if source.readers == 0:
        return map(fetch, reads)
    return ordered_map(reads, fetch, source.readers, 2 * source.readers, stop)
