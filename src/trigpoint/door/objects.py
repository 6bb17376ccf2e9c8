"""The objects of a job, as an instance sees them: plain files where they are on its machine, links where they are in
another store, and S3 for all else.

What can be read and written is decided by the server, for the job's token and for its credentials.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

from cachetools import TTLCache

from trigpoint.access.session_keys import SessionKeys
from trigpoint.door.client import Door
from trigpoint.door.links import Links
from trigpoint.door.writing import SmallWrites
from trigpoint.objects.errors import NoSuchKey
from trigpoint.objects.files import Fingerprint
from trigpoint.objects.linked import LinkedBuckets
from trigpoint.objects.model import (
    DEFAULT_CONTENT_TYPE,
    Bucket,
    Data,
    Listing,
    ObjectInfo,
    RemoteLocation,
)
from trigpoint.objects.names import check_key
from trigpoint.objects.placed_files import PlacedFiles
from trigpoint.objects.remote import RemoteBuckets
from trigpoint.objects.shared_cache import SharedCache
from trigpoint.objects.staging import chunks
from trigpoint.objects.uri import object_of, parse_s3_uri
from trigpoint.remote import RemoteError
from trigpoint.remote.fetch import is_plain

MAX_PAGE = 1000
PART_BYTES = 32 << 20
"""Of an upload; objects that are not larger are written with one request."""
BUCKET_S = 1.0
"""For how long the place of a bucket is known."""

_SERVER = re.compile(r"^s3://.*?: the store at \S+ answered \w+: ", re.DOTALL)
"""What an error of another store begins with; this store is the server itself."""

T = TypeVar("T")


class InstanceObjects(Protocol):
    """What the parts of an instance need of an object store."""

    def open(self, bucket: str, key: str) -> BinaryIO: ...
    def open_uri(self, uri: str) -> BinaryIO: ...
    def prepare_uris(self, uris: Iterable[str]) -> None: ...
    def list_sizes(
        self, bucket: str, prefix: str = "", delimiter: str = "", start_after: str = "", max_keys: int = ...
    ) -> Listing: ...
    def iterate_uri(self, prefix_uri: str) -> Iterator[ObjectInfo]: ...
    def put(self, bucket: str, key: str, data: Data) -> object: ...
    def write_uri(self, uri: str, data: Data, content_type: str | None = None) -> object: ...
    def delete_many(self, bucket: str, keys: Sequence[str]) -> None: ...


class JobObjects:
    """The objects that the request of a job names. Thread-safe.

    region:     of the installation
    scratch:    a folder for data on their way to S3
    is_near:    whether the instance runs on the server's machine
    """

    def __init__(self, door: Door, keys: SessionKeys, region: str, scratch: Path, *, is_near: bool) -> None:
        self._door = door
        self._keys = keys
        self._region = region
        self._is_near = is_near
        self._remote = RemoteBuckets(scratch, _Plain(), keys.session_token)
        self._writes = SmallWrites(keys, region)
        self._linked = LinkedBuckets()
        self._folders: dict[str, Path] = {}
        self._linked_stores: set[str] = set()
        self._placed = PlacedFiles(self._folders.__getitem__)
        self._links = Links(self._find_links)
        self._buckets = SharedCache[str, Bucket](TTLCache(MAX_PAGE, BUCKET_S))

    # reading

    def open(self, bucket: str, key: str) -> BinaryIO:
        """The bytes of an object as a seekable file.

        Raises: NoSuchBucket; NoSuchKey; Denied; RemoteUnavailable.
        """
        placed = self._placed.open(bucket, key)
        if placed is not None:
            return placed
        check_key(key)
        found = self._bucket(bucket)
        if found.linked_folder is not None:
            return self._linked.open_bytes(found, key)
        if found.is_local:
            places = self._find_places(bucket, [key])
            if not places:
                raise NoSuchKey(f"no object s3://{bucket}/{key}")
            self._placed.look_up(bucket, [key], lambda *_: places)
            placed = self._placed.open(bucket, key)
        if bucket in self._linked_stores and is_plain(key):
            return self._links.open(bucket, key)
        # Somebody has edited the file: the server indexes it again while it answers.
        return placed or self._from_server(bucket, lambda there: self._remote.open_bytes(there, key))

    def open_uri(self, uri: str) -> BinaryIO:
        """The object's bytes as a seekable file."""
        return self.open(*object_of(uri))

    def prepare_uris(self, uris: Iterable[str]) -> None:
        """Looks up the files of these objects together, so that each can then be opened without asking."""
        keys: dict[str, list[str]] = {}
        for bucket, key in map(object_of, uris):
            keys.setdefault(bucket, []).append(key)
        for bucket, of_bucket in keys.items():
            if self._bucket(bucket).is_local:
                self._placed.look_up(bucket, of_bucket, self._find_places)
            elif bucket in self._linked_stores:
                self._links.look_up(bucket, of_bucket)

    def list_sizes(
        self,
        bucket: str,
        prefix: str = "",
        delimiter: str = "",
        start_after: str = "",
        max_keys: int = MAX_PAGE,
    ) -> Listing:
        """One page of at most 1,000 objects and common prefixes, in UTF-8 byte order of the keys."""
        found = self._bucket(bucket)
        if found.linked_folder is not None:
            return self._linked.list_sizes(found, prefix, delimiter, start_after, max_keys)
        page = self._door.ask(
            "list",
            bucket=bucket,
            prefix=prefix,
            delimiter=delimiter,
            start_after=start_after,
            max_keys=max_keys,
        )
        return Listing(
            [_listed(bucket, *each) for each in page["objects"]],
            page["common_prefixes"],
            page["is_truncated"],
            page["next_marker"],
        )

    def iterate_uri(self, prefix_uri: str) -> Iterator[ObjectInfo]:
        """All objects whose URIs begin with `prefix_uri`, read page by page."""
        bucket, prefix = parse_s3_uri(prefix_uri)
        marker, is_truncated = "", True
        while is_truncated:
            page = self.list_sizes(bucket, prefix, start_after=marker)
            yield from page.objects
            marker, is_truncated = page.next_marker, page.is_truncated

    # writing

    def put(self, bucket: str, key: str, data: Data, *, content_type: str = DEFAULT_CONTENT_TYPE) -> None:
        """Writes an object as a whole; durable when this returns. When it raises, nothing has changed."""
        parts = _parts(data)
        first, second = next(parts, b""), next(parts, None)
        if second is None:
            self._write(bucket, key, first, content_type)
            return
        upload = self._call(bucket, "create_multipart_upload", key, ContentType=content_type)["UploadId"]
        try:
            named = []
            for number, part in enumerate(chain([first, second], parts), start=1):
                answer = self._call(bucket, "upload_part", key, UploadId=upload, PartNumber=number, Body=part)
                named.append({"PartNumber": number, "ETag": answer["ETag"]})
            whole = {"Parts": named}
            self._call(bucket, "complete_multipart_upload", key, UploadId=upload, MultipartUpload=whole)
        except BaseException:
            self._call(bucket, "abort_multipart_upload", key, UploadId=upload)
            raise

    def write_uri(self, uri: str, data: Data, content_type: str | None = None) -> None:
        """Writes the object."""
        bucket, key = object_of(uri)
        self.put(bucket, key, data, content_type=content_type or DEFAULT_CONTENT_TYPE)

    def delete_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Deletes at most 1,000 objects; those that are not there are passed over."""
        self._from_server(bucket, lambda there: self._remote.delete(there, keys))

    # where objects are

    def _bucket(self, name: str) -> Bucket:
        """The bucket as this machine can read it: local or linked only if its files are here."""
        known = self._buckets.get(name)
        if known is not None:
            return known
        answer = self._door.ask("bucket", bucket=name)
        at, folder = datetime.now(UTC), Path(answer["folder"])
        match answer["backend"]:
            case "local" if self._is_near:
                self._folders[name] = folder
                found = Bucket(name, at)
            case "linked" if self._is_near:
                found = Bucket(name, at, folder)
            case "remote":
                self._linked_stores.add(name)
                found = self._on_server(name)
            case _:
                found = self._on_server(name)
        self._buckets.put(name, found)
        return found

    def _find_places(self, bucket: str, keys: Sequence[str]) -> list[tuple[str, str, Fingerprint]]:
        answer = self._door.ask("places", bucket=bucket, keys=list(keys))
        return [(key, path, Fingerprint(size, time)) for key, path, size, time in answer["places"]]

    def _find_links(self, bucket: str, keys: Sequence[str]) -> list[tuple[str, str]]:
        return [(key, url) for key, url in self._door.ask("links", bucket=bucket, keys=list(keys))["links"]]

    def _from_server(self, bucket: str, call: Callable[[Bucket], T]) -> T:
        """What the call does with the bucket in the server's S3, tried again while the server is away."""
        with _in_words_of_the_server():
            return self._door.patiently(lambda: call(self._on_server(bucket)))

    def _write(self, bucket: str, key: str, body: bytes, content_type: str) -> None:
        check_key(key)
        address = self._door.address
        with _in_words_of_the_server():
            self._door.patiently(lambda: self._writes.put(address.url, bucket, key, body, content_type))

    def _call(self, bucket: str, operation: str, key: str, **parameters: Any) -> dict[str, Any]:
        return self._from_server(bucket, lambda there: self._remote.call(there, operation, key, **parameters))

    def _on_server(self, name: str) -> Bucket:
        keys = self._keys
        location = RemoteLocation(
            self._door.address.url,
            self._region,
            name,
            access_key_id=keys.access_key_id,
            sealed_secret=keys.secret_access_key,
        )
        return Bucket(name, datetime.now(UTC), remote=location)


class _Plain:
    """Secrets that are not sealed: they are in the memory of this process only."""

    def seal(self, text: str) -> str:
        return text

    def open(self, sealed: str) -> str:
        return sealed


@contextmanager
def _in_words_of_the_server() -> Iterator[None]:
    try:
        yield
    except RemoteError as error:
        error.message = _SERVER.sub("", error.message)
        raise


def _parts(data: Data) -> Iterator[bytes]:
    """The data in parts of PART_BYTES; the last may be shorter."""
    part = bytearray()
    for chunk in chunks(data):
        part += chunk
        while len(part) >= PART_BYTES:
            yield bytes(part[:PART_BYTES])
            del part[:PART_BYTES]
    if part:
        yield bytes(part)


def _listed(bucket: str, key: str, size_bytes: int, etag: str, modified_at: float, *_: Any) -> ObjectInfo:
    at = datetime.fromtimestamp(modified_at, UTC)
    return ObjectInfo(bucket, key, size_bytes, etag, "", {}, at)
