"""How do a channel's data come in: as an endless stream of epochs (Pipe), or as files (File).

Source: training.md 1.2-1.6, 3.1, 3.2.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Protocol

from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.manifest import BadLine, ManifestFile, read_manifest_file
from trigpoint.streaming.decompress import Decompress
from trigpoint.streaming.fetch import DEFAULT, Fetch, FetchFailed, FetchOptions, OpenObject
from trigpoint.streaming.reading import Opened, Reader
from trigpoint.streaming.select import Select, WholeObject
from trigpoint.streaming.shard import Shard
from trigpoint.streaming.shuffle import Order
from trigpoint.streaming.source import Keys, Lookup, ManifestLines
from trigpoint.streaming.stage import Row, Stage
from trigpoint.streaming.wrap import RecordIO
from trigpoint.training.model import Channel

_COPY_BYTES = 1 << 20


class Listed(Protocol):
    """What must be known of an object in a listing."""

    @property
    def bucket(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


ListObjects = Callable[[str], Iterable[Listed]]
"""The objects whose URIs begin with a prefix, in the order of their keys."""


class DataError(TrigpointError):
    """The data of a channel cannot be had; the message is what follows `Data download failed:`."""


class PipeSource:
    """The data of one Pipe channel: reads the manifest, or lists the objects, once; then gives any epoch.

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
        host: int = 0,
        hosts: int = 1,
        scratch: Path | None = None,
        options: FetchOptions = DEFAULT,
    ) -> None:
        self._channel = channel
        self._reader = reader or Opened(open_object)
        self._shard = (host, hosts) if channel.distribution == "ShardedByS3Key" and hosts > 1 else None
        self._scratch = scratch
        self._options = options
        self._pool = ThreadPoolExecutor(options.threads, f"fetch-{channel.name}")
        try:
            if channel.data_type == "AugmentedManifestFile":
                with open_object(channel.uri) as manifest:
                    self._source: ManifestLines | Keys = ManifestLines(manifest, scratch)
            else:
                self._source = Keys(object_uris(channel, open_object, list_objects))
        except (TrigpointError, OSError) as error:
            raise self.explain(error) from error

    def open_epoch(self, epoch: int) -> Stage[Row]:
        """The rows of an epoch, framed; its errors are to be shown to `explain`."""
        places: Stage[int] = Order(len(self._source), self._channel.shuffle_seed, epoch)
        if self._shard is not None:
            places = Shard(places, *self._shard)
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
        """The error in the words of a failure reason: file, line, attribute and cause."""
        channel = self._channel
        if isinstance(error, BadLine) and channel.data_type == "AugmentedManifestFile":
            why = error.why
            if isinstance(error, FetchFailed):
                why = f"attribute {channel.attributes[error.place]!r}: {why}"
            return DataError(
                f"Unable to parse augmented manifest line {error.number}: {why} "
                f"(manifest {channel.uri}, channel {channel.name})"
            )
        why = error.why if isinstance(error, BadLine) else _message(error)
        return DataError(f"{why} (channel {channel.name}, {channel.uri})")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def object_uris(channel: Channel, open_object: OpenObject, list_objects: ListObjects) -> list[str]:
    """The URIs of the objects of a prefix or a manifest file, in its order.

    Raises: Invalid: the manifest file is malformed. NotFound: there is no such object.
    """
    if channel.data_type == "ManifestFile":
        return _manifest_file(channel, open_object).uris
    uris = [
        f"s3://{found.bucket}/{found.key}"
        for found in list_objects(channel.uri)
        if found.size_bytes or not found.key.endswith("/")  # the second are folders made by consoles
    ]
    if not uris:
        raise NotFound(
            f'No S3 objects found under S3 URL "{channel.uri}" given in input data source. '
            "Please ensure that the bucket exists and that objects exist under that S3 prefix"
        )
    return uris


def _manifest_file(channel: Channel, open_object: OpenObject) -> ManifestFile:
    with open_object(channel.uri) as file:
        return read_manifest_file(file.read())


def download(channel: Channel, folder: Path, open_object: OpenObject, list_objects: ListObjects) -> None:
    """Writes the objects of a File channel below `folder`, under their paths relative to the prefix.

    Raises: DataError: an object cannot be read, or its key does not name a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        prefix = channel.uri
        if channel.data_type == "ManifestFile":
            prefix = _manifest_file(channel, open_object).prefix
        for uri in object_uris(channel, open_object, list_objects):
            path = folder / relative_path(uri, prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            with open_object(uri) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target, _COPY_BYTES)
    except (TrigpointError, OSError) as error:
        raise DataError(f"{_message(error)} (channel {channel.name}, {channel.uri})") from error


def relative_path(uri: str, prefix_uri: str) -> str:
    """Where in the channel's folder an object of the prefix lies.

    A prefix that ends within a name keeps that whole name; one that is the key itself gives the file's name.
    Raises: Invalid: the path would lie outside the folder.
    """
    key, prefix = parse_s3_uri(uri)[1], parse_s3_uri(prefix_uri)[1]
    rest = key.removeprefix(prefix)
    if not rest or not (prefix.endswith("/") or rest.startswith("/") or not prefix):
        rest = key[prefix.rfind("/") + 1 :]
    path = PurePosixPath(rest.lstrip("/"))
    if not path.parts or ".." in path.parts or rest.endswith("/"):
        raise Invalid(f"the key of {uri} does not name a file below the channel's folder")
    return str(path)


def _message(error: Exception) -> str:
    return error.message if isinstance(error, TrigpointError) else f"{type(error).__name__}: {error}"
