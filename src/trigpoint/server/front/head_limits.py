"""The limits of a request's head, and the answers to requests that break them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trigpoint.server.front import limits

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a request that is not HTTP or breaks a limit. The connection is closed after it."""

    status: str
    message: str


BAD_REQUEST = Refusal("400 Bad Request", "This is not a valid HTTP request.")
LONG_URL = Refusal("414 URI Too Long", f"The URL has more than {limits.MAX_URL_BYTES} bytes.")
LONG_HEADER = Refusal(
    "431 Request Header Fields Too Large", f"A header has more than {limits.MAX_HEADER_BYTES} bytes."
)
LONG_HEAD = Refusal(
    "431 Request Header Fields Too Large",
    f"The head or the framing of the request has more than {limits.MAX_HEAD_BYTES} bytes.",
)
MANY_HEADERS = Refusal(
    "431 Request Header Fields Too Large", f"The request has more than {limits.MAX_HEADERS} headers."
)
FULL = Refusal("503 Service Unavailable", "The server has no room for another connection. Try again later.")


def broken_limit(url: bytes, headers: Headers) -> Refusal | None:
    """The refusal of a complete head; None when it keeps the limits."""
    if len(url) > limits.MAX_URL_BYTES:
        return LONG_URL
    if len(headers) > limits.MAX_HEADERS:
        return MANY_HEADERS
    sizes = [len(name) + len(value) for name, value in headers]
    if sizes and max(sizes) > limits.MAX_HEADER_BYTES:
        return LONG_HEADER
    return LONG_HEAD if sum(sizes) + len(url) > limits.MAX_HEAD_BYTES else None


def refusal_bytes(refusal: Refusal) -> bytes:
    """An HTTP answer after which the connection is closed."""
    body = (refusal.message + "\n").encode()
    head = (
        f"HTTP/1.1 {refusal.status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
