"""The outputs of a job: the model and the output data, as archives or as files, in the output path.

Everything is read from the instances' directories and written object by object, so it can be repeated after a crash.
People's own code may leave links there; those that lead out of its directory are left out, as they lead to files of the
server. No process of the job runs any more, so nobody can exchange a file for a link between the look and the reading.
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
SEEN_OPT_ML = Path("/opt/ml")
COMPRESSION_LEVEL = 1  # weights hardly shrink, and higher levels take many times as long


def upload(
    job: TrainingJob, opt_mls: Sequence[Path], objects: ObjectStore, scratch: Path, *, completed: bool
) -> None:
    """Writes model and output data of the job.

    Decision: an empty model gives an empty archive only for a completed job, which may say in that way that it has nothing
    to keep. A job that was stopped or failed before it wrote a model leaves none: an empty archive would look like one, and
    fail only when it is served. SageMaker writes no archive without files.

    Args:   opt_mls: the directories of the job's instances. Of files with the same name, the first is kept.
            completed: whether the job ends as Completed.
    Raises: TrigpointError: the output path cannot be written.
    """
    model, data = files_below(opt_mls, "model"), files_below(opt_mls, "output/data")
    if not job.spec.compress_output:
        _upload_files(model, f"{job.output_prefix}/model", objects)
        _upload_files(data, f"{job.output_prefix}/output", objects)
        return
    if completed or any(path.is_file() for path, _ in files_below(opt_mls, "model")):
        _upload_archive(model, job.model_uri, objects, scratch)
    output = [*data, *_markers(opt_mls)]
    _upload_archive(iter(output), f"{job.output_prefix}/output.tar.gz", objects, scratch)


def _upload_files(files: Iterator[tuple[Path, str]], prefix: str, objects: ObjectStore) -> None:
    for path, name in files:
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


def files_below(opt_mls: Sequence[Path], part: str) -> Iterator[tuple[Path, str]]:
    """Files and folders below a part of the directories with their relative names.

    The paths are real ones. Pipes, dangling links and links that lead out of the directory are left out.
    """
    seen: set[str] = set()
    for opt_ml in opt_mls:
        folder = _real(opt_ml / part, opt_ml)
        for path in sorted(folder.rglob("*")) if folder else ():
            assert folder is not None
            name, real = str(path.relative_to(folder)), _real(path, opt_ml)
            if real is not None and name not in seen and (real.is_dir() or real.is_file()):
                seen.add(name)
                yield real, name


def _markers(opt_mls: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for name in ("failure", "success"):
        reals = (_real(opt_ml / "output" / name, opt_ml) for opt_ml in opt_mls)
        found = next((real for real in reals if real is not None and real.is_file()), None)
        if found is not None:
            yield found, name


def _real(path: Path, opt_ml: Path) -> Path | None:
    """Where the path leads; None if that is not in the directory, or nowhere."""
    try:
        if path.is_symlink() and (target := path.readlink()).is_relative_to(SEEN_OPT_ML):
            path = opt_ml / target.relative_to(
                SEEN_OPT_ML
            )  # people's own code knows the directory by this name
        found = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: before Python 3.13, links that lead to each other
        return None
    return found if found.is_relative_to(opt_ml.resolve()) else None
