"""Headers on the way to the S3 service, and its response on the way back to HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trigpoint.server.http import FileSlice, HttpReply
from trigpoint.server.s3.cors import ANY_ORIGIN
from trigpoint.services.s3.contract import S3Response
from trigpoint.wire.head import RequestHead

# Objects are served from the portal's own origin; an HTML object must not run as if it were the portal.
SANDBOX_HEADERS = {"Content-Security-Policy": "sandbox"}

READ_AT_ONCE_BYTES = 256 << 10
"""A file up to this is read by the thread that opened it: handing it on costs more than reading it."""


def service_headers(head: RequestHead) -> dict[str, str]:
    """The headers of a request without `aws-chunked`, which describes the framing and not the object."""
    headers = dict(head.header_map)
    encodings = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    kept = [part for part in encodings if part and part.lower() != "aws-chunked"]
    headers.pop("content-encoding", None)
    if kept:
        headers["content-encoding"] = ", ".join(kept)
    return headers


def http_reply(head: RequestHead, response: S3Response) -> HttpReply:
    """The reply that carries a response of the service."""
    headers = dict(response.headers)
    if head.method in ("GET", "HEAD"):
        headers = ANY_ORIGIN | SANDBOX_HEADERS | headers
    body: bytes | Iterator[bytes] | FileSlice = response.body
    if response.file is not None and head.method != "HEAD":
        source, start, length = response.file
        file = source.open("rb") if isinstance(source, Path) else source
        headers.setdefault("Content-Length", str(length))
        part = FileSlice(file, start, length)
        body = part.read_all() if length <= READ_AT_ONCE_BYTES else part
    elif isinstance(body, bytes):
        if head.method == "HEAD":
            body = b""
        elif response.status not in (204, 304):
            headers.setdefault("Content-Length", str(len(body)))
    return HttpReply(response.status, headers, body)
