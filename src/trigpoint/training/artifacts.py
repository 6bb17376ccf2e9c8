"""The outputs of a job: the model and the output data, as archives or as files, in the output path.

Everything is read from the instances' directories and written object by object, so it can be repeated after a crash.
Source: training.md 4.5.
"""

from __future__ import annotations

import gzip
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from trigpoint.objects import ObjectStore
from trigpoint.training.model import TrainingJob

ARCHIVE_TYPE = "application/x-tar"
COMPRESSION_LEVEL = 1  # weights hardly shrink, and higher levels take many times as long


def upload(job: TrainingJob, opt_mls: Sequence[Path], objects: ObjectStore, scratch: Path) -> None:
    """Writes model and output data of the job; an empty model gives an empty archive.

    Args:   opt_mls: the directories of the job's instances. Of files with the same name, the first is kept.
    Raises: TrigpointError: the output path cannot be written.
    """
    model = [opt_ml / "model" for opt_ml in opt_mls]
    data = [opt_ml / "output" / "data" for opt_ml in opt_mls]
    if not job.spec.compress_output:
        _upload_files(model, f"{job.output_prefix}/model", objects)
        _upload_files(data, f"{job.output_prefix}/output", objects)
        return
    _upload_archive(files_below(model), job.model_uri, objects, scratch)
    output = [*files_below(data), *_markers([opt_ml / "output" for opt_ml in opt_mls])]
    _upload_archive(iter(output), f"{job.output_prefix}/output.tar.gz", objects, scratch)


def _upload_files(folders: Sequence[Path], prefix: str, objects: ObjectStore) -> None:
    for path, name in files_below(folders):
        if path.is_file():
            with path.open("rb") as file:
                objects.write_uri(f"{prefix}/{name}", file)


def _upload_archive(
    members: Iterator[tuple[Path, str]], uri: str, objects: ObjectStore, scratch: Path
) -> None:
    with tempfile.TemporaryFile(dir=scratch) as archive:
        write_archive(members, archive)
        archive.seek(0)
        objects.write_uri(uri, archive, ARCHIVE_TYPE)


def write_archive(members: Iterator[tuple[Path, str]], out: IO[bytes]) -> None:
    """A tar.gz of the members (path, name in the archive)."""
    with (
        gzip.GzipFile(
            filename="", mode="wb", fileobj=out, compresslevel=COMPRESSION_LEVEL, mtime=0
        ) as zipped,
        tarfile.open(fileobj=cast(IO[bytes], zipped), mode="w", dereference=True) as archive,
    ):
        for path, name in members:
            archive.add(path, name, recursive=False, filter=_without_owner)


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def files_below(folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Files and folders below the folders with their relative names, without pipes and dangling links."""
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if name not in seen and (path.is_dir() or path.is_file()):
                seen.add(name)
                yield path, name


def _markers(folders: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for name in ("failure", "success"):
        found = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if found is not None:
            yield found, name
