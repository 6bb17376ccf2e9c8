"""A model server that is shutting down answers only the requests that it has already received."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from trigpoint.toolkit.trigpoint_toolkit import drain
from trigpoint.toolkit.trigpoint_toolkit.http_front import ModelReply, ModelServer


class Model:
    """Replies with the body once `may_answer` is set."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked: list[bytes] = []
        self.was_asked = threading.Event()

    def __call__(self, body: bytes, content_type: str, accept: str) -> ModelReply:
        self.asked.append(body)
        self.was_asked.set()
        assert self.may_answer.wait(20)
        return ModelReply(body, "text/plain")


class Running:
    """A model server in a thread; `end` is what SIGTERM does."""

    def __init__(self) -> None:
        self.model = Model()
        self.server = ModelServer(("127.0.0.1", 0), self.model)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        self.server.serve_forever(poll_interval=0.02)
        self.server.drain()

    def end(self) -> None:
        """Asks it to end and returns when it accepts no more connections."""
        self.server.shutdown()
        deadline = time.monotonic() + 10
        while not self.server.draining:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)

    def post(self, body: bytes) -> http.client.HTTPConnection:
        connection = self.connect()
        connection.request("POST", "/invocations", body)
        return connection


@contextmanager
def running() -> Iterator[Running]:
    server = Running()
    try:
        yield server
    finally:
        server.model.may_answer.set()
        server.server.shutdown()
        server.thread.join(10)
        assert not server.thread.is_alive()


def test_a_running_request_and_a_queued_one_are_answered_and_new_ones_are_refused() -> None:
    with running() as server, closing(server.post(b"one")) as one:
        assert server.model.was_asked.wait(10)
        with closing(server.post(b"two")) as two:
            server.end()
            with pytest.raises(ConnectionRefusedError):
                server.post(b"three")
            server.model.may_answer.set()
            for connection, body in ((one, b"one"), (two, b"two")):
                answer = connection.getresponse()
                assert (answer.status, answer.read()) == (200, body)
                assert answer.headers["Connection"] == "close"
        server.thread.join(10)
        assert not server.thread.is_alive()


def test_a_connection_that_is_not_yet_accepted_is_served() -> None:
    model = Model()
    model.may_answer.set()
    server = ModelServer(("127.0.0.1", 0), model)  # listens, and accepts nothing
    with closing(http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)) as connection:
        connection.request("POST", "/invocations", b"queued")
        server.drain()
        assert connection.getresponse().read() == b"queued"


def test_idle_connections_do_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        drain, "FIRST_REQUEST_S", 3600.0
    )  # the end waits for this only with a fresh connection
    with running() as server, closing(server.connect()) as kept:
        kept.request("GET", "/ping")
        assert kept.getresponse().read() == b""
        server.end()
        server.thread.join(10)
        assert not server.thread.is_alive()


def test_the_end_waits_only_a_moment_for_a_connection_without_a_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drain, "FIRST_REQUEST_S", 0.1)
    with running() as server, socket.create_connection(("127.0.0.1", server.server.server_port)) as silent:
        server.end()
        silent.settimeout(10)
        assert silent.recv(1) == b""


def test_nothing_is_predicted_for_clients_that_have_disconnected() -> None:
    with running() as server, closing(server.post(b"first")) as first:
        assert server.model.was_asked.wait(10)
        server.post(b"left").close()
        time.sleep(0.1)  # its thread waits for its turn
        server.end()
        server.model.may_answer.set()
        assert first.getresponse().read() == b"first"
        server.thread.join(10)
        assert server.model.asked == [b"first"]
