"""Locations of a manifest's objects: a store, files next to the manifest, or a folder that mirrors a store."""

from __future__ import annotations

import io
import os
import posixpath
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import unquote, urlsplit

from trigpoint.core.errors import Conflict, Denied, Invalid, NotFound
from trigpoint.remote.config import RemoteConfig
from trigpoint.streaming.reading import LocalFiles, Room
from trigpoint.streaming.stage import Large, Part

if TYPE_CHECKING:
    from tenacity import Retrying

    from trigpoint.remote import RemoteStore
    from trigpoint.remote.fetch import ObjectSize

_PIECE_BYTES = 4 << 20
_S3 = "s3://"
MOST_PATH_CHARACTERS = 4095
DELAYS_S = (0.1, 0.4, 1.6)


class Locations:
    """Finds and reads the objects of a manifest or list.

    base:  the folder of relative names: a path, or s3://bucket/prefix/; it ends with a slash.
    local: prefixes of URIs, and the folders to read instead: {"s3://photos/": "/mnt/photos/"}.
    store: the store of s3:// URIs; None takes the AWS_* variables of the environment.
    """

    def __init__(self, base: str, local: Mapping[str, str], store: RemoteConfig | None) -> None:
        self._base = base
        self._local = sorted(local.items(), key=lambda pair: -len(pair[0]))
        self._store = store
        self._stores: dict[str, RemoteStore] = {}
        self._opening = threading.Lock()
        self._files = LocalFiles(str)
        self.is_local = False

    def prepare(self, uris: Sequence[str]) -> None:
        """Does nothing: paths and stores need no look-up."""

    def locate(self, name: str) -> str:
        """A path, or an s3:// URI.

        Raises: Invalid: a URI of another kind.
        """
        for beginning, instead in self._local:
            if name.startswith(beginning):
                return _inside(instead, name[len(beginning) :], name)
        if name.startswith(_S3):
            return name
        if "://" in name:
            if name.startswith("file://"):
                return unquote(urlsplit(name).path)
            raise Invalid(
                f"{name} is neither an s3:// URI nor a path; map its beginning to a folder with local="
            )
        if name.startswith("/"):
            return name
        if "./" in name and self._base.startswith(_S3):
            bucket, _, prefix = self._base[len(_S3) :].partition("/")
            return f"{_S3}{bucket}{posixpath.normpath(f'/{prefix}{name}')}"
        return self._base + name

    def locate_object(self, name: str) -> str:
        """As `locate`, for one object.

        Raises: Invalid: what `locate` raises; a bucket without a key, or a name that no file can have.
        """
        place = self.locate(name)
        if not place.isascii():
            try:
                place.encode()
            except UnicodeEncodeError:
                raise Invalid(f"{name!a:.80} holds half of a character (a lone surrogate)") from None
        if place.startswith(_S3):
            bucket, _, key = place[len(_S3) :].partition("/")
            if not bucket or not key:
                raise Invalid(f"{name!r} names no object; it must look like s3://bucket/key")
        elif "\0" in place or len(place) > MOST_PATH_CHARACTERS:
            raise Invalid(f"{name!r:.400} cannot be the path of a file: it holds a NUL byte or is too long")
        return place

    def read(self, uri: str, large_bytes: int, room: Room) -> Part:
        if uri.startswith(_S3):
            return self._read_remote(uri, large_bytes, room)
        return self._files.read(uri, large_bytes, room)

    def _read_remote(self, uri: str, large_bytes: int, room: Room) -> Part:
        from trigpoint.remote.errors import RemoteUnavailable

        store, key = self._open_store(uri)
        room.acquire(large_bytes)  # its size is only known when the response has begun
        kept_bytes = 0
        try:
            found = store.fetch_up_to(key, large_bytes)
            if not isinstance(found, bytes):
                return Large(cast(BinaryIO, _Remote(store, key, found)), found.size_bytes)
            kept_bytes = len(found)
            return found
        except RemoteUnavailable as problem:
            raise ConnectionError(problem.message) from problem
        finally:
            room.release(large_bytes - kept_bytes)

    def open(self, uri: str) -> BinaryIO:
        """Opens a manifest as a seekable file.

        Raises: TrigpointError: it cannot be opened.
        """
        if uri.startswith(_S3):
            return self._open_remote(uri)
        try:
            return Path(uri).open("rb")
        except FileNotFoundError:
            raise NotFound(f"there is no file {uri}") from None
        except IsADirectoryError:
            raise Invalid(f"{uri} is a folder; give the path of the manifest in it") from None
        except PermissionError:
            raise Denied(f"no permission to read the file {uri}") from None

    def _open_remote(self, uri: str) -> BinaryIO:
        store, key = self._open_store(uri)
        if not key or key.endswith("/"):
            raise Invalid(f"{uri} is a bucket or a prefix; give the URI of the manifest in it")
        found = _retrying()(store.fetch_up_to, key, _PIECE_BYTES)
        if isinstance(found, bytes):
            return io.BytesIO(found)
        return io.BufferedReader(_Remote(store, key, found), _PIECE_BYTES)

    def listing(self, uri: str) -> Iterator[str]:
        """The URIs or paths below a folder or an s3:// prefix, sorted by name."""
        if not uri.startswith(_S3):
            if not Path(uri).is_dir():
                raise NotFound(f"there is no folder {uri}")
            yield from sorted(str(path) for path in Path(uri).rglob("*") if path.is_file())
            return
        store, prefix = self._open_store(uri)
        more: dict[str, str] = {}
        while True:
            page = store.api.call("list_objects_v2", Prefix=prefix, **more)  # type: ignore[arg-type]  # no `patient` in there
            for found in page.get("Contents", []):
                if not found["Key"].endswith("/"):
                    yield f"{_S3}{store.bucket}/{found['Key']}"
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _open_store(self, uri: str) -> tuple[RemoteStore, str]:
        bucket, _, key = uri[len(_S3) :].partition("/")
        if bucket not in self._stores:
            from trigpoint.remote import RemoteStore

            with self._opening:
                if bucket not in self._stores:  # not opened by another thread in the meantime
                    config = self._store or RemoteConfig.from_environment(os.environ)
                    self._stores[bucket] = RemoteStore(config, bucket)
        return self._stores[bucket], key


def base_of(uri: str) -> str:
    """The folder or prefix of a manifest, to which its relative names are relative."""
    return uri[: uri.rfind("/") + 1] if uri.startswith(_S3) else f"{Path(uri).absolute().parent}/"


def _inside(folder: str, rest: str, name: str) -> str:
    if ".." in rest and ".." in rest.split("/"):
        raise Invalid(f"{name} is outside of the folder {folder}; remove the .. from it")
    return f"{folder.rstrip('/')}/{rest.lstrip('/')}"


class _Remote(io.RawIOBase):
    """A large object, read in pieces that all come from one version.

    Raises: RemoteUnavailable: after several tries. Conflict: the object was replaced. NotFound: it was removed.
    """

    def __init__(self, store: RemoteStore, key: str, found: ObjectSize) -> None:
        self._store, self._key, self._size_bytes = store, key, found.size_bytes
        self._etag = "" if found.etag.startswith("W/") else found.etag  # weak ETags never match
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._place = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size_bytes}[
            whence
        ] + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1, /) -> bytes:
        left = self._size_bytes - self._place
        size = left if size < 0 else min(size, left)
        pieces = []
        while size > 0:
            piece = self._piece(min(size, _PIECE_BYTES))
            if not piece:
                break
            pieces.append(piece)
            self._place += len(piece)
            size -= len(piece)
        return b"".join(pieces)

    def readinto(self, buffer: object, /) -> int:
        view = memoryview(cast(bytearray, buffer))
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _piece(self, size: int) -> bytes:
        from trigpoint.remote.errors import RemoteConflict

        start = self._place
        try:
            return _retrying()(self._store.fetch_range, self._key, start, start + size, self._etag)
        except RemoteConflict:
            raise Conflict(
                f"s3://{self._store.bucket}/{self._key}: the object was replaced while it was read; read it again"
            ) from None


@cache
def _retrying() -> Retrying:
    """Calls a function of a store again while the store is unavailable."""
    # imported at first use: readers of local files load neither tenacity nor botocore
    from trigpoint.remote.errors import RemoteUnavailable
    from trigpoint.remote.retry import retrying

    return retrying(DELAYS_S, RemoteUnavailable)
