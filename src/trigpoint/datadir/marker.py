"""The check that a folder is, or can become, a data directory."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from trigpoint import __version__
from trigpoint.core.errors import Invalid
from trigpoint.core.json_file import write_json

FORMAT = 1
NAME = "trigpoint.json"
# What a first start that was killed before it wrote the marker may have left.
_UNFINISHED = {
    "lock",
    "secret.key",
    "objects",
    "jobs",
    "trigpoint.db",
    "trigpoint.db-wal",
    "trigpoint.db-shm",
}


def check(directory: Path) -> None:
    """Raises Invalid if `directory` is not a data directory and cannot become one. Changes nothing."""
    if directory.exists() and not directory.is_dir():
        raise Invalid(f"{directory} is a file; --data must name a folder")
    try:
        entries = {entry.name for entry in directory.iterdir()} if directory.exists() else set()
    except PermissionError:
        raise Invalid(f"{directory} cannot be read by this user; choose another folder with --data") from None
    if not entries:
        _check_creatable(directory)
        return
    _check_writable(directory)
    if NAME not in entries:
        if "lock" in entries and entries <= _UNFINISHED:
            return
        raise Invalid(
            f"{directory} is not empty and is not a Trigpoint data directory; choose an empty or new folder with --data"
        )
    marker = _read(directory)
    if marker.get("format", 0) > FORMAT:
        raise Invalid(
            f"{directory} was written by a newer version of Trigpoint ({marker.get('created_by')}) than this one "
            f"({__version__}): install that version or a later one"
        )


def exists(directory: Path) -> bool:
    """Whether the first start on the directory was completed."""
    return (directory / NAME).exists()


def write(directory: Path) -> None:
    """Marks the first start as completed."""
    write_json(directory / NAME, {"format": FORMAT, "created_by": __version__})


def _read(directory: Path) -> dict[str, Any]:
    path = directory / NAME
    try:
        marker = json.loads(path.read_text())
    except PermissionError:
        raise Invalid(f"{path} cannot be read by this user; choose another folder with --data") from None
    except ValueError as problem:
        raise Invalid(f"{path} is damaged ({problem}); restore it from your backup") from None
    if not isinstance(marker, dict) or not isinstance(marker.get("format"), int):
        raise Invalid(f"{path} is damaged (it has no whole number `format`); restore it from your backup")
    return marker


def _check_writable(directory: Path) -> None:
    if os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        return
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        raise Invalid(f"{directory} is on a read-only file system; mount it writable")
    raise Invalid(f"{directory} cannot be read and written by this user; choose another folder with --data")


def _check_creatable(directory: Path) -> None:
    existing = directory
    while not existing.exists():
        existing = existing.parent
    if os.statvfs(existing).f_flag & os.ST_RDONLY:
        raise Invalid(f"{directory} is on a read-only file system; mount it writable")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise Invalid(
            f"{directory} cannot be created, because this user cannot write to {existing}; "
            "choose another folder with --data"
        )
