"""One port answers HTTP, TLS and a proxy's CONNECT, and drops peers that are slow, broken or gone."""

from __future__ import annotations

import asyncio
import hashlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from helpers.front import OWN, PLAIN, Front, answer_from, body_of, everything, running
from trigpoint.access.authority import Authority
from trigpoint.core.clock import FakeClock, SystemClock
from trigpoint.server.front import ServerContexts, limits
from trigpoint.server.front.tls import KEPT_CONTEXTS


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("front")) as server:
        yield server


# --- each kind of client


def test_plain_http_is_served(front: Front) -> None:
    peer = front.connect()
    peer.sendall(PLAIN)
    assert body_of(everything(peer)).startswith("http h /hello 0 ")


def test_plain_http_is_served_byte_by_byte(front: Front) -> None:
    peer = front.connect()
    for byte in PLAIN:
        peer.sendall(bytes([byte]))
    assert body_of(everything(peer)).startswith("http h /hello")


def test_methods_that_begin_like_connect_are_http(front: Front) -> None:
    peer = front.connect()
    peer.sendall(b"CO")
    time.sleep(0.05)
    peer.sendall(b"PY /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert body_of(everything(peer)).startswith("http h /x")


def test_many_requests_share_a_plain_connection(front: Front) -> None:
    with front.connect() as peer:
        for number in range(20):
            peer.sendall(f"GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            assert answer_from(peer).startswith(f"http h /{number} ")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_tls_is_served_under_the_servers_own_names(front: Front, host: str) -> None:
    peer = front.tls(front.connect(), host)
    assert peer.selected_alpn_protocol() == "http/1.1"
    peer.sendall(PLAIN)
    assert body_of(everything(peer)).startswith("https h /hello")


@pytest.mark.parametrize(
    "host", ["sts.us-east-1.amazonaws.com", "a.b.s3.amazonaws.com", "logs.eu-west-3.amazonaws.com"]
)
def test_a_tunnel_leads_to_this_server_under_the_hosts_name(front: Front, host: str) -> None:
    peer = front.tls(front.tunnel(f"{host}:443"), host)
    peer.sendall(f"GET /k HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert body_of(everything(peer)).startswith(f"https {host} /k")


def test_a_hello_in_single_bytes_is_understood(front: Front) -> None:
    context = ssl.create_default_context(cafile=str(front.authority.bundle))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with front.connect() as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        exchange(
            client, incoming, outgoing, peer, client.do_handshake, lambda data: [bytes([b]) for b in data]
        )
        exchange(client, incoming, outgoing, peer, partial(client.write, PLAIN), lambda data: [data])
        answer = exchange(client, incoming, outgoing, peer, partial(client.read, 4096), lambda data: [data])
    assert b"200 OK" in answer


def test_a_request_sent_with_the_end_of_the_handshake_is_not_lost(front: Front) -> None:
    context = ssl.create_default_context(cafile=str(front.authority.bundle))
    for _ in range(20):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(incoming, outgoing, server_hostname="sts.amazonaws.com")
        with front.tunnel("sts.amazonaws.com:443") as peer:
            with pytest.raises(ssl.SSLWantReadError):
                client.do_handshake()
            peer.sendall(outgoing.read())
            while True:
                incoming.write(peer.recv(1 << 16))
                try:
                    client.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    pass
            client.write(PLAIN)
            peer.sendall(outgoing.read())  # the client's Finished and its request in one segment
            answer = exchange(
                client, incoming, outgoing, peer, partial(client.read, 4096), lambda data: [data]
            )
        assert b"200 OK" in answer


def exchange(
    client: ssl.SSLObject,
    incoming: ssl.MemoryBIO,
    outgoing: ssl.MemoryBIO,
    peer: socket.socket,
    step: Callable[[], Any],
    cut: Callable[[bytes], list[bytes]],
) -> Any:
    """Runs one step of a client and sends its bytes in the pieces that `cut` makes."""
    while True:
        done, result = True, None
        try:
            result = step()
        except ssl.SSLWantReadError:
            done = False
        for piece in cut(outgoing.read()):
            peer.sendall(piece)
        if done:
            return result
        arrived = peer.recv(1 << 16)
        assert arrived, "the server closed the connection"
        incoming.write(arrived)


def test_large_bodies_go_both_ways_inside_tls(front: Front) -> None:
    peer = front.tls(front.connect(), "localhost")
    sent = bytes(range(256)) * (16 << 10)
    peer.sendall(b"PUT /up HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(sent) + sent)
    assert f"{len(sent)} {hashlib.sha256(sent).hexdigest()}" in answer_from(peer)
    peer.sendall(b"GET /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert len(body_of(everything(peer))) == 8 << 20


def test_one_certificate_serves_all_buckets_of_a_region(front: Front) -> None:
    seen = set()
    for bucket in ("one", "two", "three"):
        host = f"{bucket}.s3.ap-south-1.amazonaws.com"
        with front.tls(front.tunnel(f"{host}:443"), host) as peer:
            seen.add(peer.getpeercert(binary_form=True))
    assert len(seen) == 1


def test_a_certificate_is_renewed_before_it_expires(tmp_path: Path) -> None:
    clock = FakeClock()
    authority = Authority.open(tmp_path / "tls", OWN, clock)
    contexts = ServerContexts(lambda: authority, OWN, clock)
    first = asyncio.run(contexts.for_client(None))
    assert asyncio.run(contexts.for_client(None)) is first
    clock.advance(46 * 86_400)
    assert asyncio.run(contexts.for_client(None)) is not first


class CountingAuthority(Authority):
    """Notes the names of its certificates, with the thread that made them."""

    made: list[tuple[str, int]]

    def server_pem(self, names: tuple[str, ...], now: datetime) -> bytes:
        self.made.append((names[0], threading.get_ident()))
        return super().server_pem(names, now)


def test_certificates_for_invented_names_are_made_in_another_thread_and_few_are_kept(tmp_path: Path) -> None:
    authority = CountingAuthority.open(tmp_path / "tls", OWN, SystemClock())
    assert isinstance(authority, CountingAuthority)
    authority.made = []
    contexts = ServerContexts(lambda: authority, OWN, SystemClock())

    async def visits() -> None:
        same = await asyncio.gather(*(contexts.for_client("sts.amazonaws.com") for _ in range(20)))
        assert len(set(same)) == 1
        first = await contexts.for_client("invented-0.amazonaws.com")
        for number in range(KEPT_CONTEXTS + 10):
            await contexts.for_client(f"invented-{number}.amazonaws.com")
            assert await contexts.for_client("sts.amazonaws.com") is same[0], "it is used, so it is kept"
        assert await contexts.for_client("invented-0.amazonaws.com") is not first

    asyncio.run(visits())
    assert [name for name, _ in authority.made].count("sts.amazonaws.com") == 1
    assert {thread for _, thread in authority.made}.isdisjoint({threading.get_ident()})


def test_a_client_hello_may_come_in_pieces(front: Front) -> None:
    context = ssl.create_default_context(cafile=str(front.authority.bundle))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="sts.amazonaws.com")
    with front.connect() as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    plain.sendall(bytes([byte]))
                incoming.write(plain.recv(1 << 16) or pytest.fail("closed"))
        assert dict(tls.getpeercert() or {})["subjectAltName"] == (("DNS", "sts.amazonaws.com"),)


# --- refusals


def test_a_foreign_host_gets_no_certificate(front: Front) -> None:
    with front.connect() as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        front.tls(plain, "bank.example.org")


def test_a_tunnel_to_another_host_is_refused_with_a_message(front: Front) -> None:
    peer = front.connect()
    peer.sendall(b"CONNECT pypi.org:443 HTTP/1.1\r\nHost: pypi.org:443\r\n\r\n")
    answer = everything(peer)
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert "you asked for pypi.org:443" in body_of(answer) and "NO_PROXY" in body_of(answer)


def test_plain_http_inside_a_tunnel_is_refused(front: Front) -> None:
    peer = front.tunnel()
    peer.sendall(PLAIN)
    answer = everything(peer)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert "only TLS is spoken" in body_of(answer)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"\x80\x2e\x01\x00\x02" + b"\x00" * 40,
        b"\xff" * 100,
        b"\r\n\r\nx",
        b"SSH-2.0-x\r\n",
        b"CONNECTS\r\n\r\n",
    ],
)
def test_garbage_is_a_bad_request(front: Front, garbage: bytes) -> None:
    peer = front.connect()
    peer.sendall(garbage)
    assert everything(peer).startswith(b"HTTP/1.1 400 Bad Request\r\n")


@pytest.mark.parametrize(
    "garbage", [b"\x16" * 600, b"\x16\x03\x01\x00\x05hello" * 20, b"\x16\x03\x01\xff\xff" + b"\x00" * 70_000]
)
def test_garbage_that_begins_like_tls_ends_the_connection(front: Front, garbage: bytes) -> None:
    with front.connect() as peer:
        try:
            peer.sendall(garbage)
            while peer.recv(1 << 16):
                pass  # a TLS alert
        except ConnectionError:
            pass
    front.wait_until_nobody_is_connected()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(front: Front) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(front.authority.bundle)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with front.connect() as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        context.wrap_socket(plain, server_hostname="localhost")


# --- slow and lost peers


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    for name in ("FIRST_BYTE_LIMIT_S", "HEAD_LIMIT_S", "HANDSHAKE_LIMIT_S"):
        monkeypatch.setattr(limits, name, 0.3)
    with running(tmp_path) as server:
        yield server


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"C",
        b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n",
        b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n\r\n",
        b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n\r\n\x16\x03\x01",
        b"\x16",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\nHost:",
    ],
)
def test_a_stalled_peer_is_dropped(impatient: Front, begun: bytes) -> None:
    with impatient.connect() as peer:
        peer.sendall(begun)
        try:
            while peer.recv(1 << 16):
                pass
        except ConnectionError:
            pass
    impatient.wait_until_nobody_is_connected()


@pytest.mark.parametrize(
    "begun", [b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\nA: ", b"\x16\x03\x01\x40\x00\x01"]
)
def test_a_peer_that_sends_a_byte_now_and_then_is_dropped(impatient: Front, begun: bytes) -> None:
    deadline = time.monotonic() + 30
    with impatient.connect() as peer, suppress(ConnectionError):
        peer.sendall(begun)
        while not select.select([peer], [], [], 0.05)[0]:
            assert time.monotonic() < deadline, "each byte bought it more time"
            peer.sendall(b"a")
    impatient.wait_until_nobody_is_connected()


def test_a_second_request_whose_head_does_not_end_is_dropped(impatient: Front) -> None:
    with impatient.connect() as peer:
        peer.sendall(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer_from(peer).startswith("http h /1")
        time.sleep(0.5)  # an idle connection is kept
        peer.sendall(b"GET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer_from(peer).startswith("http h /2")
        peer.sendall(b"GET /3 HTTP/1.1\r\nX-Slow:")
        with suppress(ConnectionError):
            assert peer.recv(4096) == b""
    impatient.wait_until_nobody_is_connected()


def test_stalled_peers_delay_nobody_else(front: Front) -> None:
    hanging = [front.connect() for _ in range(60)]
    for number, peer in enumerate(hanging):
        peer.sendall((b"\x16\x03\x01", b"CONNECT sts", b"GET / HT", b"")[number % 4])
    test_plain_http_is_served(front)
    test_tls_is_served_under_the_servers_own_names(front, "localhost")
    for peer in hanging:
        peer.close()
    front.wait_until_nobody_is_connected()


def test_peers_that_disconnect_leave_no_connection(front: Front) -> None:
    for begun in (
        b"",
        b"C",
        b"\x16",
        b"\x16\x03\x01\x02\x00\x01",
        b"CONNECT x.amazonaws.com:443 HTTP/1.1\r\n\r\n",
        b"GET",
    ):
        for reset in (False, True):
            peer = front.connect()
            peer.sendall(begun)
            if reset:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            peer.close()
    front.wait_until_nobody_is_connected()


def test_a_peer_that_vanishes_after_the_handshake_leaves_no_connection(front: Front) -> None:
    for _ in range(10):
        peer = front.tls(front.tunnel("sts.amazonaws.com:443"), "sts.amazonaws.com")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        peer.close()
    front.wait_until_nobody_is_connected()
