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
from trigpoint.algorithms.common.share import Share
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
    share: Share | None = None,
) -> Iterator[list[E]]:
    """One pass over the source, in batches of mini_batch_size; the last batch may be smaller.

    Args:   number, shuffled_by: see `ExampleSource.epoch`. The train channel is shuffled, the others are not.
            prepare: makes an example of its place in the pass and its raw bytes; called by several threads.
            reading: where the pass continues; the examples before are not decoded. It is kept up to date: when a batch
            comes out, it is the place after that batch.
            share: of a group of processes. Then a batch has the usable examples of the process's share of a step; it
            may be empty, and so may the pass.
    Raises: CustomerError: there is no valid example, or `prepare` raised it.
    """

    def work(item: tuple[int, Raw | InvalidSample]) -> tuple[int, E | InvalidSample]:
        place, raw = item
        if isinstance(raw, InvalidSample):
            return place, InvalidSample(f"{channel}: {raw}")
        try:
            return place, prepare(place if share is None else share.seed_of(place), raw)
        except InvalidSample as error:
            return place, InvalidSample(f"{raw.name}: {error}")
        except CustomerError as error:
            raise CustomerError(f"{error} ({raw.name})") from None

    at = Reading() if reading is None else reading
    size = settings.mini_batch_size
    workers = max(1, min(hardware.cores() - 1, MAX_DECODERS))
    items = read_ahead(source, number, shuffled_by, stop, at.examples, share)
    results = ordered_map(items, work, workers, 2 * size, stop)
    batches = _filled(results, size, at, stop) if share is None else _shared(results, share, at, stop)
    yield from batches
    if stop.is_set() or share is not None:  # what a group has read is known to its processes together
        return
    if at.batches == 0:
        raise CustomerError(nothing_in(source, at))
    expected = math.ceil(settings.num_training_samples / size)
    if at.skipped or source.left_out or (shuffled_by is not None and at.batches != expected):
        logger.warning(metric_lines.skipped(expected, at.batches))


def nothing_in(source: ExampleSource, at: Reading) -> str:
    """The error message of a pass that ended there without a usable example."""
    return source.nothing + (f" The first one skipped: {at.first_skip}" if at.first_skip else "")


def _filled(
    results: Iterator[tuple[int, E | InvalidSample]], size: int, at: Reading, stop: threading.Event
) -> Iterator[list[E]]:
    """Batches of `size` usable examples; the last one may be smaller."""
    ahead = replace(at)  # in the middle of a batch
    batch: list[E] = []
    for _, result in results:
        ahead.examples += 1
        if isinstance(result, InvalidSample):
            ahead.skip(result)
            continue
        batch.append(result)
        if len(batch) == size:
            ahead.batches += 1
            at.move_to(ahead)
            yield batch
            batch = []
    if stop.is_set():
        return
    ahead.batches += bool(batch)
    at.move_to(ahead)
    if batch:
        yield batch


def _shared(
    results: Iterator[tuple[int, E | InvalidSample]], share: Share, at: Reading, stop: threading.Event
) -> Iterator[list[E]]:
    """The usable examples of each step's share; fewer, or none, where some cannot be used."""
    ahead = replace(at)
    batch: list[E] = []
    is_begun = False
    for place, result in results:
        is_begun = True
        if isinstance(result, InvalidSample):
            ahead.skip(result)
        else:
            batch.append(result)
        if share.completes(place):
            _complete(ahead, share)
            at.move_to(ahead)
            yield batch
            batch, is_begun = [], False
    if is_begun and not stop.is_set():
        _complete(ahead, share)
        at.move_to(ahead)
        yield batch


def _complete(ahead: Reading, share: Share) -> None:
    ahead.batches += 1
    ahead.examples = (ahead.examples // share.block + 1) * share.block


def read_ahead(
    source: ExampleSource,
    number: int,
    shuffled_by: int | None,
    stop: threading.Event,
    done: int = 0,
    share: Share | None = None,
) -> Iterator[tuple[int, Raw | InvalidSample]]:
    """The examples of one pass with their places, without the first `done`, and without those of other processes.

    An InvalidSample stands where an example cannot be read. Files are read by threads of their own, more than those that
    decode, because they may come from a remote store.
    """

    def fetch(item: tuple[int, Read]) -> tuple[int, Raw | InvalidSample]:
        place, read = item
        try:
            return place, read()
        except InvalidSample as error:
            return place, error

    reads = islice(enumerate(source.epoch(number, shuffled_by)), done, None)
    if share is not None:
        reads = (item for item in reads if share.has(item[0]))  # type: ignore[assignment]
    if source.readers == 0:
        return map(fetch, reads)
    return ordered_map(reads, fetch, source.readers, 2 * source.readers, stop)
