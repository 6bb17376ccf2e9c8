"""Writes of many threads in one transaction: the first waiting thread commits the whole batch."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_TOGETHER = 64
"""Writes in one transaction; each of them waits for all."""


@dataclass(slots=True, eq=False)
class Waiting(Generic[T]):
    """A write that waits to be committed. `problem` is the error that kept this one write from being committed."""

    key: Hashable
    write: T
    problem: BaseException | None = None
    is_done: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._turn.acquire()

    def wait(self) -> None:
        """Returns when the write is done, or when its thread must commit the next batch."""
        self._turn.acquire()

    def wake(self) -> None:
        self._turn.release()


class GroupCommit(Generic[T]):
    """Commits the writes of many threads together, in the order of arrival; a batch has one write per key.

    Args:   commit: commits a batch durably, or sets the `problem` of some writes; when it raises, none of them
                was committed.
    """

    def __init__(self, commit: Callable[[Sequence[Waiting[T]]], None]) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._queue: deque[Waiting[T]] = deque()
        self._is_busy = False

    def run(self, key: Hashable, write: T) -> None:
        """Returns when the write is committed.

        Raises: the error that kept it from being committed.
        """
        own = Waiting(key, write)
        with self._lock:
            self._queue.append(own)
            leads, self._is_busy = not self._is_busy, True
        if not leads:
            own.wait()
        if not own.is_done:
            self._lead(own)
        if own.problem is not None:
            raise own.problem

    def _lead(self, own: Waiting[T]) -> None:
        """Commits the waiting writes, then lets the next thread do so."""
        batch = self._take()
        try:
            self._commit(batch)
        except BaseException as problem:  # noqa: BLE001 - each thread raises the error of its write
            for one in batch:
                one.problem = problem
        with self._lock:
            following = self._queue[0] if self._queue else None
            self._is_busy = following is not None
        for one in batch:
            one.is_done = True
            if one is not own:
                one.wake()
        if following is not None:
            following.wake()

    def _take(self) -> list[Waiting[T]]:
        """The next batch; a second write of a key waits for the first to be committed."""
        batch: dict[Hashable, Waiting[T]] = {}
        later: deque[Waiting[T]] = deque()
        with self._lock:
            for one in self._queue:
                if len(batch) < MAX_TOGETHER and one.key not in batch:
                    batch[one.key] = one
                else:
                    later.append(one)
            self._queue = later
        return list(batch.values())
