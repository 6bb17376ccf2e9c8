"""An HTTP server that can end without losing a request: it answers those that have arrived, then closes.

A connection is fresh until its first request begins, busy while a request is read and answered, and idle between two
requests. When the server ends, it closes idle connections at once, waits a moment for the requests of fresh ones, and
waits for busy ones until they are done. The runner that asked for the end kills a server that takes too long.

A connection can be lost if it arrives between the last look at the queue and its closing. It ends before any part of a
reply was sent, so its client may send the request to another server.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

FIRST_REQUEST_S = 1.0
"""How long an ending server waits for the first request of a new connection."""

_State = Literal["fresh", "busy", "idle"]


class DrainingServer(ThreadingHTTPServer):
    """An HTTP server with one thread per connection, whose handlers are `DrainingHandler`s."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], handler: type[DrainingHandler], *, bind: bool = True
    ) -> None:
        super().__init__(address, handler, bind_and_activate=bind)
        self.draining = False
        self._connections: dict[Any, _State] = {}
        self._changed = threading.Condition()

    def drain(self) -> None:
        """Accepts no more connections and returns when all requests are answered. Call it after `serve_forever`."""
        self._accept_queued()
        self.socket.close()
        with self._changed:
            self.draining = True
            self._hang_up("idle")
            self._changed.wait_for(lambda: "fresh" not in self._connections.values(), FIRST_REQUEST_S)
            self._hang_up("fresh")
            self._changed.wait_for(lambda: not self._connections)

    def enters(self, connection: socket.socket, state: _State) -> bool:
        """Notes the state of a connection; False when it must end before its next request."""
        with self._changed:
            self._connections[connection] = state
            self._changed.notify_all()
            return not self.draining

    def process_request(self, request: Any, client_address: Any) -> None:
        self.enters(request, "fresh")
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.pop(request, None)
            self._changed.notify_all()

    def _accept_queued(self) -> None:
        """Accepts the connections that wait in the system's queue."""
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, address = self.get_request()
                connection.setblocking(True)
                self.process_request(connection, address)

    def _hang_up(self, state: _State) -> None:
        for connection, found in self._connections.items():
            if found == state:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)  # its thread reads the end


class DrainingHandler(BaseHTTPRequestHandler):
    """A handler of a `DrainingServer`'s requests."""

    server: DrainingServer

    def parse_request(self) -> bool:
        self.server.enters(self.connection, "busy")
        return super().parse_request()

    def handle_one_request(self) -> None:
        super().handle_one_request()
        if not self.server.enters(self.connection, "idle"):
            self.close_connection = True

    def end_headers(self) -> None:
        if self.server.draining:
            self.send_header("Connection", "close")
        super().end_headers()

    def caller_has_left(self) -> bool:
        """Whether the client has closed the connection and so no longer waits for the reply."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0)) and not self.connection.recv(1, socket.MSG_PEEK)
