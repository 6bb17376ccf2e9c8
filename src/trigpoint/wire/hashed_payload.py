"""The payload of a plain body, checked at its end against the digests that the headers announce."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from trigpoint.wire.aws_chunked import ByteSource
from trigpoint.wire.errors import AwsError


class HashedPayload:
    """Reads a plain body and checks it at its end against the SHA-256 and MD5 that the headers announce.

    Args:   sha256_hex: None when the payload is not signed; md5_base64: Content-MD5, None when absent.
    Raises: AwsError: XAmzContentSHA256Mismatch or BadDigest, from the `read` that reaches the end.
    """

    def __init__(self, source: ByteSource, *, sha256_hex: str | None, md5_base64: str | None = None) -> None:
        self._source = source
        self._sha256_hex = sha256_hex
        self._sha256 = hashlib.sha256() if sha256_hex is not None else None
        self._md5_base64 = md5_base64
        self._md5 = hashlib.md5(usedforsecurity=False) if md5_base64 is not None else None
        self._finished = False

    def read(self, size_bytes: int = -1) -> bytes:
        """Up to `size_bytes` bytes; all that is left when negative; b"" at the end."""
        if size_bytes < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        if size_bytes == 0 or self._finished:
            return b""
        data = self._source.read(size_bytes)
        for digest in (self._sha256, self._md5):
            if digest is not None:
                digest.update(data)
        if not data:
            self._check()
            self._finished = True
        return data

    def trailers(self) -> Mapping[str, str]:
        """Empty: a plain body has no trailing headers."""
        return {}

    def _check(self) -> None:
        if self._sha256 is not None and self._sha256.hexdigest() != self._sha256_hex:
            raise AwsError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                400,
                {
                    "ClientComputedContentSHA256": self._sha256_hex,
                    "S3ComputedContentSHA256": self._sha256.hexdigest(),
                },
            )
        if self._md5 is not None and self._md5.digest() != decoded_md5(self._md5_base64 or ""):
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400)


def decoded_md5(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 16:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400)
    return digest
