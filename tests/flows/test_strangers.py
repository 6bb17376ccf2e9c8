"""A real server with few file descriptors survives strangers who open connections and send without end."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from helpers.server_process import ServerProcess
from trigpoint.server.aws_app import S3_THREADS

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


def begin(server: ServerProcess, head: str, body: bytes = b"") -> socket.socket:
    """A connection on which a request has begun."""
    peer = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    peer.sendall(f"{head}\r\nHost: 127.0.0.1:{server.port}\r\n".encode() + body)
    return peer


def begin_s3(server: ServerProcess, method: str, operation: str, key: str, rest: bytes) -> socket.socket:
    url = urlsplit(
        server.aws("s3").generate_presigned_url(operation, {"Bucket": "stop", "Key": key}, HttpMethod=method)
    )
    return begin(server, f"{method} {url.path}?{url.query} HTTP/1.1", rest)


def begin_listing(server: ServerProcess) -> socket.socket:
    """A signed ListModels whose body does not come."""
    credentials = server.aws("sagemaker")._request_signer._credentials
    request = AWSRequest("POST", f"{server.url}/", {"X-Amz-Target": "SageMaker.ListModels"}, b"{}")
    SigV4Auth(Credentials(credentials.access_key, credentials.secret_key), "sagemaker", "us-east-1").add_auth(
        request
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    lines += "Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n"
    return begin(server, "POST / HTTP/1.1", lines.encode())


def answer(peer: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionError):
        while piece := peer.recv(1 << 20):
            received += piece
    return received


def test_a_server_that_stops_answers_each_unfinished_request_with_503_and_logs_their_number(
    tmp_path: Path,
) -> None:
    server = ServerProcess(tmp_path / "data").start()
    server.aws("s3").create_bucket(Bucket="stop")
    server.aws("s3").put_object(Bucket="stop", Key="big", Body=bytes(32 << 20))
    lengths = b"Content-Length: 400000\r\n\r\n"
    uploads = [
        begin_s3(server, "PUT", "put_object", f"k{number}", lengths + b"x" * (0, 1000, 300_000)[number % 3])
        for number in range(3 * (S3_THREADS + 6))
    ]
    listing = begin_listing(server)
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail="
    sign_in = begin(server, "POST /portal/sign-in HTTP/1.1", form)
    reader = begin_s3(server, "GET", "get_object", "big", b"\r\n")
    assert reader.recv(100).startswith(b"HTTP/1.1 200 ")
    server.aws("s3").put_object(Bucket="stop", Key="quick", Body=b"x")  # all others have been accepted
    assert server.child is not None
    server.child.send_signal(signal.SIGTERM)
    for upload in uploads:
        text = answer(upload)
        assert text.startswith(b"HTTP/1.1 503 ")
        assert b"<Code>ServiceUnavailable</Code>" in text
    text = answer(listing)
    assert text.startswith(b"HTTP/1.1 503 ")
    assert b'"__type":"ServiceUnavailable"' in text.replace(b" ", b"")
    assert answer(sign_in).startswith(b"HTTP/1.1 503 ")
    assert len(answer(reader)) < 32 << 20
    assert server.child.wait(60) == 0
    assert not re.search("Traceback|never awaited|is closed|ASGI|ERROR", server.text())
    assert re.findall(r"broken_off requests=(\d+)", server.text()) == [str(len(uploads) + 3)]
