"""The payload of an aws-chunked body, without its frames; the signature of each frame is checked as it is read.

Source: Amazon S3 API Reference, "Signature calculations: transferring payload in multiple chunks" and
    "Including trailing headers". Frames: `<hex size>[;chunk-signature=<sig>]CRLF data CRLF`, a last one of
    size 0, then trailing headers and an empty line.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Protocol

from trigpoint.wire.errors import AwsError

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_WITH_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_WITH_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_FRAME = re.compile(rb"([0-9A-Fa-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?")
_MAX_LINE_BYTES = 8192
_MAX_TRAILER_LINES = 32


class ByteSource(Protocol):
    """Bytes as they arrive: `read(n)` returns between 1 and n bytes, b"" at the end."""

    def read(self, size_bytes: int, /) -> bytes: ...


class SignatureChain:
    """The chain of signatures: each frame's covers the one before it; the first is the request's own.

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

    `read` returns data before their frame has been checked: when it raises, discard everything that was read.
    `trailers()` is complete once `read` has returned b"".

    Args:   source: the framed body.
            decoded_length: how many bytes the payload must have; None when the client did not announce it.
            chain: checks the frames' signatures; None for unsigned frames.
            with_trailer: whether trailing headers follow the last frame.
    """

    def __init__(
        self,
        source: ByteSource,
        *,
        decoded_length: int | None,
        chain: SignatureChain | None,
        with_trailer: bool,
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
            raise _malformed("there are bytes after the last chunk")

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


def _malformed(what: str) -> AwsError:
    return AwsError("IncompleteBody", f"The aws-chunked body is malformed: {what}.", 400)


def _incomplete(announced: int, found: int) -> AwsError:
    return AwsError(
        "IncompleteBody",
        f"The body has {found} bytes where x-amz-decoded-content-length announces {announced}.",
        400,
    )
