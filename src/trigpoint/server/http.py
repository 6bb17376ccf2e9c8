"""How does ASGI look from inside: a head, a body that is pulled, an answer that is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
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
_HEAD = "trigpoint.head"
_NO_BREAKS = {ord(mark): " " for mark in "\r\n\0"}


class Disconnected(ConnectionError):
    """The client has gone before the request was complete; nobody waits for an answer."""


@dataclass(slots=True)
class FileSlice:
    """A part of an open file; closed once it was sent."""

    file: BinaryIO
    start: int
    length: int

    def read_all(self) -> bytes:
        """All its bytes, in one piece."""
        return b"".join(_file_pieces(self))


@dataclass(slots=True)
class Answer:
    """What is sent back."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] | FileSlice = b""


class Incoming:
    """The body of a request, pulled chunk by chunk, so that the client is held back when nobody pulls."""

    def __init__(self, receive: Receive, *, expects_continue: bool, is_empty: bool = False) -> None:
        self._receive = receive
        self._expects_continue = expects_continue
        self._begun = False
        self._held = b""
        self.complete = is_empty

    async def chunk(self) -> bytes:
        """The next bytes, b"" at the end.

        Raises: Disconnected. AwsError(RequestTimeout): nothing came for a minute.
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
        """Chunks of at least so many bytes together, fewer at the end, b"" behind it."""
        parts, size = [], 0
        while size < size_bytes and (part := await self.chunk()):
            parts.append(part)
            size += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def hold(self, size_bytes: int) -> None:
        """Waits for so many bytes, or the end, and keeps them for the next `chunk`."""
        self._held = await self.pieces(size_bytes)

    def take_held(self) -> bytes:
        """What is here already, b"" when nothing is."""
        held, self._held = self._held, b""
        return held

    async def read_all(self, limit_bytes: int, too_large: AwsError) -> bytes:
        """The whole body.

        Raises: too_large: it is longer than `limit_bytes`.
        """
        parts, size = [], 0
        while part := await self.chunk():
            size += len(part)
            if size > limit_bytes:
                raise too_large
            parts.append(part)
        return b"".join(parts)

    async def wait_for_disconnect(self) -> None:
        """Returns when the client has gone; call it only when the body is complete."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    @property
    def must_close(self) -> bool:
        """Whether the connection is useless for another request.

        A client that waits for `100 Continue` may leave the body out when it gets a final answer instead;
        what comes next on the connection would then be taken for the body.
        """
        return self._expects_continue and not self._begun and not self.complete

    async def _next(self) -> Any:
        try:
            with anyio.fail_after(IDLE_LIMIT_S):
                return await self._receive()
        except TimeoutError:
            raise AwsError(
                "RequestTimeout",
                "Your socket connection to the server was not read from or written to within the timeout "
                "period. Idle connections will be closed.",
                400,
            ) from None


def read_head(scope: Scope) -> RequestHead:
    """The head of the request, with the raw target; read once, whoever asks."""
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


async def send_answer(send: Send, answer: Answer, incoming: Incoming) -> None:
    """Sends the answer; a file or an iterator is read in a worker thread, one piece ahead of the network."""
    headers = dict(answer.headers)
    if incoming.must_close:
        headers["Connection"] = "close"
    start = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [(name.encode("ascii"), _header_bytes(value)) for name, value in headers.items()],
    }
    if isinstance(answer.body, bytes):
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})
        return
    pieces = _file_pieces(answer.body) if isinstance(answer.body, FileSlice) else answer.body
    await send(start)
    async with anyio.create_task_group() as group:
        if incoming.complete:
            group.start_soon(_cancel_on_disconnect, incoming, group.cancel_scope)
        await _send_pieces(send, pieces)
        group.cancel_scope.cancel()


def _header_bytes(value: str) -> bytes:
    """A header's value as it can travel: Latin-1 as it came in, UTF-8 for the rest, never a line break."""
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


def close_quietly(body: bytes | Iterator[bytes] | FileSlice) -> None:
    """Closes the file of an answer that will not be sent."""
    if isinstance(body, FileSlice):
        with suppress(OSError):
            body.file.close()
