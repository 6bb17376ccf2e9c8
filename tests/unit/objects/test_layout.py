"""Where an object's file lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigpoint.objects.layout import candidate_paths, is_case_sensitive


@pytest.mark.parametrize("key", ["a", "a/b.jpg", "A b/ü+%2F", "...", ".hidden", "x" * 255])
def test_a_harmless_key_is_its_own_path(key: str) -> None:
    assert candidate_paths(key, case_sensitive=True)[0] == key


@pytest.mark.parametrize(
    "key",
    ["/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".trigpoint", ".trigpoint/keys/x", "x" * 256],
)
def test_any_other_key_lies_under_its_digest(key: str) -> None:
    (path,) = candidate_paths(key, case_sensitive=True)
    folder, digest = path.rsplit("/", 1)
    assert folder == f".trigpoint/keys/{digest[:2]}"
    assert len(digest) == 64


def test_where_a_and_A_are_one_file_only_lower_case_is_plain() -> None:  # noqa: N802
    assert candidate_paths("a/é.jpg", case_sensitive=False)[0] == "a/é.jpg"
    for key in ("A/b.jpg", "a/e\u0301.jpg"):
        assert len(candidate_paths(key, case_sensitive=False)) == 1


def test_the_file_system_is_tried_out(tmp_path: Path) -> None:
    (tmp_path / "Upper").touch()
    assert is_case_sensitive(tmp_path) is not (tmp_path / "upper").exists()
