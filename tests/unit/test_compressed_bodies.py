"""A gzip body is unpacked, within its limit, and refused when it is none."""

from __future__ import annotations

import gzip

import pytest

from trigpoint.wire.compressed import decompressed
from trigpoint.wire.errors import AwsError

TEXT = b'{"Namespace": "Mine"}' * 1000


def test_a_gzip_body_is_unpacked() -> None:
    assert decompressed(gzip.compress(TEXT), "gzip", 1 << 20) == TEXT


def test_another_body_is_left_as_it_is() -> None:
    assert decompressed(TEXT, None, 10) == TEXT


@pytest.mark.parametrize("body", [TEXT, gzip.compress(TEXT)[:-10], b""])
def test_what_is_no_whole_gzip_stream_is_refused(body: bytes) -> None:
    with pytest.raises(AwsError, match="cannot be unpacked") as refused:
        decompressed(body, "gzip", 1 << 20)
    assert refused.value.status == 400


def test_a_body_that_grows_beyond_the_limit_is_refused_without_being_unpacked() -> None:
    with pytest.raises(AwsError, match="longer than 1000 bytes") as refused:
        decompressed(gzip.compress(bytes(100_000_000)), "gzip", 1000)
    assert refused.value.status == 413
