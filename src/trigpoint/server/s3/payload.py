"""The body of an S3 request: what its signature says of it, and the bytes without their framing."""

from __future__ import annotations

import io

from trigpoint.wire.aws_chunked import ByteSource, ChunkedPayload, SignatureChain
from trigpoint.wire.claims import Claim, Scheme
from trigpoint.wire.errors import AwsError
from trigpoint.wire.hashed_payload import HashedPayload
from trigpoint.wire.head import RequestHead
from trigpoint.wire.payload import payload_reader
from trigpoint.wire.sigv4 import UNSIGNED_PAYLOAD, Credential, signing_key


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


def open_payload(
    head: RequestHead, claim: Claim, credential: Credential, source: ByteSource
) -> ChunkedPayload | HashedPayload:
    """The body without its framing, checked as it is read.

    Raises: AwsError: the headers that describe the body contradict each other.
    """
    word = payload_word(head, claim) if claim.scheme is not Scheme.QUERY_V2 else UNSIGNED_PAYLOAD
    return payload_reader(
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


def has_no_body(head: RequestHead) -> bool:
    """Whether nothing follows the head."""
    announced = head.header("content-length") or "0"
    return head.header("transfer-encoding") is None and announced.isdecimal() and int(announced) == 0


def _decoded_length(head: RequestHead) -> int | None:
    text = head.header("x-amz-decoded-content-length")
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise AwsError(
            "InvalidArgument", f"x-amz-decoded-content-length must be a number, got {text[:40]!r}.", 400
        )
    return int(text)
