"""Uvicorn's HTTP protocol with limits on what a peer may send and on the time that it may take.

The only place that depends on uvicorn's protocol class: it overrides the callbacks of asyncio and of the parser, and
can go when uvicorn has such limits of its own.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from trigpoint.server.front import limits
from trigpoint.server.front.admission import Place
from trigpoint.server.front.head_limits import (
    BAD_REQUEST,
    LONG_HEAD,
    LONG_URL,
    Refusal,
    broken_limit,
    refusal_bytes,
)

_SLICE_BYTES = 64 << 10  # what the parser gets at once, so that a limit is noticed in time


class _Refused(Exception):
    """Raised inside a callback of the parser, which then stops."""


class HttpConnection(HttpToolsProtocol):
    """An HTTP connection whose peer cannot use up memory, and that is closed when the peer is too slow.

    Args:   place: reports to the admission whether a request is in progress.
    """

    # One timer per connection checks the age of an incomplete head now and then. One timer per request would make
    # small requests a sixth slower.
    _head_begun_at_s: float | None = None
    _watch: asyncio.TimerHandle | None = None
    _refusal: Refusal | None = None
    _is_refused = False
    _progressed = False
    _silent_bytes = 0  # received since the last progress: a head's beginning, a head's end, a piece of a body
    _discarded_bytes = 0
    _in_body = False
    _stalled_at: tuple[float, int] | None = None  # since when, with how many bytes in the write buffer

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        loop: asyncio.AbstractEventLoop | None,
        place: Place,
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._place = place

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_begun_at_s = self.loop.time()
        self._watch = self.loop.call_later(limits.HEAD_LIMIT_S, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._place.leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if len(data) <= _SLICE_BYTES:
            self._feed(data)
            return
        for start in range(0, len(data), _SLICE_BYTES):
            self._feed(data[start : start + _SLICE_BYTES])

    def _feed(self, piece: bytes) -> None:
        if self._is_refused:
            self._discard(piece)
            return
        self._progressed = False
        try:
            self._parse(piece)
        except httptools.HttpParserError:
            self._refuse(self._refusal or BAD_REQUEST)
            return
        self._silent_bytes = 0 if self._progressed else self._silent_bytes + len(piece)
        if self._silent_bytes > limits.MAX_HEAD_BYTES:
            self._refuse(LONG_HEAD)

    def _parse(self, piece: bytes) -> None:
        while True:
            try:
                self.parser.feed_data(piece)
                return
            except httptools.HttpParserUpgrade as upgrade:
                # No upgrade is served, so the next request follows, as RFC 9110 allows.
                piece = piece[upgrade.args[0] :]
                if not piece:
                    return

    def abort(self) -> None:
        """Closes the connection at once, whatever has not been sent."""
        self.transport.abort()

    # callbacks of the parser

    def on_message_begin(self) -> None:
        self._progressed = True
        self._head_begun_at_s = self.loop.time()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > limits.MAX_URL_BYTES:
            self._stop(LONG_URL)

    def on_headers_complete(self) -> None:
        self._progressed = True
        self._head_begun_at_s = None
        self._in_body = True
        refusal = broken_limit(self.url, self.headers)
        if refusal is not None:
            self._stop(refusal)
        if len(self.pipeline) >= limits.MAX_PIPELINED:
            self._stop(BAD_REQUEST)
        self._place.works()
        super().on_headers_complete()
        self.headers = []  # trailers of a chunked body come here; the application has the list of the head

    def on_body(self, body: bytes) -> None:
        self._progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:
            self._place.waits()
            if self._in_body:
                self.loop.call_later(limits.UNREAD_BODY_LIMIT_S, self._end_unread_body, self.cycle)

    def _stop(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise _Refused

    # refusals

    def _refuse(self, refusal: Refusal) -> None:
        self._is_refused = True
        if self._is_answering():
            self.transport.abort()  # another answer would end in the middle of the one that is being sent
            return
        self._drop_request()
        self.transport.write(refusal_bytes(refusal))
        if self.transport.can_write_eof():
            # A connection that is closed with unread input is reset, and the client never sees the answer.
            self.transport.write_eof()
            self.loop.call_later(limits.LINGER_LIMIT_S, self.transport.abort)
        else:
            self.transport.close()

    def _drop_request(self) -> None:
        """Makes the request look abandoned to the application, whose answer cannot follow the refusal."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _is_answering(self) -> bool:
        return bool(self.pipeline) or (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )

    def _discard(self, piece: bytes) -> None:
        self._discarded_bytes += len(piece)
        if self._discarded_bytes > limits.MAX_LINGER_BYTES:
            self.transport.abort()

    # time

    def _check(self) -> None:
        now_s = self.loop.time()
        if self._head_is_late(now_s) or self._reader_is_stalled(now_s):
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(limits.HEAD_LIMIT_S, self._check)

    def _head_is_late(self, now_s: float) -> bool:
        begun = self._head_begun_at_s
        return begun is not None and now_s - begun >= limits.HEAD_LIMIT_S

    def _end_unread_body(self, cycle: RequestResponseCycle) -> None:
        if self.cycle is cycle and self._in_body:
            self.transport.abort()

    def _reader_is_stalled(self, now_s: float) -> bool:
        """Whether the peer has read nothing for the longest time allowed. Before, it makes room for others."""
        waiting = self.transport.get_write_buffer_size() if self.flow.write_paused else 0
        if not waiting:
            self._stalled_at = None
        elif self._stalled_at is None or self._stalled_at[1] != waiting:
            self._stalled_at = now_s, waiting
        else:
            self._place.waits()
            return now_s - self._stalled_at[0] >= limits.STALLED_READER_LIMIT_S
        return False

    def resume_writing(self) -> None:
        if self._stalled_at is not None:
            self._stalled_at = None
            self._place.works()
        super().resume_writing()
