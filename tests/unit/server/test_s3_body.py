"""Bodies that a thread reads while the event loop receives them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from trigpoint.server.http import Disconnected, Incoming
from trigpoint.server.s3.body import PIECE_BYTES, BlockingSource

CHUNK = bytes(range(256)) * 256  # 64 KiB, as the network gives them


class Client:
    """The messages of ASGI's `receive`: `count` chunks, then the end or a disconnect."""

    def __init__(self, count: int, *, leaves: bool = False) -> None:
        self.count, self.leaves, self.sent = count, leaves, 0

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        if self.sent == self.count and self.leaves:
            return {"type": "http.disconnect"}
        self.sent += 1
        return {"type": "http.request", "body": CHUNK, "more_body": self.leaves or self.sent < self.count}


def _in_a_thread(client: Client, use: Callable[[BlockingSource], Any]) -> Any:
    async def run() -> Any:
        incoming = Incoming(client.receive, expects_continue=False)
        source = BlockingSource(incoming, asyncio.get_running_loop())
        try:
            return await asyncio.to_thread(use, source)
        finally:
            source.close()

    return asyncio.run(run())


@pytest.mark.parametrize("size_bytes", [1000, 1 << 16, PIECE_BYTES, 1 << 30])
def test_a_body_is_read_completely_and_in_order_in_pieces_of_any_size(size_bytes: int) -> None:
    def read(source: BlockingSource) -> bytes:
        return b"".join(iter(lambda: source.read(size_bytes), b"")) + source.read(1)

    assert _in_a_thread(Client(40), read) == CHUNK * 40


def test_nothing_is_received_before_it_is_read() -> None:
    client = Client(40)
    _in_a_thread(client, lambda source: None)
    assert client.sent == 0


def test_at_most_one_piece_is_received_ahead() -> None:
    client = Client(400)

    def read(source: BlockingSource) -> None:
        source.read(1)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.2), source._loop).result()

    _in_a_thread(client, read)
    assert client.sent == 2 * PIECE_BYTES // len(CHUNK)


def test_a_client_that_disconnects_in_the_middle_is_an_error() -> None:
    def read(source: BlockingSource) -> bytes:
        return b"".join(iter(lambda: source.read(1 << 16), b""))

    with pytest.raises(Disconnected):
        _in_a_thread(Client(3, leaves=True), read)


def test_data_received_before_the_thread_started_is_read_first() -> None:
    client = Client(3)

    async def run() -> bytes:
        incoming = Incoming(client.receive, expects_continue=False)
        await incoming.hold(1 << 20)
        assert client.sent == 3
        source = BlockingSource(incoming, asyncio.get_running_loop())
        return await asyncio.to_thread(lambda: b"".join(iter(lambda: source.read(1 << 20), b"")))

    assert asyncio.run(run()) == CHUNK * 3
