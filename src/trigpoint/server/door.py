"""HTTP of the door: POST /door/<operation> with the token of a job, JSON in, JSON out."""

from __future__ import annotations

import logging
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.errors import Denied, NotFound, TrigpointError
from trigpoint.core.outage import outage_of
from trigpoint.door.client import PREFIX
from trigpoint.door.desk import Desk
from trigpoint.objects.errors import RemoteUnavailable

BODY_LIMIT_BYTES = 8 << 20
THREADS = 32

log = logging.getLogger(__name__)


def build_door(desk: Desk) -> ASGIApp:
    """Answers instances with what the desk says; its errors with their names and messages."""
    limiter = CapacityLimiter(THREADS)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        operation = request.url.path.removeprefix(PREFIX).strip("/")
        if request.method != "POST":
            reply = _reply(405, "Invalid", "only POST is answered here")
        elif (body := await _received(request)) is None:
            reply = _reply(413, "Invalid", f"the request has more than {BODY_LIMIT_BYTES} bytes")
        else:
            status, content = await to_thread.run_sync(
                _answered, desk, token, operation, body, limiter=limiter
            )
            reply = JSONResponse(content, status)
        await reply(scope, receive, send)

    return answer


async def _received(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return None
    return body


def _answered(desk: Desk, token: str, operation: str, body: bytes) -> tuple[int, Any]:
    try:
        return 200, desk.answer(token, operation, body)
    except TrigpointError as error:
        log.info("door.refused operation=%s error=%s", operation[:40], type(error).__name__)
        return _status(error), {"error": _kind(error), "message": error.message}
    except Exception as problem:
        log.exception("door.failed operation=%s", operation[:40])
        outage = outage_of(problem)
        message = outage.message if outage else "the request failed because of an error inside Trigpoint"
        return 503 if outage else 500, {"error": "Invalid", "message": message}


def _reply(status: int, error: str, message: str) -> JSONResponse:
    return JSONResponse({"error": error, "message": message}, status)


def _status(error: TrigpointError) -> int:
    if isinstance(error, RemoteUnavailable):
        return 502
    return 403 if isinstance(error, Denied) else 404 if isinstance(error, NotFound) else 400


def _kind(error: TrigpointError) -> str:
    """The name under which the client raises the error."""
    names = [kind.__name__ for kind in type(error).__mro__]
    known = ("NoSuchBucket", "NoSuchKey", "RemoteUnavailable", "NotFound", "Denied")
    return next((name for name in known if name in names), "Invalid")
