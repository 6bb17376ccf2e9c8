"""The weights that are installed: files in the weights folder, and files that Python packages carry.

A file in the folder is called `<name>-<first 8 digits of its SHA-256>.pth` or `.safetensors`. So a file that changed
since then is noticed when it is read, whoever put it there.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.settings import weights_dir_of
from trigpoint.weights.known import KNOWN, KnownWeights

SUFFIXES: Final = (".pth", ".safetensors")
MAX_WEIGHTS_BYTES: Final = 2 * 1024**3
PREFIX_DIGITS: Final = 8
_FILE_NAME = re.compile(r"(?<![a-z0-9-])(?P<name>[a-z0-9-]+)-(?P<sha256>[0-9a-f]{8})\.(pth|safetensors)")

FETCHED, ADDED, PACKAGE = "fetched", "added", "package"


@dataclass(frozen=True, slots=True)
class InstalledWeights:
    """A file of weights on this machine."""

    name: str
    """The name of the network: resnet-50."""

    family: str
    """The family of the network, see `KnownWeights.family`."""

    path: Path
    sha256: str
    """The SHA-256 that the file must have, or its beginning."""

    origin: str
    """fetched, added or package."""

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size

    def verify(self) -> None:
        """Raises: Invalid: the file is not what was installed, or is too large."""
        if self.size_bytes > MAX_WEIGHTS_BYTES:
            raise Invalid(f"{self.path}: weights may have at most {MAX_WEIGHTS_BYTES} bytes")
        found = sha256_of(self.path)
        if not found.startswith(self.sha256):
            known = KNOWN[self.name]
            again = (
                known.command if self.origin != ADDED else f"trigpoint weights add FILE --name {self.name}"
            )
            raise Invalid(
                f"{self.path}: its SHA-256 begins with {found[: len(self.sha256)]} and must begin with "
                f"{self.sha256}; the file is damaged. Install it again: {again}"
            )


def find(name: str, folder: Path | None = None) -> InstalledWeights | None:
    """The installed weights of a network; None if there are none.

    A file in the folder comes before one in a package; of several files the newest counts.

    Args: folder: the weights folder; by default that of the settings in the environment.
    """
    known = KNOWN.get(name)
    if known is None:
        return None
    folder = weights_dir_of() if folder is None else folder
    newest = max(files_of(name, folder), key=lambda path: path.stat().st_mtime_ns, default=None)
    return _in_package(known) if newest is None else _in_folder(known, newest)


def all_installed(folder: Path) -> list[InstalledWeights]:
    """The weights that a training would use, one for each network that has any."""
    found = (find(name, folder) for name in KNOWN)
    return [each for each in found if each is not None]


def files_of(name: str, folder: Path) -> list[Path]:
    """The files in the folder with weights of the network."""
    return [
        path
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if (match := _FILE_NAME.fullmatch(path.name)) and match["name"] == name and path.is_file()
    ]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_folder(known: KnownWeights, path: Path) -> InstalledWeights:
    match = _FILE_NAME.fullmatch(path.name)
    assert match is not None
    prefix = match["sha256"]
    origin = FETCHED if known.sha256.startswith(prefix) else ADDED
    return InstalledWeights(known.name, known.family, path, prefix, origin)


def _in_package(known: KnownWeights) -> InstalledWeights | None:
    """The file that a package carries. The package is only looked up; none of its code is imported."""
    if not known.package:
        return None
    try:
        files = distribution(known.package).files or []
    except PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate()))
        if file.name == known.file_name and path.is_file():
            return InstalledWeights(known.name, known.family, path, known.sha256, PACKAGE)
    return None
