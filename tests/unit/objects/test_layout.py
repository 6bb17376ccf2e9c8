"""The paths of objects' files."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigpoint.objects.layout import candidate_paths, is_case_sensitive


@pytest.mark.parametrize("key", ["a", "a/b.jpg", "A b/ü+%2F", "...", ".hidden", "x" * 255])
def test_the_path_of_a_safe_key_is_the_key(key: str) -> None:
    assert candidate_paths(key, case_sensitive=True)[0] == key


@pytest.mark.parametrize(
    "key",
    ["/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".trigpoint", ".trigpoint/keys/x", "x" * 256],
)
def test_the_path_of_any_other_key_is_its_digest(key: str) -> None:
    (path,) = candidate_paths(key, case_sensitive=True)
    folder, digest = path.rsplit("/", 1)
    assert folder == f".trigpoint/keys/{digest[:2]}"
    assert len(digest) == 64


def test_only_lower_case_keys_are_paths_on_a_case_insensitive_file_system() -> None:
    assert candidate_paths("a/é.jpg", case_sensitive=False)[0] == "a/é.jpg"
    for key in ("A/b.jpg", "a/e\u0301.jpg"):
        assert len(candidate_paths(key, case_sensitive=False)) == 1


def test_case_sensitivity_is_detected(tmp_path: Path) -> None:
    (tmp_path / "Upper").touch()
    assert is_case_sensitive(tmp_path) is not (tmp_path / "upper").exists()
