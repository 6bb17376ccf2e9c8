"""Who may talk to the portal at all, and what may its pages do: addresses, origins, security headers."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
FRAME_POLICY = "sandbox allow-scripts allow-forms; frame-ancestors 'self'"


class SecurityHeaders:
    """Adds to each response what keeps browsers strict; a response may bring its own policy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_strict if scope["type"] == "http" else send)


class AddressGuard:
    """Refuses visitors from outside the workforce's SourceIpConfig: 204 for data calls, else 404, empty.

    What an address may is remembered for some seconds, so that not every request asks the database.
    """

    REMEMBER_S = 5.0
    REMEMBER_MAX = 10_000

    def __init__(self, app: ASGIApp, allowed: Callable[[str], bool]) -> None:
        self._app = app
        self._allowed = allowed
        self._known: dict[str, tuple[float, bool]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not await self._may_enter(_address(scope)):
            status = 204 if scope["path"].startswith("/portal/api/") else 404
            await Response(status_code=status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _may_enter(self, address: str) -> bool:
        now = time.monotonic()
        known = self._known.get(address)
        if known is None or known[0] < now:
            if len(self._known) >= self.REMEMBER_MAX:
                self._known.clear()
            known = (now + self.REMEMBER_S, await run_in_threadpool(self._allowed, address))
            self._known[address] = known
        return known[1]


class OriginGuard:
    """Refuses what another site's page tries to change through a visitor's browser (CSRF).

    Browsers say where a change comes from; scripts say nothing and carry no cookie that they were not given.
    """

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self._app = app
        self._our_host = urlsplit(base_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD") and not self._is_ours(scope):
            await _refusal(scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        return urlsplit(origin).netloc in (headers.get("host"), self._our_host)


def _refusal(scope: Scope) -> Response:
    message = "this request comes from a page of another site; open the portal itself and try again"
    if scope["path"].startswith("/portal/api/"):
        return JSONResponse({"error": {"code": "ForeignOrigin", "message": message}}, 403)
    return PlainTextResponse(message, 403)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
