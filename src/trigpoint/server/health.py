"""The health of the server: GET /health says whether it can work, GET /health/live whether it runs.

Anyone may ask. A reason is in words, without paths or secrets. However many ask, each check runs at most once at a time
and once in `KNOWN_S`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from anyio import CapacityLimiter, move_on_after, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.outage import outage_of

CHECK_S = 3.0
KNOWN_S = 2.0
OK = "ok"

Check = Callable[[], None]
"""Raises when something that the server needs does not work. Called in a thread."""
Health = Callable[[], Awaitable[Mapping[str, Any]]]

log = logging.getLogger(__name__)


class Readiness:
    """The report on all checks, at most `KNOWN_S` old."""

    def __init__(
        self, checks: Mapping[str, Check], *, check_s: float = CHECK_S, known_s: float = KNOWN_S
    ) -> None:
        self._checks = checks
        self._check_s, self._known_s = check_s, known_s
        self._busy: set[str] = set()
        self._running: asyncio.Task[Mapping[str, Any]] | None = None
        self._known: tuple[float, Mapping[str, Any]] | None = None

    async def __call__(self) -> Mapping[str, Any]:
        """`status` is "ok" or "unavailable"; `checks` has "ok" or the reason for each of them."""
        if self._known is not None and time.monotonic() - self._known[0] < self._known_s:
            return self._known[1]
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._run())
        return await asyncio.shield(self._running)

    async def _run(self) -> Mapping[str, Any]:
        limiter = CapacityLimiter(len(self._checks))
        found = await asyncio.gather(*(self._result(name, limiter) for name in self._checks))
        checks = dict(zip(self._checks, found, strict=True))
        status = OK if all(result == OK for result in found) else "unavailable"
        report = {"status": status, "checks": checks}
        self._known = (time.monotonic(), report)
        return report

    async def _result(self, name: str, limiter: CapacityLimiter) -> str:
        if name not in self._busy:  # the thread of an earlier check may still hang
            with move_on_after(self._check_s):
                return await to_thread.run_sync(self._reason, name, limiter=limiter, abandon_on_cancel=True)
        return f"did not answer within {self._check_s:g} s"

    def _reason(self, name: str) -> str:
        self._busy.add(name)
        try:
            self._checks[name]()
            return OK
        except Exception as problem:
            log.exception("health.failed check=%s", name)
            outage = outage_of(problem)
            return outage.message if outage else "failed; the server's log has the reason"
        finally:
            self._busy.discard(name)


def build_health(ready: Health) -> ASGIApp:
    """Answers /health with what `ready` reports, 503 unless its `status` is "ok"; and /health/live with 200."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in ("GET", "HEAD"):
            response = JSONResponse({"error": "only GET is answered here"}, 405, {"Allow": "GET, HEAD"})
        else:
            found = {"status": OK} if request.url.path == "/health/live" else dict(await ready())
            status = 200 if found.get("status") == OK else 503
            response = JSONResponse(found, status, {"Cache-Control": "no-store"})
        await response(scope, receive, send)

    return answer
