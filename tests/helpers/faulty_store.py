"""A store on loopback that fails on purpose: busy, cut off in the middle, slow, changing during a read.

It answers GET and HEAD like an S3 endpoint that asks for no keys (or a plain web server), and cannot list.
"""

from __future__ import annotations

import hashlib
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

Fault = Callable[["_Handler", bytes], bool]
"""Does something to a request for these bytes; whether it has been answered."""


class FaultyStore:
    """`objects` and `faults` by bucket/key. Each of an object's next responses takes one of its faults."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.asked: Counter[str] = Counter()
        self.has_ranges = True
        self.url = ""
        self.lock = threading.Lock()

    def next_fault(self, name: str) -> Fault | None:
        with self.lock:
            self.asked[name] += 1
            waiting = self.faults.get(name, [])
            return waiting.pop(0) if waiting else None


@contextmanager
def faulty_store() -> Iterator[FaultyStore]:
    """A store that runs for the duration of the block."""
    store = FaultyStore()
    handler = type("Handler", (_Handler,), {"store": store})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    store.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# -- faults


def answers(status: int, code: str, message: str = "no reason") -> Fault:
    """An error of S3."""

    def fault(handler: _Handler, _data: bytes) -> bool:
        handler.refuse(status, code, message)
        return True

    return fault


def answers_with_a_page(status: int) -> Fault:
    """An error of a web server that does not speak S3."""

    def fault(handler: _Handler, _data: bytes) -> bool:
        body = b"<html>\r\n<head><title>Error</title></head>\r\n<body>no</body>\r\n</html>\r\n"
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.write(body)
        return True

    return fault


def resets_in_the_middle(handler: _Handler, data: bytes) -> bool:
    """Half of the body, then a reset of the connection."""
    data = handler.begin(data)
    handler.wfile.write(data[: len(data) // 2])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    return True


def ends_too_early(handler: _Handler, data: bytes) -> bool:
    """Half of the body, then a clean close of the connection."""
    data = handler.begin(data)
    handler.wfile.write(data[: len(data) // 2])
    handler.close_connection = True
    return True


def dribbles(pieces: int, pause_s: float) -> Fault:
    """The body in pieces, with pauses."""

    def fault(handler: _Handler, data: bytes) -> bool:
        data = handler.begin(data)
        step = -(-len(data) // pieces)
        for start in range(0, len(data), step):
            handler.wfile.write(data[start : start + step])
            handler.wfile.flush()
            time.sleep(pause_s)
        return True

    return fault


def then(change: Callable[[], Any]) -> Fault:
    """Answers with the data as they were, and changes something before the reader can ask again."""

    def fault(handler: _Handler, data: bytes) -> bool:
        change()
        handler.answer(data)
        return True

    return fault


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    store: ClassVar[FaultyStore]

    def do_GET(self) -> None:
        name = self.path.lstrip("/").partition("?")[0]
        fault = self.store.next_fault(name)
        data = self.store.objects.get(name)
        try:
            if fault is not None and fault(self, data or b""):
                return
        except OSError:  # the reader did not wait for the end
            self.close_connection = True
            return
        if data is None:
            self.refuse(404, "NoSuchKey", "The specified key does not exist.")
        elif self.store.has_ranges and not data and "Range" in self.headers:
            self.refuse(416, "InvalidRange", "The requested range is not satisfiable")
        else:
            self.answer(data)

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, data: bytes) -> None:
        wanted = self.headers.get("If-Match")
        if wanted is not None and wanted != _etag(data):
            self.refuse(412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
            return
        self.write(self.begin(data))

    def begin(self, data: bytes) -> bytes:
        """Sends the head of a response and returns its body: the requested range of the data."""
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if part is None or not self.store.has_ranges:
            self.head(200, data, len(data))
            return data
        start, end = int(part[1]), min(int(part[2]) + 1, len(data))
        self.head(206, data, end - start, f"bytes {start}-{end - 1}/{len(data)}")
        return data[start:end]

    def head(self, status: int, data: bytes, length: int, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", _etag(data))
        self.send_header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()

    def refuse(self, status: int, code: str, message: str) -> None:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/xml")
        self.end_headers()
        self.write(body)

    def write(self, body: bytes) -> None:
        try:
            if self.command == "GET":
                self.wfile.write(body)
        except OSError:  # a reader that has seen the size and wants it in pieces
            self.close_connection = True

    def log_message(self, *_: object) -> None: ...


def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
