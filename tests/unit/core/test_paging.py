"""NextTokens and pages by key."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.core.paging import (
    beyond,
    cut_page,
    decode_position,
    decode_token,
    encode_token,
    includes_position,
    turned,
)


def test_a_token_is_decoded_to_the_values_it_was_made_from() -> None:
    mapping = {"name": "ä/b", "n": 3, "at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "none": None}
    token = encode_token(mapping)
    assert decode_token(token) == mapping
    assert token.replace("-", "").replace("_", "").rstrip("=").isalnum()


@pytest.mark.parametrize("text", ["", "x", "eyJhIjoxfQ==", "ä", "A" * 5000, encode_token({"a": 1})[:-4]])
def test_a_foreign_or_changed_token_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="was not returned by this server"):
        decode_token(text)


def test_a_page_has_a_token_only_when_there_is_more() -> None:
    page = cut_page([1, 2, 3], 2, lambda row: {"after": row})
    assert page.items == [1, 2]
    assert decode_token(page.next_token or "") == {"after": 2}
    assert cut_page([1, 2], 2, lambda row: {"after": row}).next_token is None
    assert cut_page([], 2, lambda row: {"after": row}).next_token is None


def forged(payload: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.crc32(payload).to_bytes(4, "big") + payload).decode()


@pytest.mark.parametrize(
    "payload",
    [
        b"[1]",
        b"null",
        b'{"a":"\\u0000"}',
        b'{"a":"\\ud800"}',
        b'{"a":{"~microseconds":"x"}}',
        b'{"a":{"~microseconds":1e30}}',
        b"[" * 5000,
        b'{"a":' * 2000,
    ],
)
def test_a_token_with_a_valid_checksum_and_invalid_content_is_refused(payload: bytes) -> None:
    with pytest.raises(Invalid, match="was not returned by this server"):
        decode_token(forged(payload))


def test_a_position_has_the_values_and_types_of_the_sort_order() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    token = encode_token({"name": "b", "at": at})
    assert decode_position(token, {"at": datetime, "name": str}) == [at, "b"]
    for kinds in ({"name": str}, {"at": str, "name": str}, {"at": datetime, "id": str}):
        with pytest.raises(Invalid, match="another order"):
            decode_position(token, kinds)


@pytest.mark.parametrize("descending", [False, True])
def test_rows_beyond_a_position_are_those_that_sort_after_it(descending: bool) -> None:
    rows = [(a, b) for a in (1, 2, 3) for b in (1, 2, 3)]
    for place in rows:
        after = [row for row in rows if (row < place if descending else row > place)]
        assert [row for row in rows if beyond(row, place, descending=descending)] == after
        there = [row for row in rows if beyond(row, place, descending=descending, included=True)]
        assert there == sorted([*after, place])


def test_a_turned_token_is_the_same_position_from_the_other_side() -> None:
    token = encode_token({"name": "b"})
    assert not includes_position(token) and includes_position(turned(token))
    assert turned(turned(token)) == token
    assert decode_position(turned(token), {"name": str}) == ["b"]
    with pytest.raises(Invalid):
        turned("forged")
