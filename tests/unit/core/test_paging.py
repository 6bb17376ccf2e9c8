"""NextTokens and pages by key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.core.paging import cut_page, decode_token, encode_token


def test_a_token_gives_back_what_it_was_made_of() -> None:
    mapping = {"name": "ä/b", "n": 3, "at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "none": None}
    token = encode_token(mapping)
    assert decode_token(token) == mapping
    assert token.replace("-", "").replace("_", "").rstrip("=").isalnum()


@pytest.mark.parametrize("text", ["", "x", "eyJhIjoxfQ==", "ä", "A" * 5000, encode_token({"a": 1})[:-4]])
def test_a_foreign_or_changed_token_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is not one of ours"):
        decode_token(text)


def test_a_page_has_a_token_only_when_there_is_more() -> None:
    page = cut_page([1, 2, 3], 2, lambda row: {"after": row})
    assert page.items == [1, 2]
    assert decode_token(page.next_token or "") == {"after": 2}
    assert cut_page([1, 2], 2, lambda row: {"after": row}).next_token is None
    assert cut_page([], 2, lambda row: {"after": row}).next_token is None
