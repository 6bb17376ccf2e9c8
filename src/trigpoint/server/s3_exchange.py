"""How is an S3 request answered: addressed, believed, its body unwrapped, and handed to the service."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from trigpoint.server.http import FileSlice, HttpReply
from trigpoint.server.s3_address import S3Address
from trigpoint.services.context import RequestContext
from trigpoint.services.s3_http import S3Request, S3Response, S3Service
from trigpoint.wire import aws_chunked
from trigpoint.wire.aws_chunked import ChunkedPayload, HashedPayload, SignatureChain, Source
from trigpoint.wire.claims import Claim, Scheme
from trigpoint.wire.errors import AwsError
from trigpoint.wire.head import RequestHead
from trigpoint.wire.sigv4 import UNSIGNED_PAYLOAD, Credential, signing_key

# Pages inside the sandboxed task frame read images from here: their origin is opaque; no cookie is involved.
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
# Objects lie on the portal's own origin; an HTML object must not run as if it were the portal.
SANDBOX_HEADERS = {"Content-Security-Policy": "sandbox"}

AT_ONCE_BYTES = 256 << 10
"""A file up to this is read by the thread that opened it: handing it on costs more than reading it."""


def asks_to_read(service: S3Service, head: RequestHead, bucket: str) -> bool:
    """Whether this is a browser's question before a GET, and reading is allowed to its page by default."""
    method, origin = head.header("access-control-request-method") or "", head.header("origin") or ""
    return method in ("GET", "HEAD") and service.cors_headers(bucket, method, origin) is None


def for_page(service: S3Service, head: RequestHead, bucket: str, answer: HttpReply) -> HttpReply:
    """The answer with what the bucket's CORS rules add to it when a page asks; to refusals too, so that the page
    sees why.
    """
    origin = head.header("origin") if head.method != "OPTIONS" else None
    granted = service.cors_headers(bucket, head.method, origin) if origin else None
    if granted is None:
        return answer
    kept = {name: value for name, value in answer.headers.items() if not name.startswith("Access-Control-")}
    return replace(answer, headers={**kept, **granted})


def preflight(head: RequestHead) -> HttpReply:
    """The answer to a browser that asks whether it may read."""
    asked = head.header("access-control-request-headers")
    return HttpReply(
        200,
        {
            **CORS_HEADERS,
            "Access-Control-Allow-Methods": "GET, HEAD",
            "Access-Control-Allow-Headers": asked or "*",
            "Access-Control-Max-Age": "3000",
            "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
            "Content-Length": "0",
        },
    )


def payload_word(head: RequestHead, claim: Claim) -> str:
    """The last line of the canonical request: the body's hash or a word for it.

    Raises: AwsError(MissingSecurityHeader): a signed request must announce it.
    """
    announced = head.header("x-amz-content-sha256")
    if announced is not None:
        return announced
    if claim.scheme is Scheme.HEADER:
        raise AwsError(
            "MissingSecurityHeader",
            "Your request was missing a required header: x-amz-content-sha256",
            400,
            {"MissingHeaderName": "x-amz-content-sha256"},
        )
    return head.query_map.get("X-Amz-Content-Sha256", UNSIGNED_PAYLOAD)


def hand_over(
    service: S3Service,
    head: RequestHead,
    address: S3Address,
    payload: ChunkedPayload | HashedPayload,
    context: RequestContext,
) -> HttpReply:
    """The service's answer to a request that is believed.

    Raises: AwsError, TrigpointError, Disconnected.
    """
    if has_no_body(head):
        payload.read(1)  # the announced hash must be that of nothing
    request = S3Request(
        method=head.method,
        bucket=address.bucket,
        key=address.key,
        query=head.query_map,
        headers=_headers(head),
        body=payload,
        trailers=payload.trailers,
        context=context,
    )
    return _answer(head, service.handle(request))


def open_payload(
    head: RequestHead, claim: Claim, credential: Credential, source: Source
) -> ChunkedPayload | HashedPayload:
    """The body without its framing, checked as it is read.

    Raises: AwsError: the headers that describe the body contradict themselves.
    """
    word = payload_word(head, claim) if claim.scheme is not Scheme.QUERY_V2 else UNSIGNED_PAYLOAD
    return aws_chunked.payload_reader(
        source,
        content_sha256=word,
        decoded_length=_decoded_length(head),
        content_md5=head.header("content-md5"),
        chain=lambda: SignatureChain(
            signing_key(credential.secret_access_key, claim.scope),
            claim.timestamp,
            claim.scope,
            claim.signature,
        ),
    )


def no_payload() -> HashedPayload:
    """The body of a request that has none."""
    return HashedPayload(io.BytesIO(), sha256_hex=None)


def _decoded_length(head: RequestHead) -> int | None:
    text = head.header("x-amz-decoded-content-length")
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise AwsError(
            "InvalidArgument", f"x-amz-decoded-content-length must be a number, got {text[:40]!r}.", 400
        )
    return int(text)


def has_no_body(head: RequestHead) -> bool:
    """Whether nothing follows the head."""
    announced = head.header("content-length") or "0"
    return head.header("transfer-encoding") is None and announced.isdecimal() and int(announced) == 0


def _headers(head: RequestHead) -> dict[str, str]:
    headers = dict(head.header_map)
    encodings = [part.strip() for part in headers.get("content-encoding", "").split(",")]
    kept = [part for part in encodings if part and part.lower() != "aws-chunked"]
    headers.pop("content-encoding", None)
    if kept:
        headers["content-encoding"] = ", ".join(kept)
    return headers


def _answer(head: RequestHead, response: S3Response) -> HttpReply:
    headers = dict(response.headers)
    if head.method in ("GET", "HEAD"):
        headers = CORS_HEADERS | SANDBOX_HEADERS | headers
    body: bytes | Iterator[bytes] | FileSlice = response.body
    if response.file is not None and head.method != "HEAD":
        source, start, length = response.file
        file = source.open("rb") if isinstance(source, Path) else source
        headers.setdefault("Content-Length", str(length))
        part = FileSlice(file, start, length)
        body = part.read_all() if length <= AT_ONCE_BYTES else part
    elif isinstance(body, bytes):
        if head.method == "HEAD":
            body = b""
        elif response.status not in (204, 304):
            headers.setdefault("Content-Length", str(len(body)))
    return HttpReply(response.status, headers, body)
