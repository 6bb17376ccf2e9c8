"""A step in the event loop that a worker thread waits for. It never waits for a loop that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import CancelledError, wait
from typing import Any, Generic, TypeVar

from trigpoint.server.http import BrokenOff

T = TypeVar("T")

LOOK_S = 1.0  # a loop that was closed answers nobody, so the thread looks for that now and then


class LoopStep(Generic[T]):
    """Begins a coroutine in the loop.

    Raises: BrokenOff: the loop is closed, because the server stops.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> None:
        self._coroutine = coroutine
        self._loop = loop
        try:
            self._future = asyncio.run_coroutine_threadsafe(coroutine, loop)
        except RuntimeError:
            coroutine.close()
            raise BrokenOff from None

    def is_done(self, within_s: float) -> bool:
        """Whether it ends in this time."""
        return bool(wait([self._future], within_s).done)

    def result(self) -> T:
        """Its result, once it has ended.

        Raises: BrokenOff: the server stops.
        """
        while not self.is_done(LOOK_S):
            if self._loop.is_closed():
                self._coroutine.close()
                raise BrokenOff
        try:
            return self._future.result()
        except CancelledError:
            raise BrokenOff from None

    def cancel(self) -> None:
        """Ends it early."""
        self._future.cancel()
