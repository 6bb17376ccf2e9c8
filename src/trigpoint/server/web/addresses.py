"""The check of a visitor's address against the workforce's SourceIpConfig."""

from __future__ import annotations

from collections.abc import Callable

from cachetools import TTLCache
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.server.web.site import Site

REMEMBER_S = 5.0
REMEMBER_MAX = 10_000


class AddressCheck:
    """Refuses visitors from other addresses with an empty response: 204 for API calls, else 404."""

    def __init__(self, app: ASGIApp, site: Site, allowed: Callable[[str], bool]) -> None:
        self._app = app
        self._site = site
        self._allowed = allowed
        # Without the cache each request would ask the database.
        self._known: TTLCache[str, bool] = TTLCache(REMEMBER_MAX, REMEMBER_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not await self._is_allowed(_address(scope)):
            status = 204 if self._site.is_api(scope["path"]) else 404
            await Response(status_code=status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _is_allowed(self, address: str) -> bool:
        known = self._known.get(address)
        if known is None:
            known = self._known[address] = await run_in_threadpool(self._allowed, address)
        return known


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
