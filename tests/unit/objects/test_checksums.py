"""Checksums of streams."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigpoint.core.errors import Invalid
from trigpoint.objects.checksums import ALGORITHMS, DigestingStream, composite, new_checksum


@pytest.mark.parametrize(
    ("algorithm", "hexadecimal"),
    [  # for "123456789": the check values of the CRC catalogue, SHA-1 and SHA-256
        ("CRC32", "cbf43926"),
        ("CRC32C", "e3069283"),
        ("CRC64NVME", "ae8b14860a799888"),
        ("SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ("SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ],
)
def test_each_algorithm_has_its_published_check_value(algorithm: str, hexadecimal: str) -> None:
    checksum = new_checksum(algorithm)
    checksum.update(b"1234")
    checksum.update(b"56789")
    assert checksum.digest().hex() == hexadecimal


@given(pieces=st.lists(st.binary(max_size=50), max_size=5))
def test_the_digests_do_not_depend_on_how_a_stream_is_split(pieces: list[bytes]) -> None:
    cut, whole = DigestingStream(ALGORITHMS), DigestingStream(ALGORITHMS)
    for piece in pieces:
        cut.update(piece)
    whole.update(b"".join(pieces))
    assert cut.digests() == whole.digests()
    assert cut.digests().size_bytes == sum(map(len, pieces))


def test_a_composite_is_the_checksum_of_the_parts_checksums() -> None:
    parts = [base64.b64encode(bytes([n] * 4)).decode() for n in (1, 2)]
    checksum = new_checksum("CRC32")
    checksum.update(bytes([1] * 4 + [2] * 4))
    assert composite("CRC32", parts) == f"{base64.b64encode(checksum.digest()).decode()}-2"


def test_an_unknown_algorithm_is_refused_with_its_name() -> None:
    with pytest.raises(Invalid, match="'MD4' is none of CRC32"):
        new_checksum("MD4")
