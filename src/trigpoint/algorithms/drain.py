"""How does a model server end without losing a request? It answers those that have reached it, then closes.

A connection is fresh until its first request begins, busy while one is read and answered, idle between two. Who
ends the server closes idle ones at once, waits a moment for the requests of fresh ones, and for busy ones as long as
they take: the runner that asked for the end kills what takes too long.

What can be lost is a connection that arrives between the last look at the queue and its closing. It ends before
anything of an answer was sent, so whoever made it may send the request elsewhere.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

FIRST_REQUEST_S = 1.0
"""How long an ending server waits for the request of a connection that has just been made."""

_State = Literal["fresh", "busy", "idle"]


class DrainingServer(ThreadingHTTPServer):
    """An HTTP server, a thread a connection, whose handlers are `DrainingHandler`s."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[DrainingHandler]) -> None:
        super().__init__(address, handler)
        self.draining = False
        self._connections: dict[Any, _State] = {}
        self._changed = threading.Condition()

    def drain(self) -> None:
        """Takes no more connections and returns when all requests are answered; after `serve_forever` only."""
        self._accept_queued()
        self.socket.close()
        with self._changed:
            self.draining = True
            self._hang_up("idle")
            self._changed.wait_for(lambda: "fresh" not in self._connections.values(), FIRST_REQUEST_S)
            self._hang_up("fresh")
            self._changed.wait_for(lambda: not self._connections)

    def enters(self, connection: socket.socket, state: _State) -> bool:
        """Notes what a connection does; False when it shall end before its next request."""
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
        """Takes the connections that the system has made and nobody has looked at yet."""
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
        """Whether nobody waits for the answer any more: the other side has closed the connection."""
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0)) and not self.connection.recv(1, socket.MSG_PEEK)
