"""What does a new connection speak: told by its first bytes, then handed to whoever serves it.

A first byte of 0x16 begins TLS, `CONNECT ` asks a proxy for a tunnel, all else is HTTP. Plain HTTP is handed
to the HTTP protocol with the bytes that were read, in the same call, and costs nothing from then on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from trigpoint.core.errors import TrigpointError
from trigpoint.server.front.tls import ServerContexts
from trigpoint.server.front.tunnel import (
    ESTABLISHED,
    METHOD,
    NoTunnel,
    check_destination,
    refusal_bytes,
    split_head,
)

log = logging.getLogger(__name__)

TLS_HANDSHAKE = 0x16
FIRST_BYTE_LIMIT_S = 60.0  # browsers and pools open connections ahead of need
HEAD_LIMIT_S = 30.0
HANDSHAKE_LIMIT_S = 10.0
TLS_CLOSE_LIMIT_S = 5.0


class FrontConnection(asyncio.Protocol):
    """One accepted connection until it is known what it speaks.

    Takes the place of uvicorn's HTTP protocol class and makes one of those once HTTP begins.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        contexts: ServerContexts,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._contexts = contexts
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)  # until connection_made
        self._early = bytearray()
        self._in_tunnel = False
        self._handshake: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._http: _HttpConnection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)
        self._wait_at_most(FIRST_BYTE_LIMIT_S)

    def data_received(self, data: bytes) -> None:
        if self._early or self._handshake is not None or self._in_tunnel:
            self._early += data
            data = bytes(self._early)
        if self._handshake is None:
            self._go_on(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._handshake is not None:
            self._handshake.cancel()
        if self._http is not None:
            self._http.connection_lost(exc)  # asyncio's TLS had this call under way when it was handed over

    def shutdown(self) -> None:
        """The server stops."""
        self._transport.close()

    def _go_on(self, data: bytes) -> None:
        if data[0] == TLS_HANDSHAKE:
            self._begin_tls(data)
        elif self._in_tunnel:
            self._refuse("400 Bad Request", "Inside a tunnel to an https port only TLS is spoken.")
        elif data.startswith(METHOD):
            self._answer_connect(data)
        elif METHOD.startswith(data):
            self._early[:] = data  # C, CO, CON, ...: the rest of the word is on its way
            self._wait_at_most(HEAD_LIMIT_S)
        else:
            self._serve_http(self._transport, data)

    def _answer_connect(self, data: bytes) -> None:
        try:
            found = split_head(data)
            if found is None:
                self._early[:] = data
                self._wait_at_most(HEAD_LIMIT_S)
                return
            head, rest = found
            check_destination(head)
        except NoTunnel as problem:
            log.info("front.tunnel_refused status=%r message=%r", problem.status, problem.message)
            self._refuse(problem.status, problem.message)
            return
        self._in_tunnel = True
        self._transport.write(ESTABLISHED)
        self._early[:] = rest
        self._wait_at_most(HEAD_LIMIT_S)
        if rest:
            self._go_on(rest)

    def _begin_tls(self, hello: bytes) -> None:
        self._early.clear()
        self._stop_timer()
        self._transport.pause_reading()  # what comes next is TLS's, not ours; start_tls goes on reading
        self._handshake = self._loop.create_task(self._serve_tls(hello))

    async def _serve_tls(self, hello: bytes) -> None:
        """Shakes hands and serves HTTP inside; whatever goes wrong with the peer ends the connection alone."""
        plain = self._transport
        try:
            secure = await self._secured(plain, hello)
        except (OSError, asyncio.CancelledError) as problem:  # ssl.SSLError is an OSError
            log.info("front.no_handshake problem=%s", problem)
        except TrigpointError as problem:
            log.error("front.no_certificate problem=%s", problem.message)
        else:
            self._handshake = None
            self._serve_http(secure, bytes(self._early))
            return
        self._handshake = None
        self._leave()
        plain.abort()

    async def _secured(self, plain: asyncio.Transport, hello: bytes) -> asyncio.Transport:
        """The transport inside TLS, once both sides have shaken hands.

        The first bytes of the hello were read here, so they are handed to asyncio's TLS protocol by its
        own interface as a buffered protocol, after it has begun and before it reads more itself.
        """
        context = self._contexts.entry()
        begun = asyncio.ensure_future(
            self._loop.start_tls(
                plain,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_LIMIT_S,
                ssl_shutdown_timeout=TLS_CLOSE_LIMIT_S,
            )
        )
        try:
            await asyncio.sleep(0)  # start_tls has put its protocol in our place ...
            await asyncio.sleep(0)  # ... which has been connected
            tls = plain.get_protocol()
            assert isinstance(tls, asyncio.BufferedProtocol), "start_tls did not install its protocol"
            _feed(tls, hello)
            secure = await begun
        except BaseException:
            begun.cancel()
            raise
        if secure is None:
            raise ConnectionResetError("the peer left during the handshake")
        return secure

    def _serve_http(self, transport: asyncio.Transport, data: bytes) -> None:
        self._leave()
        self._http = http = _HttpConnection(self._config, self._server_state, self._app_state, self._loop)
        http.connection_made(transport)
        transport.set_protocol(http)
        if data:
            http.data_received(data)

    def _refuse(self, status: str, message: str) -> None:
        self._stop_timer()
        self._transport.write(refusal_bytes(status, message))
        self._transport.close()

    def _leave(self) -> None:
        self._stop_timer()
        self._connections.discard(self)

    def _wait_at_most(self, limit_s: float) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(limit_s, self._transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _connections(self) -> set[Any]:
        return cast(set[Any], self._server_state.connections)


class _HttpConnection(HttpToolsProtocol):
    """Uvicorn's HTTP protocol, which by itself waits for ever for a request's head to become complete.

    One timer a connection looks now and then how old an incomplete head is; one a request would make small
    requests a sixth slower. So a peer is dropped after one to two HEAD_LIMIT_S.
    """

    _head_begun_at_s: float | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_begun_at_s = self.loop.time()
        self._watch = self.loop.call_later(HEAD_LIMIT_S, self._check_head)

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
        if begun is not None and self.loop.time() - begun >= HEAD_LIMIT_S:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(HEAD_LIMIT_S, self._check_head)


def _feed(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        taken = min(len(buffer), len(data))
        buffer[:taken] = data[:taken]
        protocol.buffer_updated(taken)
        data = data[taken:]
