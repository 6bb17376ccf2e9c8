"""The queue of sign-ins: checking a password takes much time and memory, so only a few run at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from trigpoint.core.networks import network_of
from trigpoint.workforce.throttle import SignInThrottled

THREADS = 4
MAX_WAITING = 128
MAX_WAITING_PER_ADDRESS = 64
RETRY_AFTER_S = 5.0

T = TypeVar("T")


class SignInQueue:
    """Runs password checks in threads of their own, so that a flood of them delays no other request."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(THREADS)
        self._waiting: Counter[str] = Counter()

    async def run(self, address: str, check: Callable[[], T]) -> T:
        """The result of `check`, from a worker thread.

        Raises: SignInThrottled: too many others wait, in all or from the same address.
        """
        network = network_of(address)
        if self._waiting.total() >= MAX_WAITING or self._waiting[network] >= MAX_WAITING_PER_ADDRESS:
            raise SignInThrottled(RETRY_AFTER_S)
        self._waiting[network] += 1
        try:
            return await to_thread.run_sync(check, limiter=self._limiter)
        finally:
            self._waiting[network] -= 1
            if not self._waiting[network]:
                del self._waiting[network]
