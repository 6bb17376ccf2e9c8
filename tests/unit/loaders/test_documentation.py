"""The code in docs/streaming.md runs without change."""

from __future__ import annotations

from pathlib import Path

from helpers.documented_code import python_blocks, run_page
from helpers.photos import photo_folder


def test_the_code_of_the_page_runs(tmp_path: Path) -> None:
    photo_folder(tmp_path, 13)
    assert len(python_blocks("streaming.md")) == 5
    found = run_page("streaming.md", {}, folder=tmp_path, wanted=["label", "step", "checkpoint", "batch"])
    assert found["label"] in range(13)
    assert found["step"] == 1 and found["checkpoint"]["position"] == 8
    assert found["batch"]["state"]["epoch"] == found["checkpoint"]["epoch"] + 1, "the last was delivered"
