"""Calls of the requester's functions in a labeling job: retries, and failures as one sentence."""

from __future__ import annotations

import json
from typing import Any, Protocol

from trigpoint.functions.invoking import Invoker
from trigpoint.functions.model import MAX_PAYLOAD_BYTES, Function, Outcome
from trigpoint.functions.wanted import IsWanted, always
from trigpoint.labeling.functions.recipe import is_recipe

PAUSES_S = (1.0, 4.0)
"""Before the second and the third try, after a failure that may pass."""

PATIENCE_S = 20.0
"""So long a call waits for its turn, before the job's other work goes on."""

MAX_REASON_CHARACTERS = 800


class FunctionFailed(Exception):
    """The function gave no result that can be used. The message is for the requester."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message[:MAX_REASON_CHARACTERS]


class FindFunction(Protocol):
    """Finds functions by name."""

    def find(self, name: str) -> Function | None: ...


class FunctionCalls:
    """Calls functions for jobs. Thread-safe."""

    def __init__(self, functions: FindFunction, invoker: Invoker) -> None:
        self._functions = functions
        self._invoker = invoker

    def exists(self, name: str) -> bool:
        """Whether there is such a function, or it is one of the recipe's."""
        return is_recipe(name) or self._functions.find(name) is not None

    def is_recipe(self, name: str) -> bool:
        """Whether a built-in recipe does the work of the function."""
        return is_recipe(name) and self._functions.find(name) is None

    def call(self, step: str, name: str, event: dict[str, Any], is_wanted: IsWanted = always) -> Any:
        """What the function returns for the event; at most three tries.

        step:      "pre-annotation" or "post-annotation", for messages.
        is_wanted: asked while the call runs; when it returns False, the call is broken off.
        Raises: FunctionFailed. CallsBusy: it got no turn. CallsStopped: the server is shutting down. CallUnwanted.
        """
        content = json.dumps(event, separators=(",", ":")).encode()
        if len(content) > MAX_PAYLOAD_BYTES:
            raise FunctionFailed(
                f"the event for the {step} function {name!r} has {len(content)} bytes; "
                f"at most {MAX_PAYLOAD_BYTES} are allowed"
            )
        outcome = self._tried(step, name, content, is_wanted)
        if outcome.cause is not None:
            raise FunctionFailed(
                f"the {step} function {name!r} failed: {outcome.message}; "
                f"its log is in the log group /aws/lambda/{name}"
            )
        try:
            return json.loads(outcome.payload, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as problem:
            raise FunctionFailed(f"the {step} function {name!r} returned no JSON: {problem}") from None

    def _tried(self, step: str, name: str, event: bytes, is_wanted: IsWanted) -> Outcome:
        """The outcome of the last try."""
        for pause_s in (*PAUSES_S, None):
            function = self._functions.find(name)
            if function is None:
                raise FunctionFailed(f"the {step} function {name!r} does not exist; it may have been deleted")
            outcome = self._invoker.invoke(function, event, patience_s=PATIENCE_S, is_wanted=is_wanted)
            if outcome.cause is None or not outcome.cause.may_pass or pause_s is None:
                break
            self._invoker.pause(pause_s)
        return outcome


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
