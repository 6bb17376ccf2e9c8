"""Compressed request bodies: botocore compresses a PutMetricData of more than 10 KB."""

from __future__ import annotations

import zlib

from trigpoint.wire.errors import AwsError

_GZIP = 16 + zlib.MAX_WBITS


def decompressed(body: bytes, content_encoding: str | None, limit_bytes: int) -> bytes:
    """The body before its compression, or unchanged when it is not compressed.

    Raises: AwsError: it is not a complete gzip stream, or its content is longer than the limit.
    """
    if (content_encoding or "").strip().lower() != "gzip":
        return body
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(body, limit_bytes + 1)
    except zlib.error as problem:
        raise _unreadable(str(problem)) from None
    if len(plain) > limit_bytes:
        raise AwsError(
            "RequestEntityTooLargeException", f"The request body is longer than {limit_bytes} bytes.", 413
        )
    if not unpacker.eof:
        raise _unreadable("it is cut off")
    return plain


def _unreadable(why: str) -> AwsError:
    return AwsError("SerializationException", f"The body is announced as gzip and cannot be unpacked: {why}.")
