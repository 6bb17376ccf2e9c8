"""What is inside an aws-chunked body: the payload without its frames, each frame's signature checked on the
way.

Source: Amazon S3 API Reference, "Signature calculations: transferring payload in multiple chunks" and
    "Including trailing headers". Frames: `<hex size>[;chunk-signature=<sig>]CRLF data CRLF`, a last one of
    size 0, then trailing headers and an empty line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from trigpoint.wire.errors import AwsError

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_WITH_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_WITH_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
FRAMINGS = frozenset({SIGNED, SIGNED_WITH_TRAILER, UNSIGNED_WITH_TRAILER})

_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_FRAME = re.compile(rb"([0-9A-Fa-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?")
_MAX_LINE_BYTES = 8192
_MAX_TRAILER_LINES = 32


class Source(Protocol):
    """Bytes as they arrive: `read(n)` gives between 1 and n bytes, b"" at the end."""

    def read(self, size_bytes: int, /) -> bytes: ...


class SignatureChain:
    """The signatures of the frames, each made over the one before; the first is the request's own.

    Raises: AwsError(SignatureDoesNotMatch): from `check_chunk` and `check_trailer`.
    """

    def __init__(self, key: bytes, timestamp: str, scope: str, seed_signature: str) -> None:
        self._key = key
        self._prefix = f"{timestamp}\n{scope}"
        self._previous = seed_signature

    def check_chunk(self, data_hash: str, claimed: str) -> None:
        """Passes when `claimed` signs a frame whose data have this SHA-256."""
        self._check("AWS4-HMAC-SHA256-PAYLOAD", f"{_EMPTY_HASH}\n{data_hash}", claimed)

    def check_trailer(self, canonical_trailers: str, claimed: str) -> None:
        """Passes when `claimed` signs the trailing headers (`name:value\\n` each)."""
        self._check(
            "AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(canonical_trailers.encode()).hexdigest(), claimed
        )

    def _check(self, kind: str, what: str, claimed: str) -> None:
        to_sign = f"{kind}\n{self._prefix}\n{self._previous}\n{what}"
        expected = hmac.new(self._key, to_sign.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), claimed.encode("utf-8", "replace")):
            raise AwsError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided for a "
                "chunk of the body. Check your AWS Secret Access Key and signing method.",
                403,
            )
        self._previous = expected


class ChunkedPayload:
    """Reads the payload out of its frames, in bounded memory.

    Data are handed out before the frame that holds them has been checked: when `read` raises, throw away
    what was read. `trailers()` is complete once `read` has given b"".

    Args:   source: the framed body.
            decoded_length: how many bytes the payload must have, None when the client did not say.
            chain: checks the frames' signatures; None for unsigned frames.
            with_trailer: whether trailing headers follow the last frame.
    """

    def __init__(
        self, source: Source, *, decoded_length: int | None, chain: SignatureChain | None, with_trailer: bool
    ) -> None:
        self._source = source
        self._buffer = bytearray()
        self._decoded_length = decoded_length
        self._chain = chain
        self._with_trailer = with_trailer
        self._frame_left = 0
        self._frame_signature = ""
        self._frame_hash = hashlib.sha256()
        self._given = 0
        self._started = False
        self._finished = False
        self._trailers: dict[str, str] = {}

    def read(self, size_bytes: int = -1) -> bytes:
        """Up to `size_bytes` bytes of payload; all that is left when negative; b"" at the end.

        Raises: AwsError: broken framing, a wrong signature, another length than announced.
        """
        if size_bytes < 0:
            return b"".join(iter(lambda: self.read(1 << 16), b""))
        if size_bytes == 0 or self._finished:
            return b""
        if self._frame_left == 0 and not self._begin_frame():
            return b""
        data = self._take_some(min(size_bytes, self._frame_left))
        self._frame_hash.update(data)
        self._frame_left -= len(data)
        self._given += len(data)
        if self._decoded_length is not None and self._given > self._decoded_length:
            raise _incomplete(self._decoded_length, self._given)
        return data

    def trailers(self) -> Mapping[str, str]:
        """The trailing headers by lower-case name."""
        return self._trailers

    def _begin_frame(self) -> bool:
        """Whether another frame with data begins."""
        if self._started:
            self._end_frame()
        self._started = True
        match = _FRAME.fullmatch(self._take_line())
        if not match:
            raise _malformed("a chunk must begin with its size in hexadecimal")
        self._frame_left = int(match[1], 16)
        self._frame_signature = (match[2] or b"").decode()
        self._frame_hash = hashlib.sha256()
        if self._frame_left == 0:
            self._end()
        return self._frame_left > 0

    def _end_frame(self) -> None:
        if self._take_exactly(2) != b"\r\n":
            raise _malformed("a chunk must end with CRLF")
        self._check_frame()

    def _check_frame(self) -> None:
        if self._chain is not None:
            self._chain.check_chunk(self._frame_hash.hexdigest(), self._frame_signature)

    def _end(self) -> None:
        self._check_frame()
        if self._with_trailer:
            self._read_trailers()
        if self._decoded_length is not None and self._given != self._decoded_length:
            raise _incomplete(self._decoded_length, self._given)
        self._drain()
        self._finished = True

    def _read_trailers(self) -> None:
        canonical, claimed = "", ""
        for _ in range(_MAX_TRAILER_LINES):
            line = self._take_line(at_end=True)
            if not line:
                break
            name, _, value = line.decode("latin-1").partition(":")
            name, value = name.strip().lower(), value.strip()
            if name == "x-amz-trailer-signature":
                claimed = value
            else:
                self._trailers[name] = value
                canonical += f"{name}:{value}\n"
        if self._chain is not None:
            self._chain.check_trailer(canonical, claimed)

    def _drain(self) -> None:
        rest = bytes(self._buffer)
        self._buffer.clear()
        while len(rest) <= 2:
            more = self._source.read(1 << 16)
            if not more:
                break
            rest += more
        if rest.strip(b"\r\n"):
            raise _malformed("there are bytes behind the last chunk")

    def _take_line(self, *, at_end: bool = False) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _MAX_LINE_BYTES:
                raise _malformed("a line of the framing is too long")
            more = self._source.read(1 << 16)
            if not more and at_end:
                line = bytes(self._buffer)
                self._buffer.clear()
                return line
            if not more:
                raise _malformed("the body ends inside a chunk")
            self._buffer += more
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take_exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            more = self._source.read(1 << 16)
            if not more:
                raise _malformed("the body ends inside a chunk")
            self._buffer += more
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _take_some(self, at_most: int) -> bytes:
        if not self._buffer:
            data = self._source.read(at_most)
            if not data:
                raise _malformed("the body ends inside a chunk")
            return data
        data = bytes(self._buffer[:at_most])
        del self._buffer[:at_most]
        return data


class HashedPayload:
    """Reads a plain body and checks it at its end against the SHA-256 and MD5 that the headers announce.

    Args:   sha256_hex: None when the payload is not signed; md5_base64: Content-MD5, None when absent.
    Raises: AwsError: XAmzContentSHA256Mismatch or BadDigest, from the `read` that meets the end.
    """

    def __init__(self, source: Source, *, sha256_hex: str | None, md5_base64: str | None = None) -> None:
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
        """None: a plain body has no trailing headers."""
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
        if self._md5 is not None and self._md5.digest() != _decode_md5(self._md5_base64 or ""):
            raise AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400)


def payload_reader(
    source: Source,
    *,
    content_sha256: str,
    decoded_length: int | None,
    content_md5: str | None,
    chain: Callable[[], SignatureChain],
) -> ChunkedPayload | HashedPayload:
    """The reader that fits the value of `x-amz-content-sha256`.

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
        _decode_md5(content_md5)
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


def _decode_md5(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 16:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400)
    return digest


def _malformed(what: str) -> AwsError:
    return AwsError("IncompleteBody", f"The aws-chunked body is malformed: {what}.", 400)


def _incomplete(announced: int, found: int) -> AwsError:
    return AwsError(
        "IncompleteBody",
        f"The body has {found} bytes where x-amz-decoded-content-length announces {announced}.",
        400,
    )
