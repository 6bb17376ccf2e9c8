"""An existing folder shown as a bucket: read-only, with nothing copied, written or indexed.

The keys are the paths of the regular files below the folder. A symlink to a file inside the folder is that
file; symlinks that lead outside, symlinks to folders, and names that are not UTF-8 are not shown.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from cachetools import LRUCache

from trigpoint.core.errors import Denied
from trigpoint.objects import files
from trigpoint.objects.errors import NoSuchBucket, NoSuchKey
from trigpoint.objects.files import Fingerprint
from trigpoint.objects.listing import list_page
from trigpoint.objects.model import DEFAULT_CONTENT_TYPE, Bucket, Listing, ObjectInfo, OpenObject
from trigpoint.objects.shared_cache import SharedCache

MAX_DIGESTED_BYTES = 64 * 1024 * 1024
_CACHED_ETAGS = 100_000
_CACHED_FOLDERS = 64
_SETTLED_NS = 2_000_000_000  # a folder that just changed may change again within the same time stamp


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A file shown as an object."""

    key: str


@dataclass(frozen=True, slots=True)
class _Name:
    """A name in a folder; `sort_key` is the beginning of its keys; a folder's ends with a slash."""

    sort_key: str
    is_folder: bool


class LinkedBuckets:
    """The buckets that show folders."""

    def __init__(self) -> None:
        self._etags = SharedCache[tuple[str, Fingerprint], str](LRUCache(_CACHED_ETAGS))
        self._folders = SharedCache[tuple[str, int], Sequence[_Name]](LRUCache(_CACHED_FOLDERS))

    def head(self, bucket: Bucket, key: str) -> ObjectInfo:
        """What is known of the object."""
        opened = self.open(bucket, key)
        opened.file.close()
        return opened.info

    def open(self, bucket: Bucket, key: str) -> OpenObject:
        """The object and its bytes.

        Raises: NoSuchKey: no file of that path, or one outside the folder. Denied: the server may not read
        it.
        """
        path, file = _open_file(bucket, key)
        return OpenObject(self._described(bucket.name, key, path, file), file)

    def open_bytes(self, bucket: Bucket, key: str) -> BinaryIO:
        """The object's bytes as a file; nothing is digested."""
        return _open_file(bucket, key)[1]

    def list(self, bucket: Bucket, prefix: str, delimiter: str, start_after: str, max_keys: int) -> Listing:
        """One page of the folder's files."""
        root = _root(bucket)
        scan, describe = partial(self._scan, root, prefix), partial(self._listed, bucket, root)
        return list_page(scan, describe, prefix, delimiter, start_after, max_keys)

    def list_sizes(
        self, bucket: Bucket, prefix: str, delimiter: str, start_after: str, max_keys: int
    ) -> Listing:
        """As `list`, but no file is read: the ETags are made of path, size and time."""
        root = _root(bucket)
        scan, describe = partial(self._scan, root, prefix), partial(_sized, bucket, root)
        return list_page(scan, describe, prefix, delimiter, start_after, max_keys)

    def _listed(self, bucket: Bucket, root: Path, file: LinkedFile) -> ObjectInfo | None:
        """A file as listings show it. An unreadable file is listed too, so that reading it reports the reason."""
        try:
            return self.head(bucket, file.key)
        except NoSuchKey:
            return None
        except Denied:
            path = root / file.key
            fingerprint = Fingerprint.of(path.stat())
            return _info(bucket.name, file.key, fingerprint, _identity(path, fingerprint))

    def _described(self, bucket: str, key: str, path: Path, file: BinaryIO) -> ObjectInfo:
        fingerprint = files.fingerprint_of(file)
        return _info(bucket, key, fingerprint, self._etag(path, fingerprint, file))

    def _etag(self, path: Path, fingerprint: Fingerprint, file: BinaryIO) -> str:
        """The MD5 of the content, remembered while size and time are unchanged.

        Decision: a file over 64 MiB is not read for it; its ETag is made of path, size and time. It has the
        form of a multipart object's ETag, which clients do not compare with an MD5.
        """
        if fingerprint.size_bytes > MAX_DIGESTED_BYTES:
            return _identity(path, fingerprint)
        etag = self._etags.get((str(path), fingerprint))
        if etag is None:
            etag = files.md5_of(file).hex()
            self._etags.put((str(path), fingerprint), etag)
        return etag

    def _scan(self, root: Path, prefix: str, lower: str, inclusive: bool) -> Iterator[LinkedFile]:
        return (
            LinkedFile(key)
            for key in self._walk(root, "", prefix, lower)
            if (key != lower or inclusive) and key.startswith(prefix)
        )

    def _walk(self, root: Path, folder: str, prefix: str, lower: str) -> Iterator[str]:
        """The keys below `folder` ('' or ending with a slash) from `lower` on, in UTF-8 byte order."""
        low, names = lower.encode(), self._names(root / folder)
        for name in islice(names, _first_at(names, folder, lower), None):
            key = folder + name.sort_key
            if key.encode() < low and not (name.is_folder and lower.startswith(key)):
                continue
            if not (key.startswith(prefix) or (name.is_folder and prefix.startswith(key))):
                return
            if name.is_folder:
                yield from self._walk(root, key, prefix, lower)
            elif _relative(root, key) is not None:
                yield key

    def _names(self, folder: Path) -> Sequence[_Name]:
        """The names in a folder in the order of their keys; read again only when the folder has changed."""
        try:
            changed_ns = folder.stat().st_mtime_ns
            names = self._folders.get((str(folder), changed_ns))
            if names is None:
                names = sorted(_shown_names(folder), key=lambda name: name.sort_key.encode())
                if time.time_ns() - changed_ns > _SETTLED_NS:
                    self._folders.put((str(folder), changed_ns), names)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return []
        return names


def _open_file(bucket: Bucket, key: str) -> tuple[Path, BinaryIO]:
    root = _root(bucket)
    relative = _relative(root, key)
    if relative is None:
        raise NoSuchKey(f"no object s3://{bucket.name}/{key} (no such file in {root})")
    try:
        return root / relative, files.open_beneath(root, relative)
    except FileNotFoundError:
        raise NoSuchKey(f"no object s3://{bucket.name}/{key} (no such file in {root})") from None
    except PermissionError:
        raise Denied(
            f"the file {root / relative} cannot be read by the server; allow its user to read it"
        ) from None


def _info(bucket: str, key: str, fingerprint: Fingerprint, etag: str) -> ObjectInfo:
    modified_at = datetime.fromtimestamp(fingerprint.mtime_ns // 1_000_000_000, UTC)
    content_type = mimetypes.guess_type(key)[0] or DEFAULT_CONTENT_TYPE
    return ObjectInfo(bucket, key, fingerprint.size_bytes, etag, content_type, {}, modified_at)


def _sized(bucket: Bucket, root: Path, file: LinkedFile) -> ObjectInfo | None:
    """What is known of a file without reading it; None when it has gone."""
    path = root / file.key
    try:
        fingerprint = Fingerprint.of(path.stat())
    except OSError:
        return None
    return _info(bucket.name, file.key, fingerprint, _identity(path, fingerprint))


def _identity(path: Path, fingerprint: Fingerprint) -> str:
    identity = f"{path}\0{fingerprint.size_bytes}\0{fingerprint.mtime_ns}".encode()
    return hashlib.md5(identity, usedforsecurity=False).hexdigest() + "-1"


def _root(bucket: Bucket) -> Path:
    assert bucket.linked_folder is not None
    if not bucket.linked_folder.is_dir():
        raise NoSuchBucket(
            f"the bucket {bucket.name} shows the folder {bucket.linked_folder}, which is not there"
        )
    return bucket.linked_folder


def _first_at(names: Sequence[_Name], folder: str, lower: str) -> int:
    """The index of the first name whose keys may be `lower` or greater."""
    if not lower.startswith(folder):
        return 0
    rest = lower[len(folder) :].encode()
    return max(0, bisect_right(names, rest, key=lambda name: name.sort_key.encode()) - 1)


def _shown_names(folder: Path) -> Iterator[_Name]:
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                entry.name.encode()
            except UnicodeEncodeError:
                continue  # not UTF-8: no key can name it
            if entry.is_dir(follow_symlinks=False):
                yield _Name(entry.name + "/", True)
            elif entry.is_file():
                yield _Name(entry.name, False)


def _relative(root: Path, key: str) -> str | None:
    """The path below `root`, free of symlinks, of the file that `key` names; None when it leads outside."""
    if "\0" in key or any(segment in ("", ".", "..") for segment in key.split("/")):
        return None
    try:
        path = root / key
        if not path.is_symlink():
            return key
        target = path.resolve(strict=True)
        return str(target.relative_to(root))
    except (OSError, ValueError, RuntimeError):
        return None
