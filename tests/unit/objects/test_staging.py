"""Files on their way to becoming objects, while the folder around them is removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trigpoint.objects import staging


def test_a_file_is_staged_although_its_folder_is_removed_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bucket" / "staging"
    made: list[Path] = []
    mkdir = Path.mkdir

    def make_and_lose_it_twice(path: Path, *arguments: Any, **options: Any) -> None:
        mkdir(path, *arguments, **options)
        if path == folder and len(made) < 2:
            made.append(path)
            path.rmdir()

    monkeypatch.setattr(Path, "mkdir", make_and_lose_it_twice)
    with staging.stage(folder, b"bytes", ()) as staged:
        assert staged.path.read_bytes() == b"bytes"
    assert len(made) == 2
