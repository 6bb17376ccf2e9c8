"""Turns of calls: how many run at the same time, in all and of one function."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from trigpoint.compute.bounded_calls import CallsBusy, CallsStopped


class Turns:
    """At most `limit` turns at the same time. Thread-safe.

    Decision: one function gets at most half of them, so that one that hangs leaves others their turn.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._changed = threading.Condition()
        self._taken: dict[int, str] = {}
        self._stopped = False

    @contextmanager
    def turn(self, name: str, patience_s: float) -> Iterator[int]:
        """Waits for a turn of the function; its number, from 0, which no other turn has at the same time.

        Raises: CallsBusy: no turn came within `patience_s`. CallsStopped: `stop` was called.
        """
        with self._changed:
            in_time = self._changed.wait_for(lambda: self._stopped or self._is_free(name), patience_s)
            if self._stopped:
                raise CallsStopped
            if not in_time:
                raise CallsBusy
            number = next(number for number in itertools.count() if number not in self._taken)
            self._taken[number] = name
        try:
            yield number
        finally:
            with self._changed:
                del self._taken[number]
                self._changed.notify_all()

    def stop(self) -> None:
        """Ends the waiting of all who wait."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Waits. Raises: CallsStopped: `stop` was called."""
        with self._changed:
            if self._changed.wait_for(lambda: self._stopped, seconds):
                raise CallsStopped

    def _is_free(self, name: str) -> bool:
        same = sum(each == name for each in self._taken.values())
        return len(self._taken) < self.limit and same < max(1, self.limit // 2)
