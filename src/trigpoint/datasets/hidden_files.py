"""Files that systems and tools leave in folders and that are no part of a data set."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

_SYSTEM_NAMES: Final = frozenset(
    {
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "$recycle.bin",
        "system volume information",
        "@eadir",
    }
)


def is_hidden(relative: str) -> bool:
    """True for a path below a data set that is hidden or a system's own, or that is in such a folder.

    Hidden names begin with a dot: `.DS_Store`, `._a.jpg` of macOS, `.ipynb_checkpoints` of notebooks.
    """
    return any(
        part.startswith(".") or part.lower() in _SYSTEM_NAMES for part in PurePosixPath(relative).parts
    )
