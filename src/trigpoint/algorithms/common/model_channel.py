"""The model of an earlier training, from the channel `model`.

The channel holds that training's model.tar.gz, or the files of the artifact if it was not compressed.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeVar

from trigpoint.algorithms.common.harness import Container, CustomerError
from trigpoint.algorithms.common.record_files import files_below, what_it_has
from trigpoint.builtin import MODEL_CHANNEL
from trigpoint.core.archive import unpack
from trigpoint.core.errors import Invalid

M = TypeVar("M")


def load_earlier_model(
    container: Container, belongs: Callable[[str], bool], marker: str, load: Callable[[Path], M]
) -> M:
    """What `load` makes of the folder with the earlier model's files.

    Args:   belongs: whether a file of this name belongs to an artifact; nothing else is unpacked.
            marker: the file that shows where an artifact is that was not compressed.
    Raises: CustomerError: the channel holds no model, or `load` raised it (names the channel).
    """
    folder = container.channel_folder(MODEL_CHANNEL)
    files = list(files_below(folder)) if folder.is_dir() else []
    archives = [name for name in files if name.endswith((".tar.gz", ".tgz"))]
    marked = [name for name in files if _base_name(name) == marker]
    try:
        if marked and not archives:
            return load((folder / marked[0]).parent)
        return _from_archive(folder / _only(archives, files), container.root, belongs, load)
    except CustomerError as error:
        raise CustomerError(f"Channel '{MODEL_CHANNEL}': {error}") from None


def _only(archives: list[str], files: list[str]) -> str:
    if len(archives) != 1:
        raise CustomerError(
            "exactly one model.tar.gz of an earlier training job is needed; "
            f"{what_it_has(files, archives)}. Let S3Uri be the S3ModelArtifacts of that job"
        )
    return archives[0]


def _from_archive(
    archive: Path, scratch: Path, belongs: Callable[[str], bool], load: Callable[[Path], M]
) -> M:
    with tempfile.TemporaryDirectory(prefix="model-", dir=scratch) as unpacked:
        try:
            with archive.open("rb") as file:
                unpack(file, Path(unpacked), place=lambda member: _wanted(member, belongs))
        except Invalid as error:
            raise CustomerError(f"{archive.name}: {error.message}") from None
        return load(Path(unpacked))


def _wanted(member: tarfile.TarInfo, belongs: Callable[[str], bool]) -> str | None:
    """The file's own name if it belongs to an artifact; whatever else is in the archive is not touched."""
    name = _base_name(member.name)
    return name if member.isfile() and belongs(name) else None


def _base_name(name: str) -> str:
    return PurePosixPath(name).name
