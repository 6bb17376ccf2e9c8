"""Gzip bodies are decompressed up to a limit; invalid ones are refused."""

from __future__ import annotations

import gzip

import pytest

from trigpoint.wire.compressed import decompressed
from trigpoint.wire.errors import AwsError

TEXT = b'{"Namespace": "Mine"}' * 1000


def test_a_gzip_body_is_decompressed() -> None:
    assert decompressed(gzip.compress(TEXT), "gzip", 1 << 20) == TEXT


def test_a_body_without_content_encoding_is_not_changed() -> None:
    assert decompressed(TEXT, None, 10) == TEXT


@pytest.mark.parametrize("body", [TEXT, gzip.compress(TEXT)[:-10], b""])
def test_an_invalid_gzip_stream_is_refused(body: bytes) -> None:
    with pytest.raises(AwsError, match="cannot be unpacked") as refused:
        decompressed(body, "gzip", 1 << 20)
    assert refused.value.status == 400


def test_a_body_above_the_limit_is_refused_before_it_is_decompressed_completely() -> None:
    with pytest.raises(AwsError, match="longer than 1000 bytes") as refused:
        decompressed(gzip.compress(bytes(100_000_000)), "gzip", 1000)
    assert refused.value.status == 413
