"""A client that reads nothing of an answer for 30 minutes loses its connection; one that reads now and then keeps it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import closing

from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from trigpoint.server.front import limits
from trigpoint.server.front.admission import Admission
from trigpoint.server.front.http_connection import HttpConnection

ANSWER_BYTES = 96 << 20  # more than the buffers of the system hold
PIECE_BYTES = 24 << 20
MINUTE_S = 60.0


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose time can be moved forward."""

    passed_s = 0.0

    def time(self) -> float:
        return super().time() + self.passed_s

    async def advance(self, seconds: float) -> None:
        """Moves the time forward in steps, so that a timer that sets itself again runs as often as it would."""
        for _ in range(round(seconds / limits.HEAD_LIMIT_S)):
            self.passed_s += limits.HEAD_LIMIT_S
            for _ in range(5):
                await asyncio.sleep(0)


async def large_answer(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"%d" % ANSWER_BYTES)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(ANSWER_BYTES)})


async def received(loop: FakeTimeLoop, peer: socket.socket, at_most: int) -> int:
    """How many bytes the peer gets, fewer when the connection ends."""
    size = 0
    while size < at_most:
        try:
            piece = await loop.sock_recv(peer, min(at_most - size, 1 << 20))
        except ConnectionError:
            break
        if not piece:
            break
        size += len(piece)
    return size


def with_a_reader(visit: Callable[[FakeTimeLoop, socket.socket], Awaitable[None]]) -> None:
    """Calls `visit` with a client that has asked for the large answer and got its beginning."""
    loop = FakeTimeLoop()

    def connection() -> HttpConnection:
        place = Admission().admit("192.0.2.1", lambda: None)
        assert place is not None
        return HttpConnection(config, ServerState(), {}, loop, place)

    async def run() -> None:
        server = await loop.create_server(connection, "127.0.0.1", 0)
        with closing(socket.socket()) as peer:
            peer.setblocking(False)
            await loop.sock_connect(peer, server.sockets[0].getsockname())
            await loop.sock_sendall(peer, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert await received(loop, peer, 1 << 20) == 1 << 20
            await visit(loop, peer)
        server.close()

    with closing(loop):
        config = Config(large_answer, log_level="critical")
        config.load()
        loop.run_until_complete(run())


def test_a_client_that_reads_nothing_for_thirty_minutes_loses_its_connection() -> None:
    async def visit(loop: FakeTimeLoop, peer: socket.socket) -> None:
        await loop.advance(limits.STALLED_READER_LIMIT_S + 2 * limits.HEAD_LIMIT_S)
        assert await received(loop, peer, ANSWER_BYTES) < ANSWER_BYTES // 2

    with_a_reader(visit)


def test_a_client_that_reads_a_piece_every_29_minutes_gets_everything() -> None:
    async def visit(loop: FakeTimeLoop, peer: socket.socket) -> None:
        for _ in range(3):
            await loop.advance(limits.STALLED_READER_LIMIT_S - MINUTE_S)
            assert await received(loop, peer, PIECE_BYTES) == PIECE_BYTES
        rest = ANSWER_BYTES - 3 * PIECE_BYTES - (1 << 20)
        assert await received(loop, peer, rest) == rest

    with_a_reader(visit)
