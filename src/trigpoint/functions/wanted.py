"""Calls that are broken off because what they were for has ended, such as a labeling job that was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable

from trigpoint.compute.bounded_calls import CallsStopped

LOOK_S = 1.0
"""How often a running call asks whether it is still wanted."""

IsWanted = Callable[[], bool]


class CallUnwanted(CallsStopped):
    """Nobody waits for the result of the call any more, so it was broken off."""


def always() -> bool:
    """The call is wanted until it ends."""
    return True


class Look:
    """Asks now and then whether a call is still wanted."""

    def __init__(self, is_wanted: IsWanted) -> None:
        self._is_wanted = is_wanted
        self._next_s = 0.0

    def check(self) -> None:
        """Raises: CallUnwanted."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + LOOK_S
        if not self._is_wanted():
            raise CallUnwanted
