"""The data of a channel, and the endless stream of epochs of a Pipe channel.

Source: training.md 1.2-1.6, 3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from trigpoint.core.errors import NotFound, TrigpointError
from trigpoint.records.manifest.lines import BadLine
from trigpoint.records.manifest.manifest_file import ManifestFile, read_manifest_file
from trigpoint.streaming.batch_reader import FetchFailed
from trigpoint.streaming.decompress import Decompress
from trigpoint.streaming.fetch import Fetch
from trigpoint.streaming.fetch_options import DEFAULT, FetchOptions
from trigpoint.streaming.reading import OpenedObjects, OpenObject, Reader
from trigpoint.streaming.select import Select, WholeObject
from trigpoint.streaming.shard import Shard
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup, ManifestLines
from trigpoint.streaming.stage import Row, Stage
from trigpoint.streaming.wrap import RecordIO
from trigpoint.training.class_maps import check_class_maps
from trigpoint.training.model import Channel


class Listed(Protocol):
    """The properties of a listed object that are used here."""

    @property
    def bucket(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


ListObjects = Callable[[str], Iterable[Listed]]
"""The objects whose URIs begin with a prefix, in the order of their keys."""


class DataError(TrigpointError):
    """The data of a channel cannot be read; the message follows `Data download failed:` in the failure reason."""


class PipeSource:
    """The data of one Pipe channel. Reads the manifest, or lists the objects, once, and then gives any epoch.

    `reader` reads the objects; by default each is opened with `open_object`.
    Raises: DataError.
    """

    def __init__(
        self,
        channel: Channel,
        open_object: OpenObject,
        list_objects: ListObjects,
        *,
        reader: Reader | None = None,
        scratch: Path | None = None,
        options: FetchOptions = DEFAULT,
    ) -> None:
        self._channel = channel
        self._reader = reader or OpenedObjects(open_object)
        self._scratch = scratch
        self._options = options
        self._pool = ThreadPoolExecutor(options.threads, f"fetch-{channel.name}")
        try:
            if channel.data_type == "AugmentedManifestFile":
                with open_object(channel.uri) as manifest:
                    lines = ManifestLines(manifest, scratch)
                check_class_maps(map(lines.__getitem__, range(len(lines))), channel.attributes)
                self._source: ManifestLines | Keys = lines
            else:
                self._source = Keys(object_uris(channel, open_object, list_objects))
        except (TrigpointError, OSError) as error:
            raise self.explain(error) from error

    def open_epoch(self, epoch: int) -> Stage[Row]:
        """The framed rows of an epoch. Pass its errors to `explain`."""
        places: Stage[int] = Order(len(self._source), self._channel.shuffle_seed, epoch)
        if self._channel.is_split:
            places = Shard(places, *self._channel.shard)
        if isinstance(self._source, Keys):
            fetched = Fetch(
                WholeObject(Lookup(places, self._source)), self._reader, self._options, self._pool
            )
        else:
            selected = Select(Lookup(places, self._source), self._channel.attributes)
            fetched = Fetch(selected, self._reader, self._options, self._pool)
        rows: Stage[Row] = fetched
        if self._channel.compression == "Gzip":
            rows = Decompress(rows, self._options.large_bytes, self._scratch)
        return RecordIO(rows) if self._channel.record_wrapper == "RecordIO" else rows

    def explain(self, error: Exception) -> DataError:
        """The error as a failure reason that names file, line, attribute and cause."""
        channel = self._channel
        if isinstance(error, BadLine) and channel.data_type == "AugmentedManifestFile":
            why = error.why
            if isinstance(error, FetchFailed):
                why = f"attribute {channel.attributes[error.place]!r}: {why}"
            return DataError(
                f"Unable to parse augmented manifest line {error.number}: {why} "
                f"(manifest {channel.uri}, channel {channel.name})"
            )
        if isinstance(error, BadLine):
            return DataError(f"{error.why} (channel {channel.name}, {channel.uri})")
        return explain_error(channel, error)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def object_uris(channel: Channel, open_object: OpenObject, list_objects: ListObjects) -> list[str]:
    """The URIs of the objects of a prefix or a manifest file, in its order.

    Raises: Invalid: the manifest file is malformed. NotFound: there is no such object.
    """
    if channel.data_type == "ManifestFile":
        return manifest_file(channel, open_object).uris
    return [
        f"s3://{found.bucket}/{found.key}"
        for found in listed_objects(channel, list_objects)
        if not _is_folder_mark(found)
    ]


def listed_objects(channel: Channel, list_objects: ListObjects) -> list[Listed]:
    """The objects of a prefix in the order of their keys, with the folder marks that consoles make.

    Raises: NotFound: there is none but folder marks.
    """
    found = list(list_objects(channel.uri))
    if all(map(_is_folder_mark, found)):
        raise no_objects(channel)
    return found


def no_objects(channel: Channel) -> NotFound:
    """The error of a channel whose prefix matches no object."""
    return NotFound(
        f'No S3 objects found under S3 URL "{channel.uri}" given in input data source. '
        "Please ensure that the bucket exists and that objects exist under that S3 prefix"
    )


def manifest_file(channel: Channel, open_object: OpenObject) -> ManifestFile:
    """The channel's manifest file. Raises: Invalid: it is malformed."""
    with open_object(channel.uri) as file:
        return read_manifest_file(file.read())


def explain_error(channel: Channel, error: Exception) -> DataError:
    """An error of a whole channel, as a failure reason."""
    return DataError(f"{_message(error)} (channel {channel.name}, {channel.uri})")


def _is_folder_mark(found: Listed) -> bool:
    return not found.size_bytes and found.key.endswith("/")


def _message(error: Exception) -> str:
    return error.message if isinstance(error, TrigpointError) else f"{type(error).__name__}: {error}"
