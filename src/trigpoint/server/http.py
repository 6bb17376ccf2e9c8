"""ASGI as the request chain sees it: a head, a body that is pulled, a reply that is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO

import anyio
from anyio import to_thread
from starlette.types import Receive, Scope, Send

from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead

SEND_BYTES = 1 << 20
IDLE_LIMIT_S = 60.0
MIN_BYTES_PER_S = 1024  # of a body, on average; less only in the first minute
_HEAD = "trigpoint.head"
SERVER_STOPS = "The server stops. Send the request again when it has started."
_NO_BREAKS = {ord(mark): " " for mark in "\r\n\0"}


class Disconnected(ConnectionError):
    """The client disconnected before its request was complete; nobody reads a reply."""


class BrokenOff(Disconnected):
    """The server stops before the request is complete. The client gets SERVER_STOPS as the reason."""

    def __init__(self) -> None:
        super().__init__(SERVER_STOPS)


@dataclass(slots=True)
class FileSlice:
    """A part of an open file, which is closed after it has been sent."""

    file: BinaryIO
    start: int
    length: int

    def read_all(self) -> bytes:
        """All its bytes."""
        return b"".join(_file_pieces(self))


@dataclass(slots=True)
class HttpReply:
    """Status, headers and body of a response."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] | FileSlice = b""


class Incoming:
    """The body of a request, pulled chunk by chunk. A client that sends faster than we pull is held back."""

    def __init__(self, receive: Receive, *, expects_continue: bool, is_empty: bool = False) -> None:
        self._receive = receive
        self._expects_continue = expects_continue
        self._begun = False
        self._held = b""
        self._waited_s = 0.0
        self._received_bytes = 0
        self._waiting: anyio.CancelScope | None = None
        self._is_broken_off = False
        self.complete = is_empty

    def break_off(self) -> None:
        """Receives nothing more, because the server stops. A caller that waits for the body gets BrokenOff."""
        self._is_broken_off = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def chunk(self) -> bytes:
        """The next bytes, b"" at the end.

        Raises: Disconnected, BrokenOff. AwsError(RequestTimeout): nothing arrived for a minute, or too little in total.
        """
        if self._held:
            held, self._held = self._held, b""
            return held
        while not self.complete:
            self._begun = True
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise Disconnected("the client disconnected while it sent the body")
            self.complete = not message.get("more_body", False)
            body: bytes = message.get("body", b"")
            if body:
                return body
        return b""

    async def pieces(self, size_bytes: int) -> bytes:
        """The next `size_bytes` or more; fewer at the end of the body, and b"" after it."""
        await self.hold(size_bytes)
        return self.take_held()

    async def hold(self, size_bytes: int, within_s: float | None = None) -> bool:
        """Waits for `size_bytes` or the end of the body, and keeps what arrived for the next `chunk`.

        Returns: whether it arrived in time.
        """
        if self.complete or len(self._held) >= size_bytes:
            return True
        parts, size = [self._held] if self._held else [], len(self._held)
        self._held = b""
        with anyio.move_on_after(within_s):
            while size < size_bytes and (part := await self.chunk()):
                parts.append(part)
                size += len(part)
        self._held = parts[0] if len(parts) == 1 else b"".join(parts)
        return self.complete or size >= size_bytes

    def take_held(self) -> bytes:
        """The bytes that have already arrived; b"" if there are none."""
        held, self._held = self._held, b""
        return held

    async def wait_for_disconnect(self) -> None:
        """Returns when the client disconnects. Call it only after the body is complete."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    @property
    def must_close(self) -> bool:
        """Whether the connection must not carry another request.

        A client that waits for `100 Continue` may omit the body when it gets a final reply instead. What it
        sends next on the connection would then be read as that body.
        """
        return self._expects_continue and not self._begun and not self.complete

    async def _next(self) -> Any:
        began_s = time.monotonic()
        message = await self._message()
        self._waited_s += time.monotonic() - began_s
        self._received_bytes += len(message.get("body", b""))
        if self._waited_s > IDLE_LIMIT_S and self._received_bytes < self._waited_s * MIN_BYTES_PER_S:
            raise _too_slow()
        return message

    async def _message(self) -> Any:
        with anyio.move_on_after(IDLE_LIMIT_S) as self._waiting:
            if not self._is_broken_off:
                return await self._receive()
        if self._is_broken_off:
            raise BrokenOff
        raise _too_slow()


def _too_slow() -> AwsError:
    return AwsError(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout "
        "period. Idle connections will be closed.",
        400,
    )


def read_head(scope: Scope) -> RequestHead:
    """The head of the request with the raw target. It is read once and kept in the scope."""
    known = scope.get(_HEAD)
    if isinstance(known, RequestHead):
        return known
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    head = scope[_HEAD] = RequestHead(
        method=scope["method"],
        path=raw_path.partition(b"?")[0].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ),
    )
    return head


async def send_reply(send: Send, reply: HttpReply, incoming: Incoming) -> None:
    """Sends the reply. A file or an iterator is read in a worker thread, one piece at a time."""
    headers = dict(reply.headers)
    if incoming.must_close:
        headers["Connection"] = "close"
    start = {
        "type": "http.response.start",
        "status": reply.status,
        "headers": [(name.encode("ascii"), _header_bytes(value)) for name, value in headers.items()],
    }
    if isinstance(reply.body, bytes):
        await send(start)
        await send({"type": "http.response.body", "body": reply.body})
        return
    pieces = _file_pieces(reply.body) if isinstance(reply.body, FileSlice) else reply.body
    await send(start)
    async with anyio.create_task_group() as group:
        if incoming.complete:
            group.start_soon(_cancel_on_disconnect, incoming, group.cancel_scope)
        await _send_pieces(send, pieces)
        group.cancel_scope.cancel()


def _header_bytes(value: str) -> bytes:
    """A header's value for the wire: Latin-1 if possible, else UTF-8. Line breaks and NUL become spaces."""
    line = value.translate(_NO_BREAKS)
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode("utf-8", "replace")


async def _send_pieces(send: Send, pieces: Iterator[bytes]) -> None:
    try:
        while (piece := await to_thread.run_sync(next, pieces, None)) is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(partial(close))


async def _cancel_on_disconnect(incoming: Incoming, scope: anyio.CancelScope) -> None:
    await incoming.wait_for_disconnect()
    scope.cancel()


def _file_pieces(part: FileSlice) -> Iterator[bytes]:
    with part.file as file:
        file.seek(part.start)
        left = part.length
        while left > 0:
            piece = file.read(min(SEND_BYTES, left))
            if not piece:
                raise OSError(f"the file ended {left} bytes before its announced length")
            left -= len(piece)
            yield piece
