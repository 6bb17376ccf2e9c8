"""Limits on the size of a page's form and of an API call's body, and on the time that they take."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trigpoint.server.http import Disconnected, Incoming
from trigpoint.server.web.bodies import MAX_BODY_BYTES, MalformedRequest
from trigpoint.server.web.site import Site
from trigpoint.wire.errors import AwsError


class BodyLimits:
    """Raises MalformedRequest in the route that reads too long or too slow a body."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            receive = LimitedReceive(receive, self._limit_bytes(scope["path"]), _announced(scope))
        await self._app(scope, receive, send)

    def _limit_bytes(self, path: str) -> int:
        if self._site.is_api(path):
            return MAX_BODY_BYTES
        if self._site.is_upload(path):
            return self._site.most_upload_bytes(path)
        return self._site.max_form_bytes


class LimitedReceive:
    """ASGI's `receive` for a body of at most `limit_bytes`.

    Args:   announced_bytes: the Content-Length; 0 when there is none.
    """

    def __init__(self, receive: Receive, limit_bytes: int, announced_bytes: int) -> None:
        self._receive = receive
        self._incoming = Incoming(receive, expects_continue=False)
        self._limit_bytes = limit_bytes
        self._announced_bytes = announced_bytes
        self._size = 0

    async def __call__(self) -> Message:
        if self._incoming.complete:
            return await self._receive()
        if self._announced_bytes > self._limit_bytes:
            raise self._too_large()
        try:
            piece = await self._incoming.chunk()
        except Disconnected:
            return {"type": "http.disconnect"}
        except AwsError:
            raise MalformedRequest("the request arrived too slowly; try again", 408) from None
        self._size += len(piece)
        if self._size > self._limit_bytes:
            raise self._too_large()
        return {"type": "http.request", "body": piece, "more_body": not self._incoming.complete}

    def _too_large(self) -> MalformedRequest:
        return MalformedRequest(f"the request is larger than {self._limit_bytes >> 10} KiB", 413)


def _announced(scope: Scope) -> int:
    text = dict(scope["headers"]).get(b"content-length", b"0")
    return int(text) if text.isdigit() and len(text) < 19 else 0
