"""State files: they are complete on disk before they are renamed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trigpoint.core.json_file import read_json, write_json


def test_a_state_file_is_completely_synced_before_it_replaces_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.json"
    write_json(path, {"step": 1})
    synced: list[tuple[int, int]] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        sync(descriptor)
        assert read_json(path) == {"step": 1}, "the old file was replaced before the new one was synced"
        found = os.fstat(descriptor)
        synced.append((found.st_ino, found.st_size))

    monkeypatch.setattr(os, "fsync", note)
    write_json(path, {"step": 2})
    assert read_json(path) == {"step": 2}
    assert synced == [(path.stat().st_ino, path.stat().st_size)]
    assert list(tmp_path.iterdir()) == [path]
