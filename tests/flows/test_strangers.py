"""A real server with few file descriptors survives strangers who open connections and send without end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psutil
import pytest

from helpers.server_process import ServerProcess

ENOUGH_BYTES = 100 << 20
GROWTH_BYTES = 60 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("strangers") / "data", descriptors=256).start() as running:
        running.aws("s3").create_bucket(Bucket="strangers")
        yield running


def is_served(server: ServerProcess) -> None:
    s3 = server.aws("s3")
    s3.put_object(Bucket="strangers", Key="k", Body=b"x" * 100_000)
    assert s3.get_object(Bucket="strangers", Key="k")["Body"].read() == b"x" * 100_000


def memory(server: ServerProcess) -> int:
    assert server.child is not None
    return psutil.Process(server.child.pid).memory_info().rss


def test_more_idle_connections_than_descriptors_stop_nobody_and_leave_the_log_short(
    server: ServerProcess,
) -> None:
    with ExitStack() as open_connections:
        for number in range(300):
            peer = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            open_connections.enter_context(peer)
            with suppress(ConnectionError):
                peer.sendall((b"", b"GET / HTTP/1.1\r\nX-A:", b"\x16\x03\x01")[number % 3])
        is_served(server)
    assert len(server.text().splitlines()) < 50


@pytest.mark.parametrize(
    ("begin", "endless"),
    [
        (b"GET / HTTP/1.1\r\nX-A: ", b"a" * 65536),
        (b"GET / HTTP/1.1\r\n", b"a:b\r\n" * 13_000),
        (b"GET /", b"a" * 65536),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", b"a:b\r\n" * 13_000),
        (b"", b"GET /health HTTP/1.1\r\n\r\n" * 2700),
    ],
    ids=["header", "headers", "url", "trailers", "pipelining"],
)
def test_an_endless_request_takes_no_memory(server: ServerProcess, begin: bytes, endless: bytes) -> None:
    before = memory(server)
    sent = 0
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as peer,
        suppress(ConnectionError, TimeoutError),
    ):
        peer.sendall(begin)
        while sent < ENOUGH_BYTES:
            peer.sendall(endless)
            sent += len(endless)
    assert sent < ENOUGH_BYTES
    assert memory(server) - before < GROWTH_BYTES
    is_served(server)


def test_a_sign_in_of_20_mb_is_refused_before_it_is_received(server: ServerProcess) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as peer:
        peer.sendall(
            b"POST /portal/sign-in HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 20000000\r\n\r\n&&&&"
        )
        assert peer.recv(100).startswith(b"HTTP/1.1 413 ")
