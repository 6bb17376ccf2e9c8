"""A body that arrives in the event loop, read by a worker thread; at most one piece is received in advance."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from trigpoint.server.http import Incoming
from trigpoint.server.loop_step import LoopStep
from trigpoint.server.turn import Turn

STALL_S = 1.0
PIECE_BYTES = 1 << 20  # each way between thread and loop costs as much as receiving 100 KB


class BlockingSource:
    """`read(n)` for a worker thread. While it works on one piece, the loop receives the next; a client that sends
    faster is held back.

    Nothing is received before the first `read`. Call `close` when no more is read.

    Args:   turn: the thread's turn, which it gives up while the client sends nothing for STALL_S.
    """

    def __init__(self, incoming: Incoming, loop: asyncio.AbstractEventLoop, turn: Turn | None = None) -> None:
        self._incoming = incoming
        self._loop = loop
        self._turn = turn
        self._buffer = memoryview(incoming.take_held())
        self._next: LoopStep[bytes] | None = None

    def read(self, size_bytes: int, /) -> bytes:
        """Between 1 and `size_bytes` bytes, b"" at the end.

        Raises: Disconnected, BrokenOff, AwsError(RequestTimeout).
        """
        if not self._buffer:
            self._buffer = memoryview(self._received())
        piece = self._buffer[:size_bytes]
        self._buffer = self._buffer[size_bytes:]
        return bytes(piece)

    def close(self) -> None:
        """Stops receiving."""
        if self._next is not None:
            self._next.cancel()

    def _received(self) -> bytes:
        if self._next is None and self._incoming.complete:
            return b""
        coming = self._next or self._begin(self._incoming.pieces(PIECE_BYTES))
        self._next = None
        piece = self._awaited(coming)
        if not self._incoming.complete:
            self._next = self._begin(self._incoming.pieces(PIECE_BYTES))
        return piece

    def _awaited(self, coming: LoopStep[bytes]) -> bytes:
        if self._turn is None or coming.is_done(STALL_S):
            return coming.result()
        self._turn.step_aside()
        try:
            return coming.result()
        finally:
            self._turn.go_on()

    def _begin(self, receiving: Coroutine[Any, Any, bytes]) -> LoopStep[bytes]:
        return LoopStep(receiving, self._loop)
