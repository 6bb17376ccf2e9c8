"""The code of functions: zip archives, checked and unpacked into folders of their own that never change."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from trigpoint.core.archive import DISK_RESERVE_BYTES, inside
from trigpoint.core.errors import Invalid
from trigpoint.core.ids import new_id

MAX_ZIP_BYTES = 50 * 2**20
MAX_UNPACKED_BYTES = 250 * 2**20
"""Source: the quotas of deployment packages of AWS Lambda."""

MAX_ENTRIES = 20_000
UNUSED_AFTER_S = 3600.0
"""A folder that no function names is kept so long, because calls that began earlier may still import from it."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those of Lambda. The others unpack to a hundred megabytes at once, which no limit could stop in between."""

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Package:
    """An unpacked archive: the name of its folder, the archive's SHA-256 in base64, and its length."""

    folder: str
    sha256: str
    size_bytes: int


class CodeFolders:
    """The folders of all packages of this installation."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, folder: str) -> Path:
        """Where the files of a package are."""
        return self._root / folder

    def add(self, archive: bytes) -> Package:
        """Unpacks the zip archive into a new folder.

        Raises: Invalid: it is too large, damaged, or has a member that cannot be unpacked.
        """
        if len(archive) > MAX_ZIP_BYTES:
            raise Invalid(
                f"the zip archive has {len(archive)} bytes; at most {MAX_ZIP_BYTES} (50 MiB) are allowed"
            )
        folder = new_id()
        part = self._root / f"{folder}.part"
        part.mkdir(parents=True, mode=0o700)
        try:
            _unpack(archive, part)
            part.rename(self._root / folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return Package(folder, sha256_of(archive), len(archive))

    def remove_unused(self, used: Callable[[], set[str]]) -> None:
        """Removes old folders that no function names."""
        before_s = time.time() - UNUSED_AFTER_S
        old = [each for each in self._root.glob("*") if each.stat().st_mtime < before_s]
        if old:
            named = used()
            for each in old:
                if each.name not in named:
                    shutil.rmtree(each, ignore_errors=True)


def sha256_of(archive: bytes) -> str:
    """The checksum that the Lambda API shows."""
    return base64.b64encode(hashlib.sha256(archive).digest()).decode()


def _unpack(archive: bytes, folder: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if len(entries) > MAX_ENTRIES:
                raise Invalid(
                    f"the zip archive has {len(entries)} members; at most {MAX_ENTRIES} are allowed"
                )
            left_bytes = MAX_UNPACKED_BYTES
            for entry in entries:
                left_bytes -= _unpack_entry(opened, entry, folder, left_bytes)
    except Invalid as problem:
        raise Invalid(problem.message.replace("its member", "the zip archive's member", 1)) from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as problem:
        raise Invalid(f"the zip archive cannot be unpacked: {problem}") from None
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            os.utime(path)


def _unpack_entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left_bytes: int) -> int:
    """Writes one member; how many bytes it has. The archive's own figures are not believed."""
    target = inside(folder, entry.filename)
    mode = entry.external_attr >> 16
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Invalid(f"its member {entry.filename!r} is neither a file nor a folder; links are not followed")
    if entry.flag_bits & 1:
        raise Invalid(f"its member {entry.filename!r} is encrypted; make the archive without a password")
    if entry.compress_type not in _METHODS:
        raise Invalid(
            f"its member {entry.filename!r} is compressed by a method that functions cannot use; store or deflate it, as "
            "zip does by default"
        )
    if entry.file_size > shutil.disk_usage(folder).free - DISK_RESERVE_BYTES:
        raise Invalid(f"its member {entry.filename!r} of {entry.file_size} bytes does not fit on the disk")
    target.parent.mkdir(parents=True, exist_ok=True)
    size_bytes = 0
    with opened.open(entry) as content, target.open("wb") as out:
        while block := content.read(_BLOCK_BYTES):
            size_bytes += len(block)
            if size_bytes > left_bytes:
                raise Invalid(
                    f"the zip archive unpacks to more than {MAX_UNPACKED_BYTES} bytes (250 MiB); leave out what the "
                    "function does not need"
                )
            out.write(block)
    target.chmod(0o755 if mode & 0o111 else 0o644)
    return size_bytes
