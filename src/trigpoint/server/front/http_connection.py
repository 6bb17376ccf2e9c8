"""Uvicorn's HTTP protocol with a limit on the time that a request's head may take.

The only place that depends on uvicorn's protocol class: it overrides `connection_made`, `connection_lost`,
`on_message_begin` and `on_headers_complete`, and can go when uvicorn has a limit of its own.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from trigpoint.server.front import limits


class HttpConnection(HttpToolsProtocol):
    """An HTTP connection that is dropped when a head is incomplete for one to two HEAD_LIMIT_S."""

    # One timer per connection checks the age of an incomplete head now and then. One timer per request would make
    # small requests a sixth slower.
    _head_begun_at_s: float | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_begun_at_s = self.loop.time()
        self._watch = self.loop.call_later(limits.HEAD_LIMIT_S, self._check_head)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._head_begun_at_s = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_begun_at_s = None
        super().on_headers_complete()

    def _check_head(self) -> None:
        begun = self._head_begun_at_s
        if begun is not None and self.loop.time() - begun >= limits.HEAD_LIMIT_S:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(limits.HEAD_LIMIT_S, self._check_head)
