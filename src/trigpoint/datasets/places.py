"""Local files and objects of any S3 store, read and written through one interface.

A place is a path, or `s3://bucket/key`. The store and the credentials come from the AWS_* variables, which
`trigpoint env` sets.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from trigpoint.core.errors import Invalid, NotFound

if TYPE_CHECKING:
    from trigpoint.remote import RemoteStore

_BUFFER_BYTES = 1 << 20
_KEYS_PER_PAGE = 1_000


def is_s3(place: str) -> bool:
    return place.startswith("s3://")


def split_s3(uri: str) -> tuple[str, str]:
    """(bucket, key) of an S3 URI; the key may be empty.

    Raises: Invalid.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not is_s3(uri) or not bucket:
        raise Invalid(f"{uri!r} is not the URI of an object; it must look like s3://bucket/key")
    return bucket, key


def is_uri(place: str) -> bool:
    """True for what is no local path: an object's URI, or the address of an image on the web."""
    return place.startswith(("s3://", "https://"))


def join(place: str, name: str) -> str:
    """The place `name` below the folder or prefix `place`; a URI or an absolute path stays as it is."""
    if is_uri(name) or Path(name).is_absolute():
        return name
    return f"{place.rstrip('/')}/{name}" if is_uri(place) else str(Path(place) / name)


def parent(place: str) -> str:
    """The folder or prefix of the place."""
    return place.rpartition("/")[0] if is_s3(place) else str(Path(place).parent)


class Places:
    """Opens and writes places. Thread-safe; one connection pool per bucket, opened at its first use."""

    def __init__(self) -> None:
        self._stores: dict[str, RemoteStore] = {}
        self._lock = threading.Lock()

    def open(self, place: str) -> BinaryIO:
        """The content as a stream.

        Raises: NotFound, Denied, Invalid: it is a folder or prefix.
        """
        if not is_s3(place):
            return _open_file(place)
        store, key = self._object(place)
        try:
            body = store.api.body(key)
        except NotFound:
            if next(self._keys(store.bucket, key.rstrip("/") + "/", limit=1), None) is not None:
                raise Invalid(
                    f"{place} is a prefix with objects below it; the URI of one object is needed"
                ) from None
            raise
        return io.BufferedReader(_Stream(body), _BUFFER_BYTES)

    def read(self, place: str) -> bytes:
        """All bytes. Raises: as `open`."""
        if is_s3(place):
            store, key = self._object(place)
            return store.fetch(key)
        with self.open(place) as file:
            return file.read()

    def size(self, place: str) -> int:
        """The size in bytes. Raises: NotFound, Denied, Invalid."""
        if is_s3(place):
            store, key = self._object(place)
            return int(store.api.call("head_object", key)["ContentLength"])
        path = _existing(place)
        return path.stat().st_size

    def head(self, place: str, size_bytes: int) -> bytes:
        """The first bytes, fewer when the content is shorter. Raises: as `open`."""
        if not is_s3(place):
            with _open_file(place) as file:
                return file.read(size_bytes)
        store, key = self._object(place)
        return store.fetch_range(key, 0, size_bytes)

    def put(self, place: str, file: Path, content_type: str) -> None:
        """Copies a file to the object, and replaces an existing one."""
        store, key = self._object(place)
        with file.open("rb") as body:
            store.api.call("put_object", key, Body=body, ContentType=content_type)

    def listing(self, uri: str) -> Iterator[tuple[str, int]]:
        """Key and size in bytes of the objects whose keys begin with the prefix, in the order of their bytes.

        Raises: NotFound: no such bucket. Denied.
        """
        bucket, prefix = split_s3(uri)
        more: dict[str, str] = {}
        while True:
            api = self._store(bucket).api
            page = api.call("list_objects_v2", Prefix=prefix, MaxKeys=_KEYS_PER_PAGE, **more)  # type: ignore[arg-type]  # no `patient` in there
            for found in page.get("Contents", []):
                yield found["Key"], int(found["Size"])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _keys(self, bucket: str, prefix: str, limit: int) -> Iterator[str]:
        answer = self._store(bucket).api.call("list_objects_v2", Prefix=prefix, MaxKeys=limit)
        for found in answer.get("Contents", []):
            yield found["Key"]

    def _object(self, place: str) -> tuple[RemoteStore, str]:
        """The store and the key of an object. Raises: Invalid: not the URI of an object."""
        bucket, key = split_s3(place)
        if not key or key.endswith("/"):
            raise Invalid(f"{place} is a bucket or a prefix; the URI of one object is needed")
        return self._store(bucket), key

    def _store(self, bucket: str) -> RemoteStore:
        from trigpoint.remote import RemoteConfig, RemoteStore

        with self._lock:
            if bucket not in self._stores:
                self._stores[bucket] = RemoteStore(RemoteConfig.from_environment(os.environ), bucket)
            return self._stores[bucket]


def _existing(place: str) -> Path:
    if "://" in place:
        raise Invalid(f"{place} cannot be read here; objects are named like s3://bucket/key")
    path = Path(place)
    if path.is_dir():
        raise Invalid(f"{place} is a folder; a file is needed")
    if not path.exists():
        raise NotFound(f"no file {place}")
    return path


def _open_file(place: str) -> BinaryIO:
    try:
        return _existing(place).open("rb")
    except OSError as problem:
        raise Invalid(f"{place} cannot be read: {problem.strerror}") from None


class _Stream(io.RawIOBase):
    """A response body as the raw stream that Python's buffered readers need."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        data = self._body.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()
