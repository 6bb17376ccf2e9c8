"""What the command line asks the demo for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`task` is the name of a task type; None for bounding boxes and the whole loop."""

    images: Path | None
    auto: bool
    exit_at_end: bool
    open_browser: bool
    port: int | None
    seed: int | None
    data_dir: Path | None
    task: str | None = None
