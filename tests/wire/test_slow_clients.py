"""Clients that send or read slowly hold no thread, so that everybody else is served, and lose nothing."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from helpers.front import answer_from
from helpers.s3_server import S3Server, s3_server
from trigpoint.server import http as bodies
from trigpoint.server.aws_app import S3_THREADS
from trigpoint.server.http import Incoming
from trigpoint.server.turn import MAX_ASIDE
from trigpoint.wire.errors import AwsError

MANY = S3_THREADS + 6
SIZE = 400_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("slow")) as running:
        running.client().create_bucket(Bucket="slow")
        yield running


def content(number: int) -> bytes:
    return bytes([number % 251]) * SIZE


def begin_put(server: S3Server, number: int, first_bytes: int) -> socket.socket:
    """A connection that has sent the head of a PUT and the beginning of its body."""
    url = server.client().generate_presigned_url("put_object", {"Bucket": "slow", "Key": f"k{number}"})
    parts = urlsplit(url)
    peer = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    head = (
        f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {SIZE}\r\n\r\n"
    )
    peer.sendall(head.encode() + content(number)[:first_bytes])
    return peer


def is_served(server: S3Server, name: str) -> None:
    s3 = server.client()
    s3.put_object(Bucket="slow", Key=name, Body=name.encode() * 100_000)
    assert s3.get_object(Bucket="slow", Key=name)["Body"].read() == name.encode() * 100_000


@pytest.mark.parametrize("first_bytes", [0, 1000, 300_000], ids=["nothing", "a-little", "a-fast-beginning"])
def test_slow_uploads_let_others_pass_and_arrive_complete(server: S3Server, first_bytes: int) -> None:
    peers = [begin_put(server, number, first_bytes) for number in range(MANY)]
    is_served(server, "quick")
    for number, peer in enumerate(peers):
        peer.sendall(content(number)[first_bytes:])
    for peer in peers:
        assert answer_from(peer) == ""
        peer.close()
    s3 = server.client()
    for number in range(MANY):
        assert s3.get_object(Bucket="slow", Key=f"k{number}")["Body"].read() == content(number)


def test_when_too_many_uploads_have_stalled_one_of_them_is_asked_to_try_again(server: S3Server) -> None:
    peers = [begin_put(server, number, 300_000) for number in range(S3_THREADS + MAX_ASIDE + 10)]
    is_served(server, "quick")
    for peer in peers:
        peer.close()


def test_slow_readers_let_others_pass_and_get_everything(server: S3Server) -> None:
    big = bytes(range(256)) * (64 << 10)
    server.objects.put("slow", "big", big)
    path = server.client().generate_presigned_url("get_object", {"Bucket": "slow", "Key": "big"})
    parts = urlsplit(path)
    peers = []
    for _ in range(MANY):
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        peer.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        peers.append(peer)
    is_served(server, "quick")
    received = b""
    while len(received.partition(b"\r\n\r\n")[2]) < len(big):
        received += peers[0].recv(1 << 20) or pytest.fail("closed early")
    assert received.partition(b"\r\n\r\n")[2] == big
    for peer in peers:
        peer.close()


def test_slow_forms_of_strangers_let_others_pass(server: S3Server) -> None:
    peers = []
    for _ in range(MANY):
        peer = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        peer.sendall(
            b"POST /slow HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b"Content-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name="
        )
        peers.append(peer)
    is_served(server, "quick")
    for peer in peers:
        peer.close()


@pytest.mark.parametrize("header", [b"a" * 200_000, b'form-data; name="x"\r\n' + b"A: b\r\n" * 30_000])
def test_an_upload_form_with_endless_headers_is_refused(server: S3Server, header: bytes) -> None:
    body = b"--b\r\nContent-Disposition: " + header
    reply = server.send("POST", f"{server.url}/slow", body, Content_Type="multipart/form-data; boundary=b")
    assert reply.status == 400
    assert reply.code in ("MaxPostPreDataLengthExceeded", "MalformedPOSTRequest")


@pytest.mark.parametrize(
    "head",
    [
        b"PUT /slow/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000000\r\n\r\n",
        b"PUT /slow/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n",
        b"PUT /slow/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: SageMaker.ListModels\r\nContent-Length: 1000\r\n\r\n",
        b"POST /endpoints/e/invocations HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\n",
    ],
)
def test_a_stranger_is_refused_before_their_body_is_received(server: S3Server, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as peer:
        peer.sendall(head)
        status = peer.recv(1 << 16).split(b" ")[1]
    assert status in (b"400", b"403")


def test_a_slow_body_is_checked_like_any_other(server: S3Server) -> None:
    s3 = server.client()
    url = s3.generate_presigned_url(
        "put_object", {"Bucket": "slow", "Key": "checked", "ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}
    )
    parts = urlsplit(url)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as peer:
        peer.sendall(
            f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 300000\r\n"
            "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert peer.recv(100).startswith(b"HTTP/1.1 100 ")
        asyncio.run(asyncio.sleep(1.2))  # longer than a fast client takes
        peer.sendall(b"x" * 300_000)
        assert "<Code>BadDigest</Code>" in answer_from(peer)


def trickle(pause_s: float) -> Any:
    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause_s)
        return {"type": "http.request", "body": b"x", "more_body": True}

    return receive


def test_a_body_that_trickles_is_refused_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "IDLE_LIMIT_S", 0.2)

    async def read() -> bytes:
        return await Incoming(trickle(0.01), expects_continue=False).pieces(1 << 20)

    with pytest.raises(AwsError, match="timeout") as refused:
        asyncio.run(read())
    assert refused.value.code == "RequestTimeout"


def test_what_arrived_before_a_hold_ran_out_is_kept() -> None:
    sent = [hashlib.sha256(bytes([number])).digest() for number in range(5)]

    async def receive() -> dict[str, Any]:
        if not sent_left:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": sent_left.pop(0), "more_body": True}

    async def hold() -> bytes:
        incoming = Incoming(receive, expects_continue=False)
        assert not await incoming.hold(1000, 0.05)
        assert not await incoming.hold(1000, 0.05)
        return incoming.take_held()

    sent_left = list(sent)
    assert asyncio.run(hold()) == b"".join(sent)


def test_nothing_of_a_slow_body_stays_on_the_disk(server: S3Server) -> None:
    before = sorted(path.name for path in server.data_dir.iterdir())
    with begin_put(server, 1, 1000):
        is_served(server, "quick")
    assert sorted(path.name for path in server.data_dir.iterdir()) == before
