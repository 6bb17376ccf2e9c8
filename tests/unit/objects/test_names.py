"""The order of keys and their common prefixes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trigpoint.objects.names import after_prefix, common_prefix

texts = st.text(st.characters(codec="utf-8"), max_size=5)


@given(prefix=texts, rest=texts, other=texts)
def test_after_prefix_is_above_all_keys_with_the_prefix(prefix: str, rest: str, other: str) -> None:
    end = after_prefix(prefix)
    if end is None:
        assert set(prefix) <= {"\U0010ffff"}
        return
    assert (prefix + rest).encode() < end.encode()
    if other.encode() >= prefix.encode() and not other.startswith(prefix):
        assert other.encode() >= end.encode()


def test_after_prefix_skips_the_surrogates() -> None:
    assert after_prefix("a\ud7ff") == "a\ue000"


def test_the_common_prefix_ends_at_the_first_delimiter_after_the_prefix() -> None:
    assert common_prefix("a/b/c", "a/", "/") == "a/b/"
    assert common_prefix("a/b", "a/", "/") is None
    assert common_prefix("a/b", "a", "/") == "a/"
    assert common_prefix("a--b", "", "--") == "a--"
    assert common_prefix("a/b", "", "") is None
