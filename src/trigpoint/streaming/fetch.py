"""How do objects get into the stream: read ahead by threads, in order, bounded in bytes and elements.

Elements are read in batches. A batch begins with one element, and grows to as many as all threads together read
in about BATCH_S: slow objects are read one by one, quick ones are not outweighed by their hand-over. Local files
that come from memory are read in the thread that asks for them, because handing a few microseconds of work to
another thread costs more than doing it; when they turn out slow (a cold disk), the threads take over, and hand
back when it is quick again.

Bounds: at most `ahead` elements are in progress. A worker reads an object when it fits what is left of
`budget_bytes`, or when everything before it has been delivered; so what is held is at most the budget, one
batch (CUT_BYTES) and one object. An object above `large_bytes` is not read at all but handed on as an open
file (stage.Large).
"""

from __future__ import annotations

import functools
import io
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO, cast

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.selection import Reference
from trigpoint.streaming.reading import Opened, OpenObject, Reader, Room
from trigpoint.streaming.select import Selected
from trigpoint.streaming.stage import Large, Part, Row, Stage, State, Taking, close_files, skip

__all__ = ["DEFAULT", "Fetch", "FetchFailed", "FetchOptions", "OpenObject"]

BATCH_S = 0.004
CUT_BYTES = 4 << 20
QUICK_S = 0.0003
QUICK_BYTES_PER_S = 500e6
MOST_INLINE = 64
SLOW_IN_A_ROW = 4  # one alone may only mean that another process had the processor


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How much may be in progress, and how often a failure that may pass is tried again.

    The delay before try k + 1 is `first_delay_s` * 4**(k - 1).
    """

    threads: int = 8
    ahead: int = 256
    budget_bytes: int = 128 << 20
    large_bytes: int = 16 << 20
    tries: int = 4
    first_delay_s: float = 0.1

    def __post_init__(self) -> None:
        for name in ("threads", "ahead", "budget_bytes", "large_bytes", "tries"):
            if getattr(self, name) < 1:
                raise Invalid(f"FetchOptions.{name} is {getattr(self, name)}; it must be at least 1")


DEFAULT = FetchOptions()


class FetchFailed(BadLine):
    """An object could not be read: the number of its element, its place among the values, its URI and why."""

    def __init__(self, number: int, place: int, uri: str, why: str) -> None:
        super().__init__(number, f"cannot read {uri}: {why.removeprefix(f'{uri}: ')}")
        self.place = place
        self.uri = uri


class Fetch(Taking[Row]):
    """Yields the elements of its parent with every reference replaced by the object's content.

    `objects` is a Reader, or a function that opens an object. `pool` may be shared by stages that are not used
    at the same time (the epochs of a channel).
    Raises: FetchFailed, and what the parent raises, behind the elements before the one concerned.
    """

    def __init__(
        self,
        parent: Stage[Selected],
        objects: Reader | OpenObject,
        options: FetchOptions = DEFAULT,
        pool: ThreadPoolExecutor | None = None,
    ) -> None:
        _keep_what_is_freed()
        self._parent = parent
        self._options = options
        self._own_pool = pool is None
        self._pool = pool or ThreadPoolExecutor(options.threads, "fetch")
        self._objects: Reader = Opened(objects) if callable(objects) else objects
        self._quick = self._objects.is_local
        self._slow_in_a_row = 0
        self._batch_size = 1
        self._growing = True
        self._reset()

    def _reset(self) -> None:
        self._budget = _Budget(self._options.budget_bytes)
        self._worker = _Worker(self._objects, self._options, self._budget)
        self._batches: deque[_Batch] = deque()
        self._in_progress = 0
        self._ended: list[
            TrigpointError | None
        ] = []  # empty: goes on; None: the end; else: the parent's error
        self._current = _Delivery({}, [], _Fetched([]), 0)
        self._resumed: State | None = None  # what was set, until something is read from there

    def take(self, most: int) -> list[Row]:
        """The next rows; as many as are there, without waiting for more than the first."""
        current = self._current
        while current.place == len(current.rows):
            if current.error is not None:
                raise current.error
            if current.unread():
                current.go_on(self._worker.read(current.unread(), _FREE))
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
        fetched = self._worker.read(elements, _FREE)
        self._adapt(fetched)
        return _Delivery(before, elements, fetched, 0)

    def _fill(self) -> None:
        """Hands batches to the threads, as long as a whole one more makes at most `ahead` elements in progress: one
        that only filled the gap which a small one left would be as small for ever.

        While batches still grow, no more than keep the threads busy: those in progress keep their size.
        """
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
            future = self._pool.submit(self._worker.read, elements, room)
            self._batches.append(_Batch(room.batch, before, elements, future))

    def _adapt(self, fetched: _Fetched) -> None:
        """Chooses the size of the next batch, and who reads it, by the time that this one took."""
        if not fetched.rows or fetched.duration_s <= 0:
            return
        at_once = 1 if self._quick else self._options.threads  # so many are read in the time that one takes
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
        """Forgets everything in progress; returns when no thread works for this stage any more."""
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
    """Lets glibc's malloc use freed blocks of up to CUT_BYTES again, twice as many bytes in all, instead of giving
    them back to the system after every batch and having them zeroed anew: a quarter of the time of a record.

    Freeing one block of that size tells it so (mallopt(3), M_MMAP_THRESHOLD); it is never written, so it takes no
    memory. With another malloc this does nothing.
    """
    bytes(CUT_BYTES)


@dataclass(slots=True)
class _Fetched:
    """What a worker brings: the first rows of the batch, the bytes they hold, and the error of the next."""

    rows: list[Row]
    size_bytes: int = 0
    duration_s: float = 0.0
    error: Exception | None = None


@dataclass(slots=True)
class _Batch:
    number: int
    before: State
    elements: Sequence[Selected]
    future: Future[_Fetched]


class _Delivery:
    """A fetched batch while its rows are handed out; what the worker left of it is read when it is its turn."""

    __slots__ = ("_done", "_elements", "_held_bytes", "before", "error", "place", "rows")

    def __init__(
        self, before: State, elements: Sequence[Selected], fetched: _Fetched, held_bytes: int
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
        """Forgets the rows, which have been delivered, and says how many bytes of the budget they held."""
        self._done += len(self.rows)
        self.rows, self.place = [], 0
        held_bytes, self._held_bytes = self._held_bytes, 0
        return held_bytes

    def go_on(self, fetched: _Fetched) -> None:
        self.rows, self.error = fetched.rows, fetched.error

    def close_files(self) -> None:
        for _, parts in self.rows[self.place :]:
            close_files(parts)


class _GivenUp(Exception):
    """The stage was closed; nobody waits for this object any more."""


class _Budget:
    """Counts the bytes that are held. The head batch, whose turn it is, is never kept waiting."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._head = 0
        self._numbers = 0
        self._changed = threading.Condition()
        self.given_up = threading.Event()

    def next_room(self) -> _Room:
        self._numbers += 1
        return _Room(self, self._numbers)

    def acquire(self, size_bytes: int, batch: int) -> None:
        with self._changed:
            while self._held_bytes + size_bytes > self._limit_bytes and batch != self._head:
                if self.given_up.is_set():
                    raise _GivenUp
                self._changed.wait()
            self._held_bytes += size_bytes

    def release(self, size_bytes: int) -> None:
        with self._changed:
            self._held_bytes -= size_bytes
            self._changed.notify_all()

    def set_head(self, batch: int) -> None:
        with self._changed:
            self._head = batch
            self._changed.notify_all()

    def give_up(self) -> None:
        with self._changed:
            self.given_up.set()
            self._changed.notify_all()


class _Room:
    """The part of a budget that one batch takes."""

    def __init__(self, budget: _Budget, batch: int) -> None:
        self._budget = budget
        self.batch = batch

    def acquire(self, size_bytes: int) -> None:
        self._budget.acquire(size_bytes, self.batch)

    def release(self, size_bytes: int) -> None:
        self._budget.release(size_bytes)


class _Free:
    """Room for what is read at once, when it is its turn, whatever the budget says."""

    def acquire(self, size_bytes: int) -> None: ...

    def release(self, size_bytes: int) -> None: ...


_FREE = _Free()


class _Worker:
    """Reads batches, trying again what may pass."""

    def __init__(self, objects: Reader, options: FetchOptions, budget: _Budget) -> None:
        self._objects = objects
        self._options = options
        self._budget = budget
        self._cut_bytes = min(CUT_BYTES, options.budget_bytes)

    def read(self, elements: Sequence[Selected], room: Room) -> _Fetched:
        """Reads until the end, the first object that cannot be read, or enough bytes."""
        began_s = time.perf_counter()
        fetched = _Fetched([])
        self._objects.prepare([v.uri for _, values in elements for v in values if isinstance(v, Reference)])
        try:
            for number, values in elements:
                parts: list[Part] = []
                for place, value in enumerate(values):
                    if isinstance(value, Reference):
                        part = self._object(number, place, value.uri, room)
                        if isinstance(part, bytes):
                            fetched.size_bytes += len(part)
                        parts.append(part)
                    else:
                        parts.append(value)
                fetched.rows.append((number, parts))
                if fetched.size_bytes > self._cut_bytes:
                    break
        except _GivenUp:
            pass
        except FetchFailed as error:
            fetched.error = error
        fetched.duration_s = time.perf_counter() - began_s
        return fetched

    def _object(self, number: int, place: int, uri: str, room: Room) -> Part:
        tried = 0
        while True:
            if self._budget.given_up.is_set():
                raise _GivenUp
            try:
                part = self._objects.read(uri, self._options.large_bytes, room)
                return _named(part, number, place, uri) if isinstance(part, Large) else part
            except TrigpointError as error:
                raise FetchFailed(number, place, uri, error.message) from error
            except OSError as error:
                tried += 1
                if tried >= self._options.tries:
                    why = error.strerror or str(error) or type(error).__name__
                    raise FetchFailed(number, place, uri, f"{why} (tried {tried} times)") from error
            self._budget.given_up.wait(self._options.first_delay_s * 4.0 ** (tried - 1))


def _named(large: Large, number: int, place: int, uri: str) -> Large:
    """The same, whose errors say what is read."""
    return Large(cast(BinaryIO, _NamedFile(large, number, place, uri)), large.size_bytes)


class _NamedFile(io.BufferedIOBase):
    """A large object while it is read, long after it was opened. Raises: FetchFailed."""

    def __init__(self, large: Large, number: int, place: int, uri: str) -> None:
        self._file, self._size_bytes = large
        self._at = 0
        self._what = number, place, uri

    def read(self, most: int | None = -1, /) -> bytes:
        try:
            data = self._file.read(-1 if most is None else most)
        except TrigpointError as error:
            raise FetchFailed(*self._what, error.message) from error
        except OSError as error:
            why = error.strerror or str(error) or type(error).__name__
            raise FetchFailed(*self._what, why) from error
        self._at += len(data)
        if not data and most and self._at < self._size_bytes:
            raise FetchFailed(*self._what, f"it ended {self._size_bytes - self._at} bytes before its size")
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = self._file.seek(offset, whence)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()
        super().close()
