"""The payload is taken out of its frames correctly, and every damage is noticed."""

from __future__ import annotations

import base64
import hashlib
import io
import random

import pytest

from trigpoint.wire.aws_chunked import (
    SIGNED,
    SIGNED_WITH_TRAILER,
    UNSIGNED_WITH_TRAILER,
    ChunkedPayload,
    SignatureChain,
)
from trigpoint.wire.errors import AwsError
from trigpoint.wire.hashed_payload import HashedPayload
from trigpoint.wire.payload import payload_reader
from trigpoint.wire.sigv4 import signing_key

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SCOPE = "20130524/us-east-1/s3/aws4_request"
DATA = b"a" * 66560
# Amazon S3 API Reference, "Transferring Payload in Multiple Chunks": the request's signature and its chunks'.
PLAIN_SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
PLAIN_CHUNKS = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
# The same with a trailing checksum.
TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
TRAILER_CHUNKS = (
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER_SIGNATURE = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"


class Dribble:
    """A source that gives a few bytes at a time, as a network does."""

    def __init__(self, data: bytes, seed: int = 1) -> None:
        self._file = io.BytesIO(data)
        self._random = random.Random(seed)

    def read(self, size_bytes: int, /) -> bytes:
        return self._file.read(self._random.randint(1, min(size_bytes, 5000)))


def _chain(seed: str) -> SignatureChain:
    return SignatureChain(signing_key(SECRET, SCOPE), "20130524T000000Z", SCOPE, seed)


def _frames(signatures: tuple[str, ...], end: bytes = b"\r\n") -> bytes:
    first, second, last = (f";chunk-signature={signature}".encode() for signature in signatures)
    return (
        b"10000%b\r\n%b\r\n" % (first, DATA[:65536])
        + b"400%b\r\n%b\r\n" % (second, DATA[65536:])
        + b"0%b\r\n" % last
        + end
    )


def _read(body: bytes, seed: str, *, with_trailer: bool = False, piece_bytes: int = 7777) -> ChunkedPayload:
    payload = ChunkedPayload(
        Dribble(body), decoded_length=len(DATA), chain=_chain(seed), with_trailer=with_trailer
    )
    assert b"".join(iter(lambda: payload.read(piece_bytes), b"")) == DATA
    return payload


def test_the_signed_chunks_of_the_s3_reference_are_accepted() -> None:
    assert _read(_frames(PLAIN_CHUNKS), PLAIN_SEED).trailers() == {}


def test_the_signed_trailer_of_the_s3_reference_is_accepted() -> None:
    end = f"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:{TRAILER_SIGNATURE}\r\n\r\n".encode()
    payload = _read(_frames(TRAILER_CHUNKS, end), TRAILER_SEED, with_trailer=True)
    assert payload.trailers() == {"x-amz-checksum-crc32c": "sOO8/Q=="}


def test_a_changed_trailer_is_refused() -> None:
    end = f"x-amz-checksum-crc32c:AAAA/Q==\r\nx-amz-trailer-signature:{TRAILER_SIGNATURE}\r\n\r\n".encode()
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        _read(_frames(TRAILER_CHUNKS, end), TRAILER_SEED, with_trailer=True)


@pytest.mark.parametrize("position", [100, 65536 + 90, 66000, 66710])
def test_a_changed_byte_in_a_signed_chunk_is_refused(position: int) -> None:
    body = bytearray(_frames(PLAIN_CHUNKS))
    body[position] ^= 1
    with pytest.raises(AwsError) as caught:
        _read(bytes(body), PLAIN_SEED)
    assert (caught.value.code, caught.value.status) in {
        ("SignatureDoesNotMatch", 403),
        ("IncompleteBody", 400),
    }


def test_a_missing_chunk_breaks_the_chain() -> None:
    body = _frames(PLAIN_CHUNKS)
    short = body[: body.index(b"400;")] + body[body.rindex(b"0;chunk") :]
    payload = ChunkedPayload(
        Dribble(short), decoded_length=65536, chain=_chain(PLAIN_SEED), with_trailer=False
    )
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        payload.read()


def _unsigned(data: bytes, trailer: bytes = b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n") -> bytes:
    chunks = [data[start : start + 1000] for start in range(0, len(data), 1000)]
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailer


def _open(
    body: bytes, decoded_length: int | None, word: str = UNSIGNED_WITH_TRAILER
) -> ChunkedPayload | HashedPayload:
    return payload_reader(
        Dribble(body),
        content_sha256=word,
        decoded_length=decoded_length,
        content_md5=None,
        chain=lambda: _chain(PLAIN_SEED),
    )


@pytest.mark.parametrize(
    "end", [b"X-Amz-Checksum-CRC32: AAAAAA==\r\n\r\n", b"x-amz-checksum-crc32:AAAAAA==\r\n"]
)
@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 50_000])
def test_unsigned_frames_with_a_trailer_are_unwrapped(size: int, end: bytes) -> None:
    data = random.Random(size).randbytes(size)
    payload = _open(_unsigned(data, end), size)
    assert payload.read() == data
    assert payload.read(10) == b""
    assert payload.trailers() == {"x-amz-checksum-crc32": "AAAAAA=="}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\r\nab",
        b"3\r\nabc",
        b"3\r\nabc\r\n",
        b"3\r\nabc\r\n0\r\n\r\nmore bytes",
        b"x" * 100_000,
        b"fffffffffffff\r\nabc",
        b"-3\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_broken_frames_are_refused(body: bytes) -> None:
    with pytest.raises(AwsError) as caught:
        _open(body, 3).read()
    assert (caught.value.code, caught.value.status) == ("IncompleteBody", 400)


@pytest.mark.parametrize("announced", [2, 4])
def test_another_length_than_announced_is_refused(announced: int) -> None:
    with pytest.raises(AwsError, match="IncompleteBody"):
        _open(_unsigned(b"abc"), announced).read()


@pytest.mark.parametrize("word", [SIGNED, SIGNED_WITH_TRAILER, UNSIGNED_WITH_TRAILER])
def test_frames_need_the_decoded_length(word: str) -> None:
    with pytest.raises(AwsError, match="MissingContentLength"):
        _open(b"", None, word)


def test_an_unknown_word_for_the_payload_is_refused() -> None:
    with pytest.raises(AwsError, match="InvalidArgument"):
        _open(b"abc", None, "STREAMING-SOMETHING-ELSE")


def test_a_plain_body_must_match_its_hash() -> None:
    good = hashlib.sha256(b"abc").hexdigest()
    assert _open(b"abc", None, good.upper()).read() == b"abc"
    with pytest.raises(AwsError) as caught:
        _open(b"abd", None, good).read()
    assert (caught.value.code, caught.value.status) == ("XAmzContentSHA256Mismatch", 400)
    assert _open(b"anything", None, "UNSIGNED-PAYLOAD").read() == b"anything"


def test_a_plain_body_must_match_its_md5() -> None:
    digest = base64.b64encode(hashlib.md5(b"abc").digest()).decode()
    assert HashedPayload(Dribble(b"abc"), sha256_hex=None, md5_base64=digest).read() == b"abc"
    with pytest.raises(AwsError, match="BadDigest"):
        HashedPayload(Dribble(b"abd"), sha256_hex=None, md5_base64=digest).read()
    with pytest.raises(AwsError, match="InvalidDigest"):
        payload_reader(
            Dribble(b""),
            content_sha256="UNSIGNED-PAYLOAD",
            decoded_length=None,
            content_md5="nonsense",
            chain=lambda: _chain(PLAIN_SEED),
        )
