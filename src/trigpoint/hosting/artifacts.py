"""Download of a model's data from the object store into the folder of its model server."""

from __future__ import annotations

import shutil
from pathlib import Path

from trigpoint.core.archive import DEFAULT_LIMITS, ArchiveLimits, inside, unpack
from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.hosting.records import ContainerDefinition
from trigpoint.objects import ObjectStore
from trigpoint.objects.errors import RemoteUnavailable
from trigpoint.own_code.source import SUBMIT_DIRECTORY, fetch_source, named


class ModelDataUnavailable(TrigpointError):
    """The store of the model's data does not answer now; the message can be shown as a failure reason."""


def fetch_model(
    objects: ObjectStore, container: ContainerDefinition, folder: Path, limits: ArchiveLimits = DEFAULT_LIMITS
) -> bool:
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
            fetch(objects, container, container.data_uri, aside, limits)
        except BaseException as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not isinstance(error, RemoteUnavailable):
                raise
            raise ModelDataUnavailable(_not_downloaded(container, container.data_uri, error)) from error
    aside.rename(folder)
    return True


def fetch_code(objects: ObjectStore, container: ContainerDefinition, folder: Path) -> None:
    """Unpacks the code of a model that has it outside of its data, as some SDKs send it; keeps what is there already.

    Raises: Invalid. ModelDataUnavailable.
    """
    uri = named(SUBMIT_DIRECTORY, {}, container.environment)
    # Version 1 of the SDK names the model's own archive, which has the code in a folder.
    if folder.exists() or not uri.startswith("s3://") or uri == container.data_uri:
        return
    try:
        fetch_source(uri, folder, objects.open_uri)
    except RemoteUnavailable as error:
        raise ModelDataUnavailable(error.message) from error


def _unpack_archive(
    objects: ObjectStore, container: ContainerDefinition, uri: str, folder: Path, limits: ArchiveLimits
) -> None:
    try:
        file = objects.open_uri(uri)
    except RemoteUnavailable:
        raise
    except TrigpointError as error:
        raise Invalid(_not_downloaded(container, uri, error)) from error
    with file:
        try:
            if not unpack(file, folder, limits):
                raise Invalid("the archive has no files")
        except Invalid as error:
            raise Invalid(
                f'Failed to extract model data archive for container "{container.hostname}" from URL '
                f'"{uri}": {error}. Please ensure that the object at the URL is a valid tar.gz archive.'
            ) from error


def _copy_prefix(
    objects: ObjectStore, container: ContainerDefinition, uri: str, folder: Path, limits: ArchiveLimits
) -> None:
    root = uri if uri.endswith("/") else uri + "/"
    try:
        found = [info for info in objects.iterate_uri(root) if not info.key.endswith("/")]
        if not found:
            raise Invalid("there is no object under this prefix")
        size_bytes = sum(info.size_bytes for info in found)
        if size_bytes > limits.max_bytes:
            raise Invalid(f"it has {size_bytes} bytes; {limits.setting} allows {limits.max_bytes}")
        for info in found:
            target = inside(folder, info.uri.removeprefix(root))
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
