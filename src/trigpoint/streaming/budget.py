"""The bytes that objects in progress may hold, shared by the threads that read them."""

from __future__ import annotations

import threading


class GivenUp(Exception):
    """The stage was closed; nobody waits for this object any more."""


class Budget:
    """Counts the bytes that are held. The head batch, which is delivered next, never waits."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._head = 0
        self._numbers = 0
        self._changed = threading.Condition()
        self.given_up = threading.Event()

    def next_room(self) -> BatchRoom:
        self._numbers += 1
        return BatchRoom(self, self._numbers)

    def acquire(self, size_bytes: int, batch: int) -> None:
        with self._changed:
            while self._held_bytes + size_bytes > self._limit_bytes and batch != self._head:
                if self.given_up.is_set():
                    raise GivenUp
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


class BatchRoom:
    """The part of a budget that one batch uses."""

    def __init__(self, budget: Budget, batch: int) -> None:
        self._budget = budget
        self.batch = batch

    def acquire(self, size_bytes: int) -> None:
        self._budget.acquire(size_bytes, self.batch)

    def release(self, size_bytes: int) -> None:
        self._budget.release(size_bytes)


class UnlimitedRoom:
    """Room for what is delivered at once, whatever the budget is."""

    def acquire(self, size_bytes: int) -> None: ...

    def release(self, size_bytes: int) -> None: ...


UNLIMITED = UnlimitedRoom()
