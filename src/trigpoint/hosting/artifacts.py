"""Download of a model's data from the object store into the folder of its model server."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.hosting.records import ContainerDefinition
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import RemoteUnavailable


class ModelDataUnavailable(TrigpointError):
    """The store of the model's data does not answer now; the message can be shown as a failure reason."""


def fetch_model(objects: ObjectStore, container: ContainerDefinition, folder: Path) -> bool:
    """Creates `folder` with the model's files, all or none; False, without effect, when it exists.

    Raises: Invalid: the data are missing or cannot be unpacked; the message can be shown as a failure reason.
            ModelDataUnavailable.
    """
    if folder.exists():
        return False
    aside = folder.with_name(folder.name + ".part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    if container.data_uri:
        fetch = _copy_prefix if container.data_is_prefix else _unpack_archive
        try:
            fetch(objects, container, container.data_uri, aside)
        except RemoteUnavailable as error:
            raise ModelDataUnavailable(_not_downloaded(container, container.data_uri, error)) from error
    aside.rename(folder)
    return True


def unpack(file: BinaryIO, folder: Path) -> None:
    """Unpacks a .tar.gz. Members that could write outside of `folder` are refused: links, devices, absolute names, `..`.

    Raises: Invalid: not a gzip or tar file, truncated, damaged, empty, larger than the free space, or such a member.
    """
    try:
        with gzip.open(file) as stream:
            files = _unpack_tar(stream, folder)
            while stream.read(1 << 20):
                pass  # gzip checks the checksum when it reaches the end
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise Invalid(f"it cannot be read as a .tar.gz archive: {error}") from error
    if not files:
        raise Invalid("the archive has no files")


def _unpack_tar(stream: gzip.GzipFile, folder: Path) -> int:
    files = 0
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            _unpack_member(archive, member, folder)
            files += member.isfile()
    return files


def _unpack_member(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    target = _inside(folder, member.name)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    content = archive.extractfile(member) if member.isreg() else None
    if content is None:
        raise Invalid(f"its member {member.name!r} is neither a file nor a folder; links are not followed")
    if member.size > shutil.disk_usage(folder).free:
        raise Invalid(f"its member {member.name!r} of {member.size} bytes does not fit on the disk")
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as out:
        shutil.copyfileobj(content, out)


def _inside(folder: Path, name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise Invalid(f"its member {name!r} would be outside of the model's folder")
    return folder / path


def _unpack_archive(objects: ObjectStore, container: ContainerDefinition, uri: str, folder: Path) -> None:
    try:
        file = objects.open_uri(uri)
    except RemoteUnavailable:
        raise
    except TrigpointError as error:
        raise Invalid(_not_downloaded(container, uri, error)) from error
    with file:
        try:
            unpack(file, folder)
        except Invalid as error:
            raise Invalid(
                f'Failed to extract model data archive for container "{container.hostname}" from URL '
                f'"{uri}": {error}. Please ensure that the object at the URL is a valid tar.gz archive.'
            ) from error


def _copy_prefix(objects: ObjectStore, container: ContainerDefinition, uri: str, folder: Path) -> None:
    root = uri if uri.endswith("/") else uri + "/"
    try:
        found = [info for info in objects.iterate_uri(root) if not info.key.endswith("/")]
        if not found:
            raise Invalid("there is no object under this prefix")
        for info in found:
            target = _inside(folder, info.uri.removeprefix(root))
            target.parent.mkdir(parents=True, exist_ok=True)
            with objects.open(info.bucket, info.key) as content, target.open("wb") as out:
                shutil.copyfileobj(content, out)
    except RemoteUnavailable:
        raise
    except TrigpointError as error:
        raise Invalid(_not_downloaded(container, uri, error)) from error


def _not_downloaded(container: ContainerDefinition, uri: str, error: TrigpointError) -> str:
    return (
        f'Failed to download model data for container "{container.hostname}" from URL: "{uri}" ({error}). '
        "Please ensure that there is an object located at the URL."
    )
