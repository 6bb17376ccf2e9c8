"""The code in docs/streaming.md runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from helpers.photos import photo_folder

PAGE = Path(__file__).resolve().parents[3] / "docs" / "streaming.md"


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo_folder(tmp_path, 9)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), namespace)
    assert namespace["pixels"].shape == (1, 3, 224, 224)
    assert namespace["label"] in range(9)
