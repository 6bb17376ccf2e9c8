"""A request's turn to use a thread. While its client sends nothing, another request may go first."""

from __future__ import annotations

import asyncio

from anyio import CapacityLimiter

from trigpoint.server.loop_step import LoopStep
from trigpoint.wire.errors import AwsError

MAX_ASIDE = 128  # threads that wait for clients which began fast and then stalled


class Turns:
    """The turns of one kind of request.

    Args:   threads: how many requests may work at a time. Up to MAX_ASIDE more threads wait for stalled clients.
    """

    def __init__(self, threads: int) -> None:
        self.limiter = CapacityLimiter(threads)
        self.aside = 0


class Turn:
    """`async with` waits for the turn. `step_aside` and `go_on` are called by the thread of the request."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._loop = asyncio.get_running_loop()
        self._is_aside = False

    async def __aenter__(self) -> Turn:
        await self._turns.limiter.acquire_on_behalf_of(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._is_aside:
            self._turns.aside -= 1
        else:
            self._turns.limiter.release_on_behalf_of(self)

    def step_aside(self) -> None:
        """Gives the turn to another request.

        Raises: BrokenOff. AwsError(RequestTimeout): too many requests have done so.
        """
        LoopStep(self._step_aside(), self._loop).result()

    def go_on(self) -> None:
        """Waits for the turn again.

        Raises: BrokenOff.
        """
        LoopStep(self._go_on(), self._loop).result()

    async def _step_aside(self) -> None:
        if self._turns.aside >= MAX_ASIDE:
            raise AwsError(
                "RequestTimeout",
                "Your socket connection to the server was not read from or written to within the timeout period. "
                f"The server waits for {MAX_ASIDE} other clients that have stalled. Try again.",
                400,
            )
        self._is_aside = True
        self._turns.aside += 1
        self._turns.limiter.release_on_behalf_of(self)

    async def _go_on(self) -> None:
        await self._turns.limiter.acquire_on_behalf_of(self)
        self._is_aside = False
        self._turns.aside -= 1
