"""What is kept of a job: the model and the output data, as archives or as files, in the output path.

Everything is read from the instance's directory and written object by object, so it can be done again after a
crash.
Source: training.md 4.5.
"""

from __future__ import annotations

import gzip
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from trigpoint.objects import ObjectStore
from trigpoint.training.model import TrainingJob

ARCHIVE_TYPE = "application/x-tar"
COMPRESSION_LEVEL = 1  # weights hardly shrink, and a higher level takes many times as long


def upload(job: TrainingJob, opt_ml: Path, objects: ObjectStore, scratch: Path) -> None:
    """Writes model and output data of the job; an empty model gives an empty archive.

    Raises: TrigpointError: the output path cannot be written.
    """
    if not job.spec.compress_output:
        _upload_files(opt_ml / "model", f"{job.output_prefix}/model", objects)
        _upload_files(opt_ml / "output" / "data", f"{job.output_prefix}/output", objects)
        return
    _upload_archive(_members(opt_ml / "model"), job.model_uri, objects, scratch)
    output = [*_members(opt_ml / "output" / "data"), *_markers(opt_ml / "output")]
    _upload_archive(iter(output), f"{job.output_prefix}/output.tar.gz", objects, scratch)


def _upload_files(folder: Path, prefix: str, objects: ObjectStore) -> None:
    for path, name in _members(folder):
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


def _members(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files and folders below `folder` with their relative names, without pipes and dangling links."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.is_file():
            yield path, str(path.relative_to(folder))


def _markers(folder: Path) -> Iterator[tuple[Path, str]]:
    for name in ("failure", "success"):
        if (folder / name).is_file():
            yield folder / name, name
