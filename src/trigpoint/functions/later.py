"""Calls that were accepted and are made later: they survive a restart, and are tried again when they fail."""

from __future__ import annotations

import logging

from trigpoint.compute.bounded_calls import CallsBusy, CallsStopped
from trigpoint.core.clock import Clock
from trigpoint.core.errors import LimitExceeded
from trigpoint.core.ids import request_id
from trigpoint.db import Database
from trigpoint.functions import store
from trigpoint.functions.invoking import Invoker
from trigpoint.functions.registry import Functions
from trigpoint.reconcile import Queue

KIND = "function-call"
MAX_WAITING = 10_000
PAUSES_S = (60.0, 120.0)
"""Before the second and the third attempt. Source: AWS Lambda, asynchronous invocation."""

PATIENCE_S = 5.0
BUSY_RETRY_S = 5.0

log = logging.getLogger(__name__)


class LaterCalls:
    """The calls that wait. The reconcile loop makes them."""

    def __init__(
        self, database: Database, functions: Functions, invoker: Invoker, queue: Queue, clock: Clock
    ) -> None:
        self._database = database
        self._functions = functions
        self._invoker = invoker
        self._queue = queue
        self._clock = clock

    def accept(self, function_name: str, event: bytes) -> str:
        """Keeps the call; its request id.

        Raises: LimitExceeded: too many calls wait.
        """
        call = store.LaterCall(request_id(), function_name, event, 0, self._clock.now())
        with self._database.write() as connection:
            if store.count_calls(connection) >= MAX_WAITING:
                raise LimitExceeded(f"{MAX_WAITING} calls wait already; try again later")
            store.add_call(connection, call)
            self._queue.enqueue(connection, KIND, call.id)
        self._queue.poke()
        return call.id

    def reconcile(self, call_id: str) -> float | None:
        """Makes the call. Returns the seconds until it is tried again, None when it is done."""
        with self._database.read() as connection:
            call = store.find_call(connection, call_id)
        function = None if call is None else self._functions.find(call.function_name)
        if call is None or function is None:
            return None  # the function was deleted, and its calls with it
        try:
            outcome = self._invoker.invoke(function, call.event, patience_s=PATIENCE_S, call_id=call.id)
        except CallsBusy:
            return BUSY_RETRY_S
        except CallsStopped:
            return 0.0
        if outcome.cause is not None:
            log.info("function_call_failed function=%s reason=%s", function.name, outcome.message)
            if call.attempts < len(PAUSES_S):
                with self._database.write() as connection:
                    store.count_attempt(connection, call.id)
                return PAUSES_S[call.attempts]
        with self._database.write() as connection:
            store.remove_call(connection, call.id)
        return None
