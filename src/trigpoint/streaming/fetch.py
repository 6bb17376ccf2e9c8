"""How do objects get into the stream: fetched ahead by threads, in order, bounded in bytes and elements.

Elements are fetched in batches, so that small local files do not pay for a hand-over each. A batch begins
with one element, and grows to as many as take about BATCH_S: slow objects are fetched one by one, all threads
at once.

Bounds: at most `ahead` elements are in progress. A worker reads an object when it fits what is left of
`budget_bytes`, or when everything before it has been delivered; so what is held is at most the budget, one
batch (CUT_BYTES) and one object. An object above `large_bytes` is not read at all but handed on as an open
file (stage.Large).
"""

from __future__ import annotations

import io
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.records.manifest import BadLine, Reference
from trigpoint.streaming.select import Selected
from trigpoint.streaming.stage import Large, Part, Row, Stage, State, close_files

OpenObject = Callable[[str], BinaryIO]
"""Opens the object of a URI as a seekable file. Raises TrigpointError when trying again is of no use."""

BATCH_S = 0.004
CUT_BYTES = 4 << 20


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
        super().__init__(number, f"cannot read {uri}: {why}")
        self.place = place
        self.uri = uri


class Fetch:
    """Yields the elements of its parent with every reference replaced by the object's content.

    `pool` may be shared by stages that are not used at the same time (the epochs of a channel).
    Raises: FetchFailed, and what the parent raises, behind the elements before the one concerned.
    """

    def __init__(
        self,
        parent: Stage[Selected],
        open_object: OpenObject,
        options: FetchOptions = DEFAULT,
        pool: ThreadPoolExecutor | None = None,
    ) -> None:
        self._parent = parent
        self._options = options
        self._own_pool = pool is None
        self._pool = pool or ThreadPoolExecutor(options.threads, "fetch")
        self._budget = _Budget(options.budget_bytes)
        self._reader = _Reader(open_object, options, self._budget)
        self._batches: deque[_Batch] = deque()
        self._batch_size = 1
        self._in_progress = 0
        self._parent_error: Exception | None = None  # StopIteration at the end, or what it raised
        self._current: _Delivery | None = None

    def __iter__(self) -> Fetch:
        return self

    def __next__(self) -> Row:
        delivery = self._current
        while delivery is None or delivery.exhausted():
            delivery = self._current = self._next_delivery()
        self._in_progress -= 1
        row, held_bytes = delivery.take(self._reader)
        if held_bytes:
            self._budget.release(held_bytes)
        return row

    def _next_delivery(self) -> _Delivery:
        self._fill()
        if not self._batches:
            assert self._parent_error is not None
            raise self._parent_error
        batch = self._batches.popleft()
        self._budget.set_head(batch.number)
        fetched = batch.future.result()
        self._adapt(fetched)
        self._fill()
        return _Delivery(batch, fetched)

    def _fill(self) -> None:
        """Hands batches to the threads until `ahead` elements are in progress."""
        while self._parent_error is None and self._in_progress < self._options.ahead:
            elements, states = [], []
            room = min(self._batch_size, self._options.ahead - self._in_progress)
            try:
                for _ in range(room):
                    state = self._parent.get_state()
                    elements.append(next(self._parent))
                    states.append(state)
            except (StopIteration, TrigpointError) as error:
                self._parent_error = error
            if elements:
                self._in_progress += len(elements)
                number = self._budget.next_number()
                future = self._pool.submit(self._reader.read_batch, number, elements)
                self._batches.append(_Batch(number, elements, states, future))

    def _adapt(self, fetched: _Fetched) -> None:
        if fetched.rows and fetched.duration_s > 0:
            per_element_s = fetched.duration_s / len(fetched.rows)
            wanted = max(1, int(BATCH_S / per_element_s))
            most = max(1, self._options.ahead // (2 * self._options.threads))
            self._batch_size = min(wanted, most, self._batch_size * 2)

    def get_state(self) -> State:
        """The parent's state before the first element that has not been delivered."""
        if self._current is not None and not self._current.exhausted():
            return self._current.state()
        if self._batches:
            return self._batches[0].states[0]
        return self._parent.get_state()

    def set_state(self, state: State) -> None:
        self._drop()
        self._parent_error = None
        self._parent.set_state(state)

    def close(self) -> None:
        self._drop()
        if self._own_pool:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._parent.close()

    def _drop(self) -> None:
        """Forgets everything in progress; returns when no thread works for this stage any more."""
        self._budget.give_up()
        if self._current is not None:
            self._current.close_files()
        for batch in self._batches:
            if not batch.future.cancel():
                for (_, parts), _ in batch.future.result().rows:
                    close_files(parts)
        self._batches.clear()
        self._current = None
        self._in_progress = 0
        self._budget = _Budget(self._options.budget_bytes)
        self._reader = _Reader(self._reader.open_object, self._options, self._budget)

    def __str__(self) -> str:
        return f"{self._parent} -> Fetch({self._options})"


@dataclass(slots=True)
class _Fetched:
    """What a worker brings: the first rows of the batch, the bytes each holds, and the error of the next."""

    rows: list[tuple[Row, int]]
    duration_s: float = 0.0
    error: Exception | None = None


@dataclass(slots=True)
class _Batch:
    number: int
    elements: list[Selected]
    states: list[State]
    future: Future[_Fetched]


class _Delivery:
    """A fetched batch while its elements are handed out; what the worker left is read here, one by one."""

    __slots__ = ("_batch", "_fetched", "_place")

    def __init__(self, batch: _Batch, fetched: _Fetched) -> None:
        self._batch, self._fetched = batch, fetched
        self._place = 0

    def exhausted(self) -> bool:
        return self._place == len(self._batch.elements)

    def take(self, reader: _Reader) -> tuple[Row, int]:
        place = self._place
        self._place += 1
        if place < len(self._fetched.rows):
            taken = self._fetched.rows[place]
            self._fetched.rows[place] = ((0, []), 0)  # the consumer alone holds the bytes now
            return taken
        if self._fetched.error is not None:
            raise self._fetched.error
        return reader.read_row(self._batch.elements[place]), 0

    def state(self) -> State:
        return self._batch.states[self._place]

    def close_files(self) -> None:
        for (_, parts), _ in self._fetched.rows[self._place :]:
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

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

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


class _Reader:
    """Reads objects, trying again what may pass."""

    def __init__(self, open_object: OpenObject, options: FetchOptions, budget: _Budget) -> None:
        self.open_object = open_object
        self._options = options
        self._budget = budget

    def read_batch(self, batch: int, elements: list[Selected]) -> _Fetched:
        """Reads until the end, the first object that cannot be read, or CUT_BYTES."""
        began_s = time.perf_counter()
        fetched = _Fetched([])
        batch_bytes = 0
        try:
            for element in elements:
                row, size_bytes = self._read(element, batch)
                fetched.rows.append((row, size_bytes))
                batch_bytes += size_bytes
                if batch_bytes > CUT_BYTES:
                    break
        except _GivenUp:
            pass
        except FetchFailed as error:
            fetched.error = error
        fetched.duration_s = time.perf_counter() - began_s
        return fetched

    def read_row(self, element: Selected) -> Row:
        """Reads one element at once, whatever the budget says: it is its turn."""
        return self._read(element, None)[0]

    def _read(self, element: Selected, batch: int | None) -> tuple[Row, int]:
        """The row, and how many bytes of the budget it holds."""
        number, values = element
        parts: list[Part] = []
        held_bytes = 0
        for place, value in enumerate(values):
            if not isinstance(value, Reference):
                parts.append(value)
                continue
            part = self._read_object(number, place, value.uri, batch)
            if batch is not None and not isinstance(part, Large):
                held_bytes += len(part)
            parts.append(part)
        return (number, parts), held_bytes

    def _read_object(self, number: int, place: int, uri: str, batch: int | None) -> Part:
        tried = 0
        while True:
            if self._budget.given_up.is_set():
                raise _GivenUp
            try:
                return self._read_once(uri, batch)
            except TrigpointError as error:
                raise FetchFailed(number, place, uri, error.message) from error
            except OSError as error:
                tried += 1
                if tried >= self._options.tries:
                    why = error.strerror or str(error) or type(error).__name__
                    raise FetchFailed(number, place, uri, f"{why} (tried {tried} times)") from error
            self._budget.given_up.wait(self._options.first_delay_s * 4.0 ** (tried - 1))

    def _read_once(self, uri: str, batch: int | None) -> Part:
        file = self.open_object(uri)
        size_bytes = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size_bytes > self._options.large_bytes:
            return Large(file, size_bytes)
        with file:
            if batch is None:
                return _read_exactly(file, size_bytes)
            self._budget.acquire(size_bytes, batch)
            try:
                return _read_exactly(file, size_bytes)
            except OSError:
                self._budget.release(size_bytes)
                raise


def _read_exactly(file: BinaryIO, size_bytes: int) -> bytes:
    data = file.read(size_bytes)
    if len(data) != size_bytes:
        raise OSError(f"it has {size_bytes} bytes but gave {len(data)}")
    return data
