"""Invoke: calls of functions through the API."""

from __future__ import annotations

import base64
import json
from typing import Any, ClassVar

from trigpoint.compute.bounded_calls import CallsBusy
from trigpoint.functions.invoking import Invoker
from trigpoint.functions.later import LaterCalls
from trigpoint.functions.model import MAX_EVENT_CALL_BYTES, MAX_PAYLOAD_BYTES
from trigpoint.functions.registry import Functions
from trigpoint.services.context import RequestContext
from trigpoint.services.coverage import Fields, IgnoredField, RefusedField, refuse_declared
from trigpoint.services.lambda_.fields import LATEST, QUALIFIER, Request, function_name
from trigpoint.wire.errors import AwsError

PATIENCE_S = 10.0


class InvocationOperations:
    """Translates between the wire and the calls of functions."""

    FIELDS: ClassVar[Fields] = {
        "Invoke": {
            "Qualifier": QUALIFIER,
            "ClientContext": IgnoredField("handlers see no client context"),
            "DurableExecutionName": RefusedField("durable functions are not served"),
            "TenantId": RefusedField("functions have no tenants"),
        }
    }

    def __init__(self, functions: Functions, invoker: Invoker, later: LaterCalls) -> None:
        self._functions = functions
        self._invoker = invoker
        self._later = later

    def invoke(self, ctx: RequestContext, request: Request) -> dict[str, Any]:
        refuse_declared(request, self.FIELDS["Invoke"])
        function = self._functions.get(function_name(request))
        how = request.get("InvocationType") or "RequestResponse"
        event = request.get("Payload") or b"{}"
        _check_event(event, MAX_EVENT_CALL_BYTES if how == "Event" else MAX_PAYLOAD_BYTES)
        if how == "DryRun":
            return {"StatusCode": 204}
        if how == "Event":
            self._later.accept(function.name, event)
            return {"StatusCode": 202}
        try:
            outcome = self._invoker.invoke(function, event, patience_s=PATIENCE_S, call_id=ctx.request_id)
        except CallsBusy as busy:
            raise AwsError("TooManyRequestsException", busy.message, 429) from busy
        reply: dict[str, Any] = {
            "StatusCode": 200,
            "Payload": outcome.payload,
            "ExecutedVersion": LATEST,
        }
        if outcome.cause is not None:
            reply["FunctionError"] = "Unhandled"
        if request.get("LogType") == "Tail":
            reply["LogResult"] = base64.b64encode(outcome.log_tail).decode()
        return reply


def _check_event(event: bytes, limit_bytes: int) -> None:
    """Raises: AwsError: the event is not JSON, or is too long."""
    if len(event) > limit_bytes:
        raise AwsError(
            "RequestTooLargeException",
            f"{len(event)} byte payload is too large for the Invoke operation (limit {limit_bytes} bytes)",
            413,
        )
    try:
        json.loads(event)
    except (ValueError, RecursionError) as problem:
        raise AwsError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: {problem}",
            400,
        ) from None
