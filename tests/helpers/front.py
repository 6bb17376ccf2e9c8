"""A server with the front: its connections are real, its application returns what it was asked."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from helpers.live_server import serving
from trigpoint.access.authority import Authority
from trigpoint.core.clock import SystemClock
from trigpoint.server.front import FrontConnection, ServerContexts
from trigpoint.server.front.admission import Admission

OWN = ("localhost", "127.0.0.1")
PLAIN = b"GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


class Front:
    """A server with the front. Its application returns and counts the requests that it got."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority.open(folder / "tls", OWN, SystemClock())
        self.contexts = ServerContexts(lambda: self.authority, OWN, SystemClock())
        self.admission = Admission()
        self.states: list[Any] = []
        self.nodelay: list[int] = []
        self.address = ("", 0)

    def protocol(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> FrontConnection:
        self.states = [server_state]
        return FrontConnection(
            config, server_state, app_state, _loop, contexts=self.contexts, admission=self.admission
        )

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        digest, size, more = hashlib.sha256(), 0, True
        while more:
            message = await receive()
            digest.update(message.get("body", b""))
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        host = dict(scope["headers"]).get(b"host", b"").decode()
        body = f"{scope['scheme']} {host} {scope['path']} {size} {digest.hexdigest()}".encode()
        if scope["path"] == "/big":
            body = b"x" * (8 << 20)
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", b"%d" % len(body))],
            }
        )
        await send({"type": "http.response.body", "body": body})

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)

    def tls(self, plain: socket.socket, host: str | None, **options: Any) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.authority.bundle))
        context.set_alpn_protocols(options.get("alpn", ["h2", "http/1.1"]))
        context.check_hostname = host is not None
        return context.wrap_socket(plain, server_hostname=host)

    def tunnel(self, host: str = "sts.us-east-1.amazonaws.com:443") -> socket.socket:
        plain = self.connect()
        plain.sendall(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert plain.recv(1000) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        return plain

    def wait_until_nobody_is_connected(self) -> None:
        deadline = time.monotonic() + 10
        while self.states[0].connections:
            assert time.monotonic() < deadline, self.states[0].connections
            time.sleep(0.01)


@contextmanager
def running(folder: Path) -> Iterator[Front]:
    front = Front(folder)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await front.app(scope, receive, send)

    with serving(app, front.protocol) as url:
        host, port = url.removeprefix("http://").split(":")
        front.address = host, int(port)
        yield front


def everything(peer: socket.socket) -> bytes:
    """Everything received until the server closes the connection."""
    with peer:
        return b"".join(iter(lambda: peer.recv(1 << 16), b""))


def answer_from(peer: socket.socket) -> str:
    """The body of one answer on a connection that stays open."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += peer.recv(4096) or pytest.fail(f"closed after {received!r}")
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    while len(body) < length:
        body += peer.recv(4096) or pytest.fail(f"closed after {received!r}")
    return body.decode()


def body_of(answer: bytes) -> str:
    return answer.partition(b"\r\n\r\n")[2].decode()
