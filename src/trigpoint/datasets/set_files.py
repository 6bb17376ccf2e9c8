"""The files below the folder of a data set, without those that systems and tools leave there."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Final

from trigpoint.core.errors import Invalid

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


def files_below(root: Path) -> list[str]:
    """The relative names of all files that are not hidden, with forward slashes, sorted.

    Links to folders are followed, but no folder is listed twice: a link in a circle ends there.
    Raises: Invalid: a folder cannot be read.
    """
    found: list[str] = []
    folders, links, seen = [""], list[str](), set[tuple[int, int]]()
    while folders or links:
        # links come last, so that a file is listed in its own folder if that is below the root
        folder = folders.pop() if folders else links.pop(0)
        status = (root / folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        for entry in _entries(root / folder):
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir():
                (links if entry.is_symlink() else folders).append(name)
            elif entry.is_file():
                found.append(name)
    return sorted(found)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """The entries that are not hidden, sorted. Raises: Invalid: the folder cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted((each for each in entries if not is_hidden(each.name)), key=lambda each: each.name)
    except OSError as problem:
        raise Invalid(f"the folder {folder} cannot be read: {problem.strerror}") from None
