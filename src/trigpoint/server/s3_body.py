"""How does a worker thread read a body that arrives in the event loop: blocking, and never more than it
asked for."""

from __future__ import annotations

from anyio import from_thread

from trigpoint.server.http import Incoming


class BlockingSource:
    """`read(n)` for a worker thread that anyio started; each call pulls at most one chunk of the
    network's."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._buffer = memoryview(b"")

    def read(self, size_bytes: int, /) -> bytes:
        """Between 1 and `size_bytes` bytes, b"" at the end.

        Raises: Disconnected, AwsError(RequestTimeout).
        """
        if not self._buffer:
            self._buffer = memoryview(from_thread.run(self._incoming.chunk))
        piece = self._buffer[:size_bytes]
        self._buffer = self._buffer[size_bytes:]
        return bytes(piece)
