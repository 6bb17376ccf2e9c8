"""The reader of an S3 request's payload, chosen by `x-amz-content-sha256`."""

from __future__ import annotations

import re
from collections.abc import Callable

from trigpoint.wire.aws_chunked import (
    SIGNED,
    SIGNED_WITH_TRAILER,
    UNSIGNED_WITH_TRAILER,
    ByteSource,
    ChunkedPayload,
    SignatureChain,
)
from trigpoint.wire.errors import AwsError
from trigpoint.wire.hashed_payload import HashedPayload, decoded_md5

FRAMINGS = frozenset({SIGNED, SIGNED_WITH_TRAILER, UNSIGNED_WITH_TRAILER})


def payload_reader(
    source: ByteSource,
    *,
    content_sha256: str,
    decoded_length: int | None,
    content_md5: str | None,
    chain: Callable[[], SignatureChain],
) -> ChunkedPayload | HashedPayload:
    """The reader for the value of `x-amz-content-sha256`.

    Raises: AwsError(InvalidArgument): the value is neither a hash nor one of S3's words.
    """
    if content_sha256 in FRAMINGS:
        if decoded_length is None:
            raise AwsError(
                "MissingContentLength", "You must provide the x-amz-decoded-content-length header.", 411
            )
        signed = content_sha256 != UNSIGNED_WITH_TRAILER
        return ChunkedPayload(
            source,
            decoded_length=decoded_length,
            chain=chain() if signed else None,
            with_trailer=content_sha256 != SIGNED,
        )
    if content_md5 is not None:
        decoded_md5(content_md5)
    if content_sha256 == "UNSIGNED-PAYLOAD":
        return HashedPayload(source, sha256_hex=None, md5_base64=content_md5)
    if not re.fullmatch(r"[0-9a-fA-F]{64}", content_sha256):
        raise AwsError(
            "InvalidArgument",
            f"x-amz-content-sha256 must be UNSIGNED-PAYLOAD, {UNSIGNED_WITH_TRAILER}, {SIGNED}, "
            f"{SIGNED_WITH_TRAILER} or a valid sha256 value.",
            400,
            {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": content_sha256[:200]},
        )
    return HashedPayload(source, sha256_hex=content_sha256.lower(), md5_base64=content_md5)
