"""A peer that sends without end, or opens connections without end, uses up nothing."""

from __future__ import annotations

import os
import resource
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from helpers.front import PLAIN, Front, answer_from, body_of, everything, running
from trigpoint.server.front import limits
from trigpoint.server.front.admission import Admission
from trigpoint.server.front.listener import Listener, connections_for, raise_descriptor_limit

POST = b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with running(tmp_path_factory.mktemp("front-limits")) as server:
        yield server


def sent_until_answered(
    front: Front, begin: bytes, endless: bytes, at_most: int = 20 << 20
) -> tuple[int, bytes]:
    """How many bytes the server took before it answered or closed the connection, and what it answered."""
    sent, answer = 0, b""
    with front.connect() as peer, suppress(ConnectionError):
        peer.sendall(begin)
        while sent < at_most and not select.select([peer], [], [], 0)[0]:
            peer.sendall(endless)
            sent += len(endless)
        while piece := peer.recv(1 << 16):
            answer += piece
    return sent, answer


@pytest.mark.parametrize(
    ("begin", "endless", "status"),
    [
        (b"GET / HTTP/1.1\r\nX-A: ", b"a" * 65536, b"431"),
        (b"GET / HTTP/1.1\r\n", b"a" * 65536, b"431"),
        (b"GET / HTTP/1.1\r\n", b"a:b\r\n" * 10_000, b"431"),
        (b"GET /", b"a" * 65536, b"414"),
        (b"GET /?", b"a=b&" * 16384, b"414"),
        (b"GET / HTTP/1.1\r\nX-A: a\r\n", b" b\r\n" * 10_000, b"4"),  # obsolete folding
        (b"", b"\r\n" * 10_000, b"431"),
        (b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n", b"a:b\r\n" * 1000, b"431"),
        (b"CONNECT ", b"a" * 65536, b"431"),
        (POST + b"1;", b"x" * 65536, b"4"),
        (POST + b"1;a=", b"x" * 65536, b"4"),
        (POST + b"0" * 10, b"0" * 65536, b"4"),
        (POST + b"1\r\na\r\n0\r\n", b"a:b\r\n" * 10_000, b"431"),
        (POST + b"1\r\na\r\n0\r\nX-A: ", b"a" * 65536, b"431"),
    ],
)
def test_an_endless_head_or_framing_is_refused(
    front: Front, begin: bytes, endless: bytes, status: bytes
) -> None:
    sent, answer = sent_until_answered(front, begin, endless)
    assert sent < 20 << 20
    assert not answer or answer.startswith(b"HTTP/1.1 " + status), answer


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nX-A: " + b"a" * (limits.MAX_HEADER_BYTES + 1) + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + (b"X-A: " + b"a" * 15_000 + b"\r\n") * 5 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\n" + b"A:b\r\n" * (limits.MAX_HEADERS + 1) + b"\r\n", b"431"),
        (b"GET /" + b"a" * limits.MAX_URL_BYTES + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_a_complete_head_beyond_a_limit_is_refused_with_a_message(
    front: Front, head: bytes, status: bytes
) -> None:
    peer = front.connect()
    peer.sendall(head)
    answer = everything(peer)
    assert answer.startswith(b"HTTP/1.1 " + status), answer
    assert b"Connection: close" in answer and "more than" in body_of(answer)


def test_a_head_at_the_limits_is_served(front: Front) -> None:
    peer = front.connect()
    peer.sendall(
        b"GET /" + b"a" * (limits.MAX_URL_BYTES - 1) + b" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
        b"X-A: " + b"a" * 16_000 + b"\r\nX-B: " + b"b" * 16_000 + b"\r\n" + b"A:b\r\n" * 250 + b"\r\n"
    )
    assert everything(peer).startswith(b"HTTP/1.1 200 OK")


def test_a_large_body_is_no_head_whatever_its_chunks(front: Front) -> None:
    with front.connect() as peer:
        peer.sendall(POST + b"".join(b"1\r\na\r\n" for _ in range(200_000)) + b"0\r\n\r\n")
        assert " 200000 " in answer_from(peer)
        peer.sendall(PLAIN)
        assert answer_from(peer).startswith("http h /hello")


def test_trailers_are_no_headers_of_the_request(front: Front) -> None:
    with front.connect() as peer:
        peer.sendall(POST + b"1\r\na\r\n0\r\nHost: forged\r\n\r\n")
        assert answer_from(peer).startswith("http h /x 1 ")


def test_a_request_that_offers_an_upgrade_is_served_and_so_is_the_next(front: Front) -> None:
    with front.connect() as peer:
        peer.sendall(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + PLAIN)
        received = everything(peer)
    assert b"http h /a" in received and b"http h /hello" in received


def test_pipelined_requests_are_answered_in_order(front: Front) -> None:
    with front.connect() as peer:
        peer.sendall(
            b"".join(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number for number in range(50)) + PLAIN
        )
        received = everything(peer)
    assert [f"http h /{number} " in received.decode() for number in range(50)] == [True] * 50


def test_the_answer_of_a_request_before_refused_bytes_is_dropped_without_an_error(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    with front.connect() as peer:
        peer.sendall(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n\0\0")
        received = everything(peer)
    assert received.startswith(b"HTTP/1.1 400 ") and received.count(b"HTTP/1.1 ") == 1
    front.wait_until_nobody_is_connected()
    assert not caplog.records


def test_endless_pipelining_ends_the_connection(front: Front) -> None:
    sent, _ = sent_until_answered(front, b"", b"GET /big HTTP/1.1\r\nHost: h\r\n\r\n" * 2000)
    assert sent < 20 << 20
    front.wait_until_nobody_is_connected()


def test_a_bad_request_does_not_end_up_inside_the_answer_before_it(front: Front) -> None:
    with front.connect() as peer, suppress(ConnectionError):
        peer.sendall(b"GET /big HTTP/1.1\r\nHost: h\r\n\r\n")
        received = peer.recv(1 << 16)
        peer.sendall(b"\x00\x01 nonsense\r\n\r\n")
        while piece := peer.recv(1 << 20):
            received += piece
    rest = received.partition(b"\r\n\r\n")[2][8 << 20 :]
    assert rest == b"" or rest.startswith(b"HTTP/1.1 400 "), rest[:100]


# --- many connections


def test_idle_connections_make_room_for_new_ones(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "admission", Admission(10))
    idle = [front.connect() for _ in range(30)]
    for number, peer in enumerate(idle):
        with suppress(ConnectionError):
            peer.sendall((b"", b"GET / HTTP/1.1\r\nX-Slow:", b"\x16\x03\x01", b"CONNECT sts")[number % 4])
    for _ in range(20):
        peer = front.connect()
        peer.sendall(PLAIN)
        assert body_of(everything(peer)).startswith("http h /hello")
    for peer in idle:
        peer.close()
    front.wait_until_nobody_is_connected()


def test_requests_in_progress_keep_their_connections_and_further_ones_are_refused(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "admission", Admission(3))
    slow = [front.connect() for _ in range(3)]
    for peer in slow:
        peer.sendall(b"PUT /up HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        assert peer.recv(100).startswith(b"HTTP/1.1 100 ")
    with suppress(ConnectionError):
        assert everything(front.connect()).startswith(b"HTTP/1.1 503 ")
    for peer in slow:
        peer.sendall(b"abc")
        assert answer_from(peer).startswith("http h /up 3 ")
        peer.close()
    front.wait_until_nobody_is_connected()
    peer = front.connect()
    peer.sendall(PLAIN)
    assert body_of(everything(peer)).startswith("http h /hello")


def test_two_hundred_connections_of_one_notebook_are_served_together(front: Front) -> None:
    peers = [front.connect() for _ in range(200)]
    for number, peer in enumerate(peers):
        peer.sendall(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number)
    for number, peer in enumerate(peers):
        assert answer_from(peer).startswith(f"http h /{number} ")
        peer.close()


# --- descriptors


@pytest.mark.parametrize(
    ("descriptors", "wanted", "connections"),
    [(65_536, 2000, 2000), (1024, 2000, 448), (256, 2000, 64), (64, 2000, 16), (1024, 100, 100)],
)
def test_connections_are_limited_by_descriptors(descriptors: int, wanted: int, connections: int) -> None:
    assert connections_for(descriptors, wanted) == connections


def test_the_limit_of_descriptors_is_raised_as_far_as_allowed() -> None:
    code = (
        "import resource; from trigpoint.server.front.listener import raise_descriptor_limit\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 300))\n"
        "print(raise_descriptor_limit(), resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "300 (300, 300)\n"
    assert raise_descriptor_limit() <= resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_a_listener_without_descriptors_turns_clients_away_and_writes_one_line() -> None:
    """It runs in a process of its own, which has no descriptor left."""
    code = Path(__file__).parents[1] / "helpers/listener_without_descriptors.py"
    done = subprocess.run(
        [sys.executable, str(code)], capture_output=True, text=True, timeout=60, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["turned-away", "20", "served", "1"]
    assert done.stderr.count("front.no_descriptor") == 1, done.stderr


def test_a_listener_is_an_ordinary_one_as_long_as_there_are_descriptors() -> None:
    with Listener(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client = threading.Thread(target=lambda: socket.create_connection(listener.getsockname()).close())
        client.start()
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(10) == b""
        client.join()
