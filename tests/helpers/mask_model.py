"""The model server of docs/assistant.md, running."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from helpers.documented_code import python_blocks
from trigpoint.hosting.model_address import ask_model_at
from trigpoint.labeling.proposals import Predict


@contextmanager
def documented_model(folder: Path) -> Iterator[str]:
    """The address of the server, whose code is written into the folder."""
    (folder / "model.py").write_text(python_blocks("assistant.md")[0])
    running = subprocess.Popen(
        [sys.executable, "model.py", "0"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
    finally:
        running.kill()
        running.communicate()


def model_at(url: str) -> Predict:
    """What asks the model server at this address."""
    return partial(ask_model_at, url, content_type="application/json", accept="image/png", most_bytes=100_000)
