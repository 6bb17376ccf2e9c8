"""The commands in docs/manifests.md and docs/converters.md run without change on a small data set."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from helpers.labeled_sets import a_set, trigpoint
from trigpoint.datasets.voc import write_voc

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize("page", ["manifests.md", "converters.md"])
def test_the_commands_of_a_page_run_in_order(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    labeled = a_set(tmp_path / "cells" / "JPEGImages")
    list(write_voc(labeled.images, tmp_path / "cells"))
    trigpoint("convert", "voc", "cells", "-o", "cells.manifest", "--attribute", "boxes")
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) >= 7
    for command in commands:
        name, *arguments = shlex.split(command)
        assert name == "trigpoint"
        result = trigpoint(*arguments)
        assert result.exit_code == 0, (command, result.stderr)
