"""An existing folder shown as a bucket: read-only, with nothing copied, written or indexed.

The keys are the paths of the regular files below the folder. A symlink to a file inside the folder is that
file. `linked_names` says which names are not shown; a listing skips them and logs how many there are.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import stat
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
from trigpoint.objects.linked_names import Name, SkipReports, path_beneath, read_names
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


class LinkedBuckets:
    """The buckets that show folders."""

    def __init__(self) -> None:
        self._etags = SharedCache[tuple[str, Fingerprint], str](LRUCache(_CACHED_ETAGS))
        self._folders = SharedCache[tuple[str, int], Sequence[Name]](LRUCache(_CACHED_FOLDERS))
        self._skip_reports = SkipReports()

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
        except (Denied, OSError):
            return _sized(bucket, root, file)

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
        low, names = lower.encode(), self._names(root, folder)
        for name in islice(names, _first_at(names, folder, lower), None):
            key = folder + name.sort_key
            if key.encode() < low and not (name.is_folder and lower.startswith(key)):
                continue
            if not (key.startswith(prefix) or (name.is_folder and prefix.startswith(key))):
                return
            if name.is_folder:
                yield from self._walk(root, key, prefix, lower)
            else:
                yield key

    def _names(self, root: Path, folder: str) -> Sequence[Name]:
        """The names in a folder in the order of their keys; read again only when the folder has changed."""
        path = str(root / folder)
        try:
            changed_ns = (root / folder).stat().st_mtime_ns
        except OSError:
            changed_ns = 0
        known = self._folders.get((path, changed_ns))
        if known is not None:
            return known
        names = read_names(root, folder)
        self._skip_reports.report(root, folder, names)
        if names.are_lasting and changed_ns and time.time_ns() - changed_ns > _SETTLED_NS:
            self._folders.put((path, changed_ns), names.shown)
        return names.shown


def _open_file(bucket: Bucket, key: str) -> tuple[Path, BinaryIO]:
    root = _root(bucket)
    relative = path_beneath(root, key)
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
    relative = path_beneath(root, file.key)
    if relative is None:
        return None
    path = root / relative
    try:
        status = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    fingerprint = Fingerprint.of(status)
    return _info(bucket.name, file.key, fingerprint, _identity(root / file.key, fingerprint))


def _identity(path: Path, fingerprint: Fingerprint) -> str:
    identity = f"{path}\0{fingerprint.size_bytes}\0{fingerprint.mtime_ns}".encode()
    return hashlib.md5(identity, usedforsecurity=False).hexdigest() + "-1"


def _root(bucket: Bucket) -> Path:
    """The linked folder.

    Raises: NoSuchBucket: it is gone. Denied: the server may not read it. An empty listing would be wrong: programs
            that mirror a bucket would delete their copies.
    """
    root = bucket.linked_folder
    assert root is not None
    try:
        if not stat.S_ISDIR(root.stat().st_mode):
            raise NotADirectoryError
    except PermissionError:
        raise _unreadable(bucket, root) from None
    except OSError:
        raise NoSuchBucket(
            f"the bucket {bucket.name} shows the folder {root}, which is not there; put it back, or run "
            f"`trigpoint bucket remove {bucket.name}`"
        ) from None
    if not os.access(root, os.R_OK | os.X_OK):
        raise _unreadable(bucket, root)
    return root


def _unreadable(bucket: Bucket, root: Path) -> Denied:
    return Denied(
        f"the bucket {bucket.name} shows the folder {root}, which the server may not read; allow its user to read it"
    )


def _first_at(names: Sequence[Name], folder: str, lower: str) -> int:
    """The index of the first name whose keys may be `lower` or greater."""
    if not lower.startswith(folder):
        return 0
    rest = lower[len(folder) :].encode()
    return max(0, bisect_right(names, rest, key=lambda name: name.sort_key.encode()) - 1)
