"""The HTTP front of a model: GET /ping and POST /invocations.

Each connection has a thread; predictions are made one at a time, because a network uses all cores by itself. After SIGTERM,
requests that have arrived are still answered.
"""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .drain import DrainingHandler, DrainingServer

MAX_BODY_BYTES = 100 * 1024 * 1024
LONGEST_LINE_BYTES = 8192

logger = logging.getLogger("trigpoint.algorithms")


class RequestRefused(Exception):
    """The request cannot be answered: an HTTP status and a sentence for the client."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True)
class ModelReply:
    body: bytes
    content_type: str


Handler = Callable[[bytes, str, str], ModelReply]
"""The reply to a body, its content type and what the client accepts. Called by one thread at a time.

Raises: RequestRefused.
"""


def stop_on_signals(server: DrainingServer) -> None:
    """Ends `serve_forever` at SIGTERM or SIGINT."""

    def stop(_signal: int, _frame: Any) -> None:
        threading.Thread(
            target=server.shutdown, daemon=True
        ).start()  # waits for serve_forever, so not from here

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


class ModelServer(DrainingServer):
    """A model's server at an address, or on a socket that somebody else has bound."""

    def __init__(self, address: tuple[str, int] | socket.socket, handler: Handler) -> None:
        if isinstance(address, socket.socket):
            super().__init__(("127.0.0.1", 0), _Request, bind=False)
            self.socket.close()
            self.socket = address
            self.server_address = address.getsockname()
            self.server_port = self.server_address[1]
            self.server_activate()
        else:
            super().__init__(address, _Request)
        self.handler = handler
        self.one_at_a_time = threading.Lock()


class _Request(DrainingHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Trigpoint"
    sys_version = ""
    timeout = 120  # seconds that a connection may be idle
    server: ModelServer

    def do_GET(self) -> None:  # noqa: N802 - the name is that of http.server
        if self.path.partition("?")[0] == "/ping":
            self._reply(200, b"", "text/plain")
        else:
            self._reply(404, b"Not found; send GET /ping or POST /invocations", "text/plain")

    def do_POST(self) -> None:  # noqa: N802 - the name is that of http.server
        try:
            body = self._body()
            if self.path.partition("?")[0] != "/invocations":
                raise RequestRefused(404, "Not found; send GET /ping or POST /invocations")
            with self.server.one_at_a_time:
                if self.server.draining and self.caller_has_left():
                    self.close_connection = True
                    return
                reply = self.server.handler(
                    body, self.headers.get("Content-Type", ""), self.headers.get("Accept", "")
                )
        except RequestRefused as refused:
            self._reply(refused.status, refused.message.encode(), "text/plain; charset=utf-8")
        except Exception:
            logger.exception("Algorithm Error: the prediction failed")
            self._reply(500, b"The model failed on this request; see its log for details", "text/plain")
        else:
            self._reply(200, reply.body, reply.content_type)

    def _body(self) -> bytes:
        try:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(self._chunks())
            return self._read(self._length())
        except RequestRefused:
            self.close_connection = True  # the rest of the body is still to come
            raise

    def _length(self) -> int:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            raise RequestRefused(411, "The request needs a Content-Length or a chunked body")
        if int(length) > MAX_BODY_BYTES:
            raise RequestRefused(413, f"The request is larger than {MAX_BODY_BYTES} bytes")
        return int(length)

    def _chunks(self) -> Iterator[bytes]:
        """The body of a request without Content-Length, as batch transform can send it."""
        left = MAX_BODY_BYTES
        while size := self._chunk_size():
            if size > left:
                raise RequestRefused(413, f"The request is larger than {MAX_BODY_BYTES} bytes")
            left -= size
            yield self._read(size)
            self.rfile.readline(LONGEST_LINE_BYTES)
        while self.rfile.readline(LONGEST_LINE_BYTES).strip():
            pass  # trailers

    def _chunk_size(self) -> int:
        line = self.rfile.readline(LONGEST_LINE_BYTES).partition(b";")[0].strip()
        try:
            return int(line, 16)
        except ValueError:
            raise RequestRefused(400, f"{line!r} is not a chunk size") from None

    def _read(self, length: int) -> bytes:
        body = self.rfile.read(length)
        if len(body) < length:
            raise RequestRefused(400, "The connection ended before the whole body had arrived")
        return body

    def _reply(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        if logger.isEnabledFor(logging.DEBUG) or not self.path.startswith("/ping"):
            logger.info("%s %s", self.command, format % args)
