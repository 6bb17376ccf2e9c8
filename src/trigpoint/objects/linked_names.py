"""The names in a folder of a linked bucket: which are shown, and which are skipped for what reason."""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from trigpoint.objects.names import MAX_KEY_BYTES

MAX_REPORTS = 100
"""Warnings for one linked folder while the server runs."""

_NOT_UTF8 = "not UTF-8"
_TOO_LONG = f"with a key over {MAX_KEY_BYTES} bytes"
_NOT_A_FILE = "sockets, pipes or devices"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Name:
    """A shown name in a folder; `sort_key` is the beginning of its keys; a folder's ends with a slash."""

    sort_key: str
    is_folder: bool


@dataclass(slots=True)
class Names:
    """The shown names of a folder in the order of their keys, and how many were skipped for each reason."""

    shown: list[Name] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    example: str = ""

    @property
    def are_lasting(self) -> bool:
        """Whether the same names are shown until the folder changes. A link may get a target without that."""
        return self.skipped.keys() <= {_NOT_UTF8, _TOO_LONG, _NOT_A_FILE}


def read_names(root: Path, folder: str) -> Names:
    """The names in `root/folder`; `folder` is '' or ends with a slash. A folder that is gone has none."""
    found = Names()
    try:
        with os.scandir(root / folder) as entries:
            for entry in entries:
                _add(found, root, folder, entry)
    except OSError as problem:
        if problem.errno not in (errno.ENOENT, errno.ENOTDIR):
            found = Names(skipped=Counter([_reason(problem, "folder")]), example=folder)
    found.shown.sort(key=lambda name: name.sort_key.encode())
    return found


def path_beneath(root: Path, key: str) -> str | None:
    """The path below `root`, free of symlinks, of the file that `key` names; None when it leads outside."""
    if "\0" in key or any(segment in ("", ".", "..") for segment in key.split("/")):
        return None
    try:
        path = root / key
        if not path.is_symlink():
            return key
        target = path.resolve(strict=True)
        return str(target.relative_to(root))
    except (OSError, ValueError, RuntimeError):
        return None


class SkipReports:
    """Warns of skipped names: once for each folder, and again when its counts change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reported: dict[Path, dict[str, Counter[str]]] = {}

    def report(self, root: Path, folder: str, names: Names) -> None:
        """Logs what was skipped in `root/folder`, unless it was already logged."""
        with self._lock:
            reported = self._reported.setdefault(root, {})
            if not names.skipped or reported.get(folder) == names.skipped or len(reported) >= MAX_REPORTS:
                return
            reported[folder] = names.skipped
            is_last = len(reported) == MAX_REPORTS
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(names.skipped.items()))
        log.warning("linked.skipped folder=%s names=%s example=%r", root / folder, reasons, names.example)
        if is_last:
            log.warning("linked.skipped folder=%s: further skipped names are not logged", root)


def _add(found: Names, root: Path, folder: str, entry: os.DirEntry[str]) -> None:
    try:
        name, reason = _shown(root, folder, entry)
    except OSError as problem:
        name, reason = None, _reason(problem, "name")
    if name is not None:
        found.shown.append(name)
    elif reason:
        found.skipped[reason] += 1
        found.example = found.example or entry.name


def _shown(root: Path, folder: str, entry: os.DirEntry[str]) -> tuple[Name | None, str]:
    """The name if it is shown, else the reason why it is not."""
    try:
        size_bytes = len((folder + entry.name).encode())
    except UnicodeEncodeError:
        return None, _NOT_UTF8
    if size_bytes > MAX_KEY_BYTES:
        return None, _TOO_LONG
    if entry.is_dir(follow_symlinks=False):
        return Name(entry.name + "/", True), ""
    mode = entry.stat().st_mode
    if entry.is_symlink() and stat.S_ISDIR(mode):
        return None, "links to folders"
    if not stat.S_ISREG(mode):
        return None, _NOT_A_FILE
    if entry.is_symlink() and path_beneath(root, folder + entry.name) is None:
        return None, "links that lead outside"
    return Name(entry.name, False), ""


def _reason(problem: OSError, kind: str) -> str:
    if kind == "name":
        if problem.errno == errno.ELOOP:
            return "links in a circle"
        if problem.errno in (errno.ENOENT, errno.ENOTDIR):
            return "links to nothing"
    if problem.errno in (errno.EACCES, errno.EPERM):
        return f"{kind}s that the server may not read"
    return f"{kind}s that cannot be read ({problem.strerror})"
