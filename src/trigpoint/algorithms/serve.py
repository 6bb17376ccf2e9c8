"""How does a trained model answer over HTTP? GET /ping, POST /invocations on 127.0.0.1; one handler an
algorithm.

The model is loaded before the port is announced, so an answered ping means that it can predict. Requests
are taken by threads, predictions are made one at a time: the network uses all cores by itself. SIGTERM lets the
requests that are there be answered.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from trigpoint.algorithms.drain import DrainingHandler, DrainingServer
from trigpoint.algorithms.harness import (
    EXIT_CUSTOMER,
    EXIT_OK,
    CustomerError,
    log_to_stdout,
    logger,
)

MAX_BODY_BYTES = 100 * 1024 * 1024
PORT_FILE = "port"
LONGEST_LINE_BYTES = 8192


class Refused(Exception):
    """The request cannot be answered: an HTTP status and a sentence for the client."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    content_type: str


class Handler(Protocol):
    """What an algorithm brings: the answer to one request. Called by one thread at a time."""

    def __call__(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Raises: Refused."""


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """Type and parameters of a Content-Type or Accept value, lower case: ``a/b; X=1`` -> ``("a/b", {"x":
    "1"})``.
    """
    name, *rest = header.split(";")
    parameters = {}
    for part in rest:
        key, _, value = part.partition("=")
        parameters[key.strip().lower()] = value.strip().strip('"').lower()
    return name.strip().lower(), parameters


def serve(load: Callable[[Path], Handler], opt_ml: Path, port: int) -> int:
    """Serves the model in DIR/model until SIGTERM or SIGINT and the end of the requests in hand; the exit code of
    the process.

    The port that was bound goes to DIR/port, written aside and renamed.
    """
    log_to_stdout()
    try:
        handler = load(opt_ml / "model")
    except CustomerError as error:
        logger.error("Customer Error: %s", error)
        return EXIT_CUSTOMER
    server = _Server(("127.0.0.1", port), handler)
    _stop_on_signals(server)
    _write_port(opt_ml, server.server_port)
    logger.info("Serving on port %d.", server.server_port)
    server.serve_forever(poll_interval=0.1)
    server.drain()
    logger.info("Stopped.")
    return EXIT_OK


def _write_port(opt_ml: Path, port: int) -> None:
    aside = opt_ml / f".{PORT_FILE}.part"
    aside.write_text(f"{port}\n", encoding="ascii")
    os.replace(aside, opt_ml / PORT_FILE)  # noqa: PTH105 - says what it does: atomic


def _stop_on_signals(server: ThreadingHTTPServer) -> None:
    def stop(_signal: int, _frame: Any) -> None:
        threading.Thread(
            target=server.shutdown, daemon=True
        ).start()  # waits for serve_forever, so not from here

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


class _Server(DrainingServer):
    def __init__(self, address: tuple[str, int], handler: Handler) -> None:
        super().__init__(address, _Request)
        self.handler = handler
        self.one_at_a_time = threading.Lock()


class _Request(DrainingHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Trigpoint"
    sys_version = ""
    timeout = 120  # seconds a connection may be silent
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - the name is that of http.server
        if self.path.partition("?")[0] == "/ping":
            self._answer(200, b"", "text/plain")
        else:
            self._answer(404, b"There is only GET /ping and POST /invocations", "text/plain")

    def do_POST(self) -> None:  # noqa: N802 - the name is that of http.server
        try:
            body = self._body()
            if self.path.partition("?")[0] != "/invocations":
                raise Refused(404, "There is only GET /ping and POST /invocations")
            with self.server.one_at_a_time:
                if self.server.draining and self.caller_has_left():
                    self.close_connection = True
                    return
                answer = self.server.handler(
                    body, self.headers.get("Content-Type", ""), self.headers.get("Accept", "")
                )
        except Refused as refused:
            self._answer(refused.status, refused.message.encode(), "text/plain; charset=utf-8")
        except Exception:  # noqa: BLE001 - one request must not end the server
            logger.exception("Algorithm Error: the prediction failed")
            self._answer(500, b"The model failed on this request; its log has the details", "text/plain")
        else:
            self._answer(200, answer.body, answer.content_type)

    def _body(self) -> bytes:
        try:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(self._chunks())
            return self._read(self._length())
        except Refused:
            self.close_connection = True  # the rest of the body is still under way
            raise

    def _length(self) -> int:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            raise Refused(411, "The request needs a Content-Length or chunks")
        if int(length) > MAX_BODY_BYTES:
            raise Refused(413, f"The request is larger than {MAX_BODY_BYTES} bytes")
        return int(length)

    def _chunks(self) -> Iterator[bytes]:
        """The body of a request that does not say how long it is, as batch transform sends it on demand."""
        left = MAX_BODY_BYTES
        while size := self._chunk_size():
            if size > left:
                raise Refused(413, f"The request is larger than {MAX_BODY_BYTES} bytes")
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
            raise Refused(400, f"{line!r} is not the size of a chunk") from None

    def _read(self, length: int) -> bytes:
        body = self.rfile.read(length)
        if len(body) < length:
            raise Refused(400, "The connection ended before the whole body was there")
        return body

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        if logger.isEnabledFor(logging.DEBUG) or not self.path.startswith("/ping"):
            logger.info("%s %s", self.command, format % args)
