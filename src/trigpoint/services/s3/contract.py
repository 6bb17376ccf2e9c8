"""The contract between the HTTP surface and S3, which works with bodies and headers instead of modelled
dicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from trigpoint.services.context import RequestContext


class BodyReader(Protocol):
    """The payload of a request, without framing, read by a worker thread as it arrives."""

    def read(self, size_bytes: int = -1, /) -> bytes:
        """Up to `size_bytes` bytes (all, when negative); b"" at the end.

        Raises: AwsError: the payload breaks its hash, its length or a chunk's signature. Discard what was read
            so far.
        """
        ...


@dataclass(frozen=True, slots=True)
class S3Request:
    """One authenticated S3 request.

    `bucket` is "" at the service level, `key` is "" at the bucket level; both are decoded. `query` holds
    decoded values, "" for flags such as `?uploads`; `headers` have lower-case names, and `content-encoding`
    no longer names `aws-chunked`. `trailers()` are the trailing headers; they are valid after the body was
    read to its end.
    """

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: BodyReader
    trailers: Callable[[], Mapping[str, str]]
    context: RequestContext


@dataclass(frozen=True, slots=True)
class S3Response:
    """The answer: bytes, an iterator of bytes (run in a worker thread) or a slice of a file.

    `file` is (path or open file, first byte, length) and goes before `body`; an open file is closed by the
    server, and is safer where the path may be replaced meanwhile. Content-Length is set by the server, except
    for answers to HEAD, whose headers describe the object, and for iterators.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] = b""
    file: tuple[Path | BinaryIO, int, int] | None = None


class S3Service(Protocol):
    """Answers S3 requests; called in a worker thread."""

    def handle(self, request: S3Request) -> S3Response:
        """The answer.

        Raises: AwsError, TrigpointError: the refusal.
        """
        ...

    def cors_headers(self, bucket: str, method: str, origin: str) -> Mapping[str, str] | None:
        """The headers that the bucket's CORS rules add to every answer to a page of this origin; None without rules.

        Raises: TrigpointError: the bucket cannot be read.
        """
        ...
