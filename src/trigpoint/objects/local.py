"""How are objects kept on this machine: plain files in the bucket's folder, found through an index in the
database.

A write goes aside first and is synced; then, in one transaction, the file is moved into place and the row is
written. What the move replaces stays reachable beside it until the transaction has committed. So at every
moment, a kill included, a row and its file either agree, or the disagreement can be told and settled by who
reads next:

    the file set aside is the row's        the write was never committed: it is moved back
    a file lies there, but another one     somebody edited the plain file: it is indexed anew
    no file                                somebody removed the plain file: the row goes too
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO

from trigpoint.core.clock import Clock
from trigpoint.db import Connection, Database
from trigpoint.objects import files, layout, store
from trigpoint.objects.checksums import Digests
from trigpoint.objects.errors import NoSuchBucket, NoSuchKey
from trigpoint.objects.files import Clash, Fingerprint, StagedFile
from trigpoint.objects.listing import list_page
from trigpoint.objects.model import (
    ALWAYS,
    Attributes,
    Data,
    Listing,
    ObjectInfo,
    OpenObject,
    Verify,
    WriteCondition,
    accept_all,
)
from trigpoint.objects.names import check_key
from trigpoint.objects.store import Entry

_FIRST_BATCH = 16


def _nothing(_connection: Connection) -> None:
    pass


class LocalBuckets:
    """The buckets below one folder."""

    def __init__(self, database: Database, root: Path, clock: Clock) -> None:
        self._database = database
        self._root = root
        self._clock = clock

    def folder(self, bucket: str) -> Path:
        """Where the bucket's files lie."""
        return self._root / bucket

    def put(
        self,
        bucket: str,
        key: str,
        data: Data,
        attributes: Attributes,
        *,
        algorithms: Iterable[str] = (),
        verify: Verify = accept_all,
        condition: WriteCondition = ALWAYS,
    ) -> ObjectInfo:
        """Writes an object; when this returns, it is durable. When it raises, nothing has changed."""
        check_key(key)
        with files.stage(layout.staging_folder(self.folder(bucket)), data, algorithms) as staged:
            verify(staged.digests)
            return self.commit(staged, self._described(bucket, key, staged.digests, attributes), condition)

    def commit(
        self,
        staged: StagedFile,
        info: ObjectInfo,
        condition: WriteCondition = ALWAYS,
        *,
        upload_id: str = "",
        also: Callable[[Connection], None] = _nothing,
    ) -> ObjectInfo:
        """Makes a staged file the object that `info` describes; `also` runs in the same transaction."""
        with self._database.write() as connection:
            store.lock_keys(connection, info.bucket, [info.key])
            if store.find_bucket(connection, info.bucket, keep=True) is None:
                raise NoSuchBucket(f"no bucket {info.bucket}")
            old = store.find_object(connection, info.bucket, info.key)
            condition.check(info.uri, old.info.etag if old else None)
            also(connection)
            undo = None if old is None else self._undo(old)
            path = self._install(info, old, staged.path, undo)
            entry = Entry(info, path, staged.fingerprint, upload_id)
            store.put_object(connection, entry, replaces=old is not None)
        if undo is not None:
            undo.unlink(missing_ok=True)
        return info

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """What is known of the object."""
        opened = self.open(bucket, key)
        opened.file.close()
        return opened.info

    def open(self, bucket: str, key: str) -> OpenObject:
        """The object and its bytes.

        Raises: NoSuchKey: there is no such object.
        """
        check_key(key)
        with self._database.read() as connection:
            entry = store.find_object(connection, bucket, key)
        if entry is None:
            raise _no_such_key(bucket, key)
        file = self._open_file(bucket, entry)
        if file is not None:
            return OpenObject(entry.info, file)
        return self._settle(bucket, key)

    def delete(self, bucket: str, keys: Iterable[str]) -> None:
        """Removes the objects that there are among `keys`, all or none of them."""
        keys, folder = list(keys), self.folder(bucket)
        with self._database.write() as connection:
            store.lock_keys(connection, bucket, keys)
            entries = store.find_objects(connection, bucket, keys)
            for entry in entries:
                files.move_aside(folder / entry.path, self._undo(entry))
            store.remove_objects(connection, bucket, keys)
        for entry in entries:
            self._undo(entry).unlink(missing_ok=True)
            files.remove_empty_parents(folder, entry.path)

    def list(self, bucket: str, prefix: str, delimiter: str, start_after: str, max_keys: int) -> Listing:
        """One page of the bucket's objects."""
        batch = _FIRST_BATCH if delimiter else max_keys + 1
        with self._database.read() as connection:
            scan = partial(_scan, connection, bucket, prefix, batch)
            return list_page(scan, _info, prefix, delimiter, start_after, max_keys)

    def set_tags(self, bucket: str, key: str, tags: dict[str, str]) -> None:
        """Replaces the object's tags."""
        with self._database.write() as connection:
            if not store.set_tags(connection, bucket, key, tags):
                raise _no_such_key(bucket, key)

    def remove_leftovers(self, bucket: str, older_than_s: float) -> None:
        """Removes what killed writes left behind; recent files may belong to a living process."""
        folder = self.folder(bucket)
        files.remove_older(layout.staging_folder(folder), older_than_s)
        for undo in files.older(layout.undo_folder(folder), older_than_s):
            self._settle_before_forgetting(bucket, undo)

    def _settle_before_forgetting(self, bucket: str, undo: Path) -> None:
        """Lets the object whose replaced version this is take it back, if its write was never committed."""
        digest, _, mtime_ns = undo.name.partition("-")
        with self._database.read() as connection:
            keys = store.keys_of_time(connection, bucket, int(mtime_ns))
        for key in keys:
            if layout.key_digest(key) == digest:
                with contextlib.suppress(NoSuchKey):
                    self.open(bucket, key).file.close()
        undo.unlink(missing_ok=True)

    def _described(self, bucket: str, key: str, digests: Digests, attributes: Attributes) -> ObjectInfo:
        return ObjectInfo(
            bucket,
            key,
            digests.size_bytes,
            digests.md5.hex(),
            attributes.content_type,
            attributes.metadata,
            self._clock.now(),
            attributes.headers,
            attributes.tags,
            digests.checksums,
        )

    def _undo(self, entry: Entry) -> Path:
        return layout.undo_path(self.folder(entry.info.bucket), entry.key, entry.fingerprint.mtime_ns)

    def _install(self, info: ObjectInfo, old: Entry | None, source: Path, undo: Path | None) -> str:
        candidates = layout.candidate_paths(info.key, case_sensitive=self._case_sensitive)
        if old is not None:
            candidates = [old.path, *(path for path in candidates if path != old.path)]
        for path in candidates:
            with contextlib.suppress(Clash):
                files.install(source, self.folder(info.bucket), path, undo)
                return path
        raise OSError(
            f"{self.folder(info.bucket) / candidates[-1]}: a folder is in the way of an object's file; "
            "move it away"
        )

    @cached_property
    def _case_sensitive(self) -> bool:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return layout.is_case_sensitive(self._root)

    def _open_file(self, bucket: str, entry: Entry) -> BinaryIO | None:
        """The entry's file; None when there is none or another one."""
        try:
            file = files.open_beneath(self.folder(bucket), entry.path)
        except FileNotFoundError:
            return None
        if files.fingerprint_of(file) == entry.fingerprint:
            return file
        file.close()
        return None

    def _settle(self, bucket: str, key: str) -> OpenObject:
        """The object, after row and file have been made to agree again."""
        while True:
            found = self._settled(bucket, key)
            if found is not None:
                return found
            self._index_anew(bucket, key)

    def _settled(self, bucket: str, key: str) -> OpenObject | None:
        """The object if row and file agree once no write is under way; None when another file lies there."""
        folder = self.folder(bucket)
        with self._database.write() as connection:
            store.lock_keys(connection, bucket, [key])
            entry = store.find_object(connection, bucket, key)
            if entry is None:
                raise _no_such_key(bucket, key)
            file = self._open_file(bucket, entry)
            if file is None and _fingerprint(self._undo(entry)) == entry.fingerprint:
                files.make_parents(folder, entry.path)
                self._undo(entry).replace(folder / entry.path)
                file = self._open_file(bucket, entry)
            if file is not None:
                return OpenObject(entry.info, file)
            with contextlib.suppress(FileNotFoundError):
                files.open_beneath(folder, entry.path).close()
                return None
            store.remove_objects(connection, bucket, [key])
        raise _no_such_key(bucket, key)

    def _index_anew(self, bucket: str, key: str) -> None:
        """Takes the file that lies there for the object's new content, unless either changes meanwhile."""
        with self._database.read() as connection:
            entry = store.find_object(connection, bucket, key)
        if entry is None:
            return
        folder = self.folder(bucket)
        try:
            file = files.open_beneath(folder, entry.path)
        except FileNotFoundError:
            return
        with file:
            fingerprint = files.fingerprint_of(file)
            etag = files.md5_of(file).hex()
            unchanged = files.fingerprint_of(file) == fingerprint
        with self._database.write() as connection:
            store.lock_keys(connection, bucket, [key])
            if unchanged and store.find_object(connection, bucket, key) == entry:
                store.put_object(connection, _edited(entry, fingerprint, etag), replaces=True)


def _scan(
    connection: Connection, bucket: str, prefix: str, batch: int, lower: str, inclusive: bool
) -> Iterable[Entry]:
    return store.scan_objects(connection, bucket, prefix, lower, inclusive, batch)


def _info(entry: Entry) -> ObjectInfo:
    return entry.info


def _edited(entry: Entry, fingerprint: Fingerprint, etag: str) -> Entry:
    if etag == entry.info.etag:
        return replace(entry, fingerprint=fingerprint)  # only touched
    info = replace(
        entry.info,
        size_bytes=fingerprint.size_bytes,
        etag=etag,
        modified_at=datetime.fromtimestamp(fingerprint.mtime_ns // 1_000_000_000, UTC),
        checksums={},
        part_sizes=(),
    )
    return replace(entry, info=info, fingerprint=fingerprint, upload_id="")


def _fingerprint(path: Path) -> Fingerprint | None:
    try:
        return Fingerprint.of(os.lstat(path))
    except FileNotFoundError:
        return None


def _no_such_key(bucket: str, key: str) -> NoSuchKey:
    return NoSuchKey(f"no object s3://{bucket}/{key}")
