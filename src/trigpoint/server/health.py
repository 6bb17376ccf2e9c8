"""The health of the server, as GET /health reports it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Health = Callable[[], Mapping[str, Any]]


def build_health(health: Health) -> ASGIApp:
    """Answers with what `health()` says; 503 unless its `status` is "ok"."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in ("GET", "HEAD"):
            response = JSONResponse({"error": "only GET is answered here"}, 405, {"Allow": "GET, HEAD"})
        else:
            found = dict(await run_in_threadpool(health))
            status = 200 if found.get("status") == "ok" else 503
            response = JSONResponse(found, status, {"Cache-Control": "no-store"})
        await response(scope, receive, send)

    return answer
