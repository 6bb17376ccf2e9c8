"""The code in docs/streaming.md runs as it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from helpers.documented_code import DOCS, python_blocks
from helpers.photos import photo_folder

PAGE = DOCS / "streaming.md"


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo_folder(tmp_path, 9)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {}
    blocks = python_blocks(PAGE.name)
    assert len(blocks) == 4
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), namespace)
    assert namespace["pixels"].shape == (1, 3, 224, 224)
    assert namespace["label"] in range(9)
