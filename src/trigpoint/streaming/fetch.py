"""Objects read ahead by threads, delivered in order, bounded in bytes and elements.

Elements are read in batches. The first batch has one element; batches grow to as many as all threads together
read in about BATCH_S. So slow objects are read one by one, and for quick ones the cost of passing them between
threads does not count. Local files that are in the page cache are read in the calling thread, because passing a
few microseconds of work to another thread costs more than doing it. When they turn out to be slow (a cold disk),
the threads take over, until reading is quick again.

Bounds: at most `ahead` elements are in progress. A thread reads an object when it fits into the rest of
`budget_bytes`, or when everything before it has been delivered; so at most the budget, one batch (CUT_BYTES) and
one object are held. An object above `large_bytes` is not read but passed on as an open file (stage.Large).
"""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from trigpoint.core.errors import TrigpointError
from trigpoint.streaming.batch_reader import CUT_BYTES, BatchReader, Fetched
from trigpoint.streaming.budget import UNLIMITED, Budget
from trigpoint.streaming.fetch_options import DEFAULT, FetchOptions
from trigpoint.streaming.reading import OpenedObjects, OpenObject, Reader
from trigpoint.streaming.select import Selected
from trigpoint.streaming.stage import Row, Stage, State, Taking, close_files, skip

BATCH_S = 0.004
QUICK_S = 0.0003
QUICK_BYTES_PER_S = 500e6
MOST_INLINE = 64
SLOW_IN_A_ROW = 4  # a single one may only mean that another process had the processor


class Fetch(Taking[Row]):
    """Yields the elements of its parent with every reference replaced by the object's content.

    objects: a Reader, or a function that opens an object.
    now:     the seconds of a clock that measures how long reading takes.
    pool:    may be shared by stages that are not used at the same time (the epochs of a channel).
    Raises: FetchFailed, and what the parent raises, after the elements before the one concerned.
    """

    def __init__(
        self,
        parent: Stage[Selected],
        objects: Reader | OpenObject,
        options: FetchOptions = DEFAULT,
        pool: ThreadPoolExecutor | None = None,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        _keep_what_is_freed()
        self._parent = parent
        self._options = options
        self._now = now
        self._own_pool = pool is None
        self._pool = pool or ThreadPoolExecutor(options.threads, "fetch")
        self._objects: Reader = OpenedObjects(objects) if callable(objects) else objects
        self._quick = self._objects.is_local
        self._slow_in_a_row = 0
        self._batch_size = 1
        self._growing = True
        self._reset()

    def _reset(self) -> None:
        self._budget = Budget(self._options.budget_bytes)
        self._reader = BatchReader(self._objects, self._options, self._budget, self._now)
        self._batches: deque[_Batch] = deque()
        self._in_progress = 0
        # empty: not ended; [None]: the end; [error]: the parent's error
        self._ended: list[TrigpointError | None] = []
        self._current = _Delivery({}, [], Fetched([]), 0)
        self._resumed: State | None = None  # the state that was set, until something is read from there

    def take(self, most: int) -> list[Row]:
        """The next rows, as many as are ready; waits for the first only."""
        current = self._current
        while current.place == len(current.rows):
            if current.error is not None:
                raise current.error
            if current.unread():
                current.go_on(self._reader.read(current.unread(), UNLIMITED))
            elif (following := self._next_delivery()) is None:
                return []
            else:
                current = self._current = following
        rows = current.rows[current.place : current.place + most]
        current.place += len(rows)
        if current.place == len(current.rows):
            self._budget.release(current.let_go())
        return rows

    def _next_delivery(self) -> _Delivery | None:
        self._resumed = None
        if self._quick and not self._batches and not self._ended:
            return self._read_here()
        self._fill()
        if not self._batches:
            if self._ended[0] is not None:
                raise self._ended[0]
            return None
        batch = self._batches.popleft()
        self._budget.set_head(batch.number)
        fetched = batch.future.result()
        self._in_progress -= len(batch.elements)
        self._adapt(fetched)
        if not self._quick:
            self._fill()
        return _Delivery(batch.before, batch.elements, fetched, fetched.size_bytes)

    def _read_here(self) -> _Delivery | None:
        before = self._parent.get_state()
        elements = self._parent.take(min(self._batch_size, self._options.ahead))
        if not elements:
            return None
        fetched = self._reader.read(elements, UNLIMITED)
        self._adapt(fetched)
        return _Delivery(before, elements, fetched, 0)

    def _fill(self) -> None:
        """Passes batches to the threads, while one more whole batch keeps at most `ahead` elements in progress."""
        # Only whole batches are taken: a batch that fills the gap of a small one would keep its size forever. While
        # the batch size still grows, only as many are taken as keep the threads busy.
        most = 2 * self._options.threads if self._growing else self._options.ahead
        size = min(self._batch_size, self._options.ahead)
        while (
            not self._ended and self._in_progress + size <= self._options.ahead and len(self._batches) < most
        ):
            before = self._parent.get_state()
            try:
                elements = self._parent.take(size)
            except TrigpointError as error:
                self._ended = [error]
                return
            if not elements:
                self._ended = [None]
                return
            self._in_progress += len(elements)
            room = self._budget.next_room()
            future = self._pool.submit(self._reader.read, elements, room)
            self._batches.append(_Batch(room.batch, before, elements, future))

    def _adapt(self, fetched: Fetched) -> None:
        """Chooses the size of the next batch, and the threads that read it, from the time that this one took."""
        if not fetched.rows or fetched.duration_s <= 0:
            return
        at_once = 1 if self._quick else self._options.threads  # how many are read in the time that one takes
        per_element_s = fetched.duration_s / len(fetched.rows) / at_once
        wanted = max(1, int(BATCH_S / per_element_s))
        if self._objects.is_local:
            expected_s = QUICK_S * len(fetched.rows) + fetched.size_bytes / QUICK_BYTES_PER_S
            self._slow_in_a_row = 0 if fetched.duration_s < expected_s else self._slow_in_a_row + 1
            self._quick = self._slow_in_a_row < SLOW_IN_A_ROW
        most = MOST_INLINE if self._quick else max(1, self._options.ahead // (2 * self._options.threads))
        self._growing = self._batch_size * 2 < min(wanted, most)
        self._batch_size = min(wanted, most, self._batch_size * 2)

    def get_state(self) -> State:
        """The parent's state before a batch, and how many elements of it have been delivered."""
        if self._resumed is not None:
            return self._resumed
        current = self._current
        if current.place < len(current.rows) or current.unread():
            return {"before": current.before, "delivered": current.delivered()}
        before = self._batches[0].before if self._batches else self._parent.get_state()
        return {"before": before, "delivered": 0}

    def set_state(self, state: State) -> None:
        self._drop()
        self._parent.set_state(state["before"])
        skip(self._parent, state["delivered"])
        self._resumed = state

    def close(self) -> None:
        self._drop()
        if self._own_pool:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._parent.close()

    def _drop(self) -> None:
        """Drops everything in progress; returns when no thread works for this stage any more."""
        self._budget.give_up()
        self._current.close_files()
        for batch in self._batches:
            if not batch.future.cancel():
                for _, parts in batch.future.result().rows:
                    close_files(parts)
        self._reset()

    def __str__(self) -> str:
        return f"{self._parent} -> Fetch({self._options})"


@functools.cache
def _keep_what_is_freed() -> None:
    """Makes glibc's malloc reuse freed blocks of up to CUT_BYTES, twice as many bytes in all.

    Otherwise it returns them to the system after every batch and gets them zeroed again, which is a quarter of the
    time of a record. Freeing one block of that size raises the limit (mallopt(3), M_MMAP_THRESHOLD). The block is
    never written, so it takes no memory. With another malloc this does nothing.
    """
    bytes(CUT_BYTES)


@dataclass(slots=True)
class _Batch:
    number: int
    before: State
    elements: Sequence[Selected]
    future: Future[Fetched]


class _Delivery:
    """A fetched batch while its rows are delivered; what the thread left unread is read when its turn comes."""

    __slots__ = ("_done", "_elements", "_held_bytes", "before", "error", "place", "rows")

    def __init__(
        self, before: State, elements: Sequence[Selected], fetched: Fetched, held_bytes: int
    ) -> None:
        self.before = before
        self._elements = elements
        self._done = 0
        self.rows, self.error, self.place = fetched.rows, fetched.error, 0
        self._held_bytes = held_bytes

    def unread(self) -> Sequence[Selected]:
        return self._elements[self._done + len(self.rows) :]

    def delivered(self) -> int:
        return self._done + self.place

    def let_go(self) -> int:
        """Drops the rows, which have been delivered; returns how many bytes of the budget they held."""
        self._done += len(self.rows)
        self.rows, self.place = [], 0
        held_bytes, self._held_bytes = self._held_bytes, 0
        return held_bytes

    def go_on(self, fetched: Fetched) -> None:
        self.rows, self.error = fetched.rows, fetched.error

    def close_files(self) -> None:
        for _, parts in self.rows[self.place :]:
            close_files(parts)
