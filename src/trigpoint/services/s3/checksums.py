"""Checks of the bytes that arrived: Content-MD5 and S3's flexible checksums, trailers included."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from trigpoint.objects.checksums import ALGORITHMS, Digests
from trigpoint.services.s3.contract import S3Request
from trigpoint.wire.errors import AwsError

_PREFIX = "x-amz-checksum-"
_DIGEST_BYTES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
DEFAULT_ALGORITHM = "CRC32"
"""Of objects whose writer names none. Decision: S3 takes CRC64NVME; CRC32 is what every client can verify."""


class AnnouncedDigests:
    """The digests that a request announces for its body, in headers or trailers."""

    def __init__(self, request: S3Request) -> None:
        self._request = request
        self._md5 = _content_md5(request.headers)
        self._trailers = _announced_trailers(request.headers)
        named = {*checksums_in(request.headers), *self._trailers}
        if len(named) > 1:
            raise AwsError(
                "InvalidRequest",
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            )
        requested = request.headers.get("x-amz-sdk-checksum-algorithm") or request.headers.get(
            "x-amz-checksum-algorithm"
        )
        self.algorithm = next(iter(named), "") or (known_algorithm(requested) if requested else "")

    def verify(self, digests: Digests) -> None:
        """Raises BadDigest when the body does not have the announced digests; call it at the body's end."""
        if self._md5 is not None and self._md5 != digests.md5:
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.")
        sent = checksums_in(self._request.headers) | checksums_in(self._request.trailers())
        if not sent.keys() >= set(self._trailers):
            raise AwsError(
                "MalformedTrailerError", "The trailing data lacks the checksum that x-amz-trailer announced."
            )
        for algorithm, value in sent.items():
            received = digests.checksums.get(algorithm)
            if received is not None and received != value:
                raise AwsError(
                    "BadDigest",
                    f"The {algorithm} you specified did not match the calculated checksum {received}.",
                )


def checksums_in(headers: Mapping[str, str]) -> dict[str, str]:
    """The values of x-amz-checksum-* by algorithm, in base64.

    Raises: AwsError: InvalidRequest, when a value cannot be a digest of its algorithm.
    """
    found = {
        algorithm: headers[_PREFIX + algorithm.lower()]
        for algorithm in ALGORITHMS
        if _PREFIX + algorithm.lower() in headers
    }
    for algorithm, value in found.items():
        if _decoded(value.partition("-")[0], _DIGEST_BYTES[algorithm]) is None:
            raise AwsError("InvalidRequest", f"Value for {_PREFIX}{algorithm.lower()} header is invalid.")
    return found


def known_algorithm(name: str) -> str:
    """The algorithm in upper case.

    Raises: AwsError: InvalidRequest, when there is no such algorithm.
    """
    if name.upper() not in ALGORITHMS:
        raise AwsError(
            "InvalidRequest",
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(ALGORITHMS)}]",
        )
    return name.upper()


def _announced_trailers(headers: Mapping[str, str]) -> list[str]:
    names = [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",")]
    return [algorithm for algorithm in ALGORITHMS if _PREFIX + algorithm.lower() in names]


def _content_md5(headers: Mapping[str, str]) -> bytes | None:
    if "content-md5" not in headers:
        return None
    md5 = _decoded(headers["content-md5"], 16)
    if md5 is None:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.")
    return md5


def _decoded(text: str, size_bytes: int) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size_bytes else None
