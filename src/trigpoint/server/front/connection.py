"""A new connection's protocol, recognised by its first bytes: TLS, CONNECT or plain HTTP.

A first byte of 0x16 begins TLS, `CONNECT ` asks a proxy for a tunnel, everything else is HTTP. A plain HTTP connection
is handed to the HTTP protocol together with the bytes that were read, and costs nothing more from then on.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from trigpoint.core.errors import TrigpointError
from trigpoint.server.front import limits
from trigpoint.server.front.admission import Admission, Place
from trigpoint.server.front.head_limits import FULL, Refusal, refusal_bytes
from trigpoint.server.front.hello import is_whole
from trigpoint.server.front.http_connection import HttpConnection
from trigpoint.server.front.late_tls import start_tls
from trigpoint.server.front.tls import ServerContexts
from trigpoint.server.front.tunnel import (
    ESTABLISHED,
    METHOD,
    NoTunnel,
    check_destination,
    split_head,
)

log = logging.getLogger(__name__)

TLS_HANDSHAKE = 0x16
NOT_TLS = Refusal("400 Bad Request", "Inside a tunnel to an https port only TLS is spoken.")


class FrontConnection(asyncio.Protocol):
    """One accepted connection until its protocol is known.

    Uvicorn creates it in place of its own HTTP protocol, which this class creates once HTTP begins.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        contexts: ServerContexts,
        admission: Admission,
    ) -> None:
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._contexts = contexts
        self._admission = admission
        self._place: Place | None = None  # until connection_made
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)  # until connection_made
        self._early = bytearray()
        self._in_tunnel = False
        self._handshake: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._http: HttpConnection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        address = (transport.get_extra_info("peername") or ("",))[0]
        self._place = self._admission.admit(address, self._transport.abort)
        if self._place is None:
            self._refuse(FULL)
            return
        self._connections.add(self)
        self._wait_at_most(limits.FIRST_BYTE_LIMIT_S)

    def data_received(self, data: bytes) -> None:
        if self._place is None:
            return  # refused, and closing
        if self._early or self._handshake is not None or self._in_tunnel:
            self._early += data
            data = bytes(self._early)
        if self._handshake is None:
            self._go_on(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        if self._place is not None:
            self._place.leave()
        if self._handshake is not None:
            self._handshake.cancel()
        if self._http is not None:
            # asyncio's TLS had scheduled this call before its protocol was changed to the HTTP one.
            self._http.connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops."""
        self._transport.close()

    def abort(self) -> None:
        """Closes the connection at once."""
        self._transport.abort()

    def _go_on(self, data: bytes) -> None:
        if data[0] == TLS_HANDSHAKE:
            self._begin_tls(data)
        elif self._in_tunnel:
            self._refuse(NOT_TLS)
        elif data.startswith(METHOD):
            self._answer_connect(data)
        elif METHOD.startswith(data):
            self._wait_for_more(data, limits.HEAD_LIMIT_S)  # C, CO, CON, ...
        else:
            self._serve_http(self._transport, data)

    def _answer_connect(self, data: bytes) -> None:
        try:
            found = split_head(data)
            if found is None:
                self._wait_for_more(data, limits.HEAD_LIMIT_S)
                return
            head, rest = found
            check_destination(head)
        except NoTunnel as problem:
            log.info("front.tunnel_refused status=%r message=%r", problem.status, problem.message)
            self._refuse(Refusal(problem.status, problem.message))
            return
        self._in_tunnel = True
        self._transport.write(ESTABLISHED)
        self._early[:] = rest
        self._wait_at_most(limits.HEAD_LIMIT_S)
        if rest:
            self._go_on(rest)

    def _begin_tls(self, hello: bytes) -> None:
        if not is_whole(hello):
            self._wait_for_more(hello, limits.HANDSHAKE_LIMIT_S)
            return
        self._early.clear()
        self._stop_timer()
        self._transport.pause_reading()  # TLS reads what comes next; start_tls resumes reading
        self._handshake = self._loop.create_task(self._serve_tls(hello))

    async def _serve_tls(self, hello: bytes) -> None:
        """Does the handshake and serves HTTP inside; an error of the peer ends only this connection."""
        plain = self._transport
        try:
            context = await self._contexts.for_client(self._contexts.names.name_in(hello))
            secure = await start_tls(plain, self, context, hello)
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

    def _serve_http(self, transport: asyncio.Transport, data: bytes) -> None:
        self._leave()
        assert self._place is not None, "only an admitted connection is served"
        self._http = http = HttpConnection(
            self._config, self._server_state, self._app_state, self._loop, self._place
        )
        http.connection_made(transport)
        transport.set_protocol(http)
        if data:
            http.data_received(data)

    def _refuse(self, refusal: Refusal) -> None:
        self._stop_timer()
        self._transport.write(refusal_bytes(refusal))
        self._transport.close()

    def _leave(self) -> None:
        self._stop_timer()
        self._connections.discard(self)

    def _wait_for_more(self, data: bytes, limit_s: float) -> None:
        """Keeps the beginning of a head or handshake. Its time begins with its first piece."""
        if not self._early:
            self._wait_at_most(limit_s)
        self._early[:] = data

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
