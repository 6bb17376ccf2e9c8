"""Objects on this machine: plain files in the bucket's folder, found through an index in the database.

A write first goes to a staged file, which is synced. Then, in one transaction, the file is moved into place and the
row is written. The replaced file stays reachable under a second name until the transaction has committed. So at every
moment, even after a kill, a row and its file agree, or the next reader sees how they disagree and settles it:

    the replaced file is the row's    the write was never committed: the file is moved back
    another file is in its place      somebody edited the plain file: it is indexed again
    there is no file                  somebody removed the plain file: the row is removed too
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO

from trigpoint.core.clock import Clock
from trigpoint.db import Connection, Database
from trigpoint.db.group_commit import GroupCommit, Waiting
from trigpoint.objects import files, layout, placing, staging
from trigpoint.objects.checksums import Digests
from trigpoint.objects.errors import NoSuchBucket, NoSuchKey
from trigpoint.objects.files import Fingerprint
from trigpoint.objects.listing import list_page
from trigpoint.objects.many_files import all_done
from trigpoint.objects.model import (
    ALWAYS,
    UNCONDITIONALLY,
    Attributes,
    Bucket,
    Data,
    DeleteCondition,
    Listing,
    ObjectInfo,
    OpenObject,
    Verify,
    WriteCondition,
    accept_all,
)
from trigpoint.objects.names import check_key
from trigpoint.objects.placed_files import Place, PlacedFiles
from trigpoint.objects.placing import Clash, Placing, make_parents, sync_folder
from trigpoint.objects.staging import StagedFile
from trigpoint.objects.store import locks, object_rows
from trigpoint.objects.store.object_rows import Entry

_FIRST_BATCH = 16


def _nothing(_connection: Connection) -> None:
    pass


@dataclass(slots=True, eq=False)
class _Write:
    """A staged file on its way to becoming an object. `undo` is the replaced file, removed after the commit."""

    staged: StagedFile
    info: ObjectInfo
    condition: WriteCondition
    upload_id: str
    also: Callable[[Connection], None]
    undo: Path | None = None


class LocalBuckets:
    """The buckets below one folder."""

    def __init__(self, database: Database, root: Path, clock: Clock) -> None:
        self._database = database
        self._root = root
        self._clock = clock
        self._placed = PlacedFiles(self.folder)
        self._group = GroupCommit(self._commit_together)

    def folder(self, bucket: str) -> Path:
        """The folder of the bucket's files."""
        return self._root / bucket

    def make_folder(self, bucket: str) -> None:
        """Creates the bucket's folder, durably, also if a killed process has just created it."""
        placing.make_root(self.folder(bucket))
        placing.sync_folder(self._root)

    def put(
        self,
        bucket: Bucket,
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
        with staging.stage(layout.staging_folder(self.folder(bucket.name)), data, algorithms) as staged:
            verify(staged.digests)
            info = self._described(bucket.name, key, staged.digests, attributes)
            return self.commit(staged, info, condition)

    def put_many(self, bucket: Bucket, files: Mapping[str, bytes], attributes: Attributes) -> None:
        """Writes objects, given by key; when this returns, all are durable. When it raises, some may be written.

        It takes a small part of the time of as many `put`s, because the disk writes many files at a time.
        """
        root = self.folder(bucket.name)
        for key in files:
            check_key(key)
        with contextlib.ExitStack() as until_done:
            writes = []
            for key, content in files.items():
                staged = until_done.enter_context(
                    staging.stage(layout.staging_folder(root), content, synced=False)
                )
                info = self._described(bucket.name, key, staged.digests, attributes)
                writes.append(_Write(staged, info, ALWAYS, "", _nothing))
            all_done([*(write.staged.sync for write in writes), *self._made_folders(root, files)])
            placing = until_done.enter_context(Placing())
            with self._database.write() as connection:
                for write in sorted(writes, key=lambda each: each.info.key):
                    self._place(connection, placing, write)
            # Only now: other writers need not wait for it. If the power fails before it ends, some objects may be
            # missing, as if the call had not begun.
            all_done(placing.syncs())
        for write in writes:
            if write.undo is not None:
                write.undo.unlink(missing_ok=True)

    def _made_folders(self, root: Path, keys: Iterable[str]) -> list[Callable[[], None]]:
        """Creates the folders that the objects will most likely be in; returns what makes them durable."""
        parents: set[Path] = set()
        for key in keys:
            path = layout.candidate_paths(key, case_sensitive=self._case_sensitive)[0]
            with contextlib.suppress(Clash):
                make_parents(root, path, parents.add)
        return [partial(sync_folder, parent) for parent in parents]

    def commit(
        self,
        staged: StagedFile,
        info: ObjectInfo,
        condition: WriteCondition = ALWAYS,
        *,
        upload_id: str = "",
        also: Callable[[Connection], None] = _nothing,
    ) -> ObjectInfo:
        """Makes a staged file the object that `info` describes; `also` runs in the same transaction.

        On SQLite, where one transaction at a time writes, writes that arrive together share one.
        """
        write = _Write(staged, info, condition, upload_id, also)
        if self._database.is_postgres or also is not _nothing:
            self._commit_alone(write)
        else:
            self._group.run((info.bucket, info.key), write)
        if write.undo is not None:
            write.undo.unlink(missing_ok=True)
        return info

    def _commit_alone(self, write: _Write) -> None:
        with self._database.write() as connection, Placing() as placing:
            self._place(connection, placing, write)
            placing.sync()

    def _commit_together(self, batch: Sequence[Waiting[_Write]]) -> None:
        """A write that fails has changed nothing in the database: its row is the last thing it writes."""
        with self._database.write() as connection, Placing() as placing:
            for waiting in batch:
                try:
                    self._place(connection, placing, waiting.write)
                except BaseException as problem:  # noqa: BLE001 - raised by the thread whose write it is
                    waiting.problem = problem
            placing.sync()

    def _place(self, connection: Connection, placing: Placing, write: _Write) -> None:
        """Moves the file into place and writes the row, if the condition holds."""
        info = write.info
        locks.lock_keys(connection, info.bucket, [info.key])
        bucket, old = object_rows.keep_bucket_and_find_object(connection, info.bucket, info.key)
        if bucket is None or not bucket.is_local:
            raise NoSuchBucket(f"no bucket {info.bucket} any more whose objects are files of ours")
        write.condition.check(info.uri, old.info.etag if old else None)
        write.also(connection)
        undo = None if old is None else self._undo(old)
        path = self._install(placing, info, old, write.staged.path, undo)
        write.staged.is_placed = True
        entry = Entry(info, path, write.staged.fingerprint, write.upload_id)
        object_rows.put_object(connection, entry, replaces=old is not None)
        write.undo = undo

    def head(self, bucket: Bucket, key: str) -> ObjectInfo:
        """What is known of the object."""
        opened = self.open(bucket, key)
        opened.file.close()
        return opened.info

    def open(self, bucket: Bucket, key: str) -> OpenObject:
        """The object and its bytes.

        Raises: NoSuchKey: there is no such object.
        """
        check_key(key)
        with self._database.read() as connection:
            entry = object_rows.find_object(connection, bucket.name, key)
        return self.open_entry(bucket.name, key, entry)

    def open_entry(self, bucket: str, key: str, entry: Entry | None) -> OpenObject:
        """The object whose row has just been read, and its bytes.

        Raises: NoSuchKey: there is no such object.
        """
        if entry is None:
            raise _no_such_key(bucket, key)
        file = self._open_file(bucket, entry)
        if file is None:
            return self._settle(bucket, key)
        self._placed.put(bucket, key, Place(entry.path, entry.fingerprint))
        return OpenObject(entry.info, file)

    def open_bytes(self, bucket: Bucket, key: str) -> BinaryIO:
        """The object's bytes as a file."""
        return self.open_placed(bucket.name, key) or self.open(bucket, key).file

    def open_placed(self, bucket: str, key: str) -> BinaryIO | None:
        """The object's bytes without asking the database, if its place is known, see `PlacedFiles`; else None."""
        return self._placed.open(bucket, key)

    def place(self, bucket: str, keys: Sequence[str]) -> None:
        """Looks up the files of these objects, except for those that are known, many in one statement."""
        self._placed.look_up(bucket, keys, self.places)

    def places(self, bucket: str, keys: Sequence[str]) -> list[tuple[str, str, Fingerprint]]:
        """(key, path, fingerprint) of those of these objects that exist."""
        with self._database.read() as connection:
            return object_rows.find_places(connection, bucket, keys)

    def delete(self, bucket: Bucket, keys: Iterable[str]) -> None:
        """Removes the existing objects among `keys`, all or none of them."""
        self._delete(bucket.name, list(keys))

    def delete_if(self, bucket: Bucket, key: str, condition: DeleteCondition) -> None:
        """Removes the object, if there is one and it is as the condition says.

        Raises: ConditionFailed.
        """
        self._delete(bucket.name, [key], condition)

    def _delete(self, bucket: str, keys: Sequence[str], condition: DeleteCondition = UNCONDITIONALLY) -> None:
        folder = self.folder(bucket)
        with self._database.write() as connection:
            locks.lock_keys(connection, bucket, keys)
            entries = object_rows.find_objects(connection, bucket, keys)
            for entry in entries:
                condition.check(entry.info)
                placing.move_aside(folder / entry.path, self._undo(entry))
            object_rows.remove_objects(connection, bucket, keys)
        for entry in entries:
            self._undo(entry).unlink(missing_ok=True)
            placing.remove_empty_parents(folder, entry.path)

    def list(self, bucket: Bucket, prefix: str, delimiter: str, start_after: str, max_keys: int) -> Listing:
        """One page of the bucket's objects."""
        batch = _FIRST_BATCH if delimiter else max_keys + 1
        with self._database.read() as connection:
            scan = partial(_scan, connection, bucket.name, prefix, batch)
            return list_page(scan, _info, prefix, delimiter, start_after, max_keys)

    def set_tags(self, bucket: Bucket, key: str, tags: dict[str, str]) -> None:
        """Replaces the object's tags."""
        with self._database.write() as connection:
            if not object_rows.set_tags(connection, bucket.name, key, tags):
                raise _no_such_key(bucket.name, key)

    def remove_leftovers(self, bucket: str) -> None:
        """Removes the leftovers of killed writes, and nothing that a running write of any process needs."""
        folder = self.folder(bucket)
        staging.remove_abandoned(layout.staging_folder(folder))
        undo_folder = layout.undo_folder(folder)
        for undo in undo_folder.iterdir() if undo_folder.exists() else ():
            self._settle_before_forgetting(bucket, undo)

    def _settle_before_forgetting(self, bucket: str, undo: Path) -> None:
        """Gives a replaced version back to its object, if the write that replaced it was never committed."""
        digest, _, mtime_ns = undo.name.partition("-")
        with self._database.read() as connection:
            keys = object_rows.keys_of_time(connection, bucket, int(mtime_ns))
        for key in keys:
            if layout.key_digest(key) == digest:
                self._forget_undo(bucket, key, undo)
                return
        undo.unlink(missing_ok=True)

    def _forget_undo(self, bucket: str, key: str, undo: Path) -> None:
        """As above, once no write of the key is under way."""
        with self._database.write() as connection:
            locks.lock_keys(connection, bucket, [key])
            entry = object_rows.find_object(connection, bucket, key)
            file = None if entry is None else self._open_or_restore(bucket, entry)
            if file is not None:
                file.close()
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

    def _install(
        self, placing: Placing, info: ObjectInfo, old: Entry | None, source: Path, undo: Path | None
    ) -> str:
        candidates = layout.candidate_paths(info.key, case_sensitive=self._case_sensitive)
        if old is not None:
            candidates = [old.path, *(path for path in candidates if path != old.path)]
        for path in candidates:
            with contextlib.suppress(Clash):
                placing.move(source, self.folder(info.bucket), path, undo)
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
        return self._placed.open_place(bucket, Place(entry.path, entry.fingerprint))

    def _settle(self, bucket: str, key: str) -> OpenObject:
        """The object, once row and file agree again."""
        while True:
            found = self._settled(bucket, key)
            if found is not None:
                return found
            self._index_again(bucket, key)

    def _settled(self, bucket: str, key: str) -> OpenObject | None:
        """The object if row and file agree once no write is under way; None when another file is in its place."""
        folder = self.folder(bucket)
        with self._database.write() as connection:
            locks.lock_keys(connection, bucket, [key])
            entry = object_rows.find_object(connection, bucket, key)
            if entry is None:
                raise _no_such_key(bucket, key)
            file = self._open_or_restore(bucket, entry)
            if file is not None:
                return OpenObject(entry.info, file)
            with contextlib.suppress(FileNotFoundError):
                files.open_beneath(folder, entry.path).close()
                return None
            object_rows.remove_objects(connection, bucket, [key])
        raise _no_such_key(bucket, key)

    def _open_or_restore(self, bucket: str, entry: Entry) -> BinaryIO | None:
        """The entry's file, moved back if a write that was never committed replaced it. Call it under the key's lock."""
        file = self._open_file(bucket, entry)
        if file is None and _fingerprint(self._undo(entry)) == entry.fingerprint:
            placing.make_parents(self.folder(bucket), entry.path)
            self._undo(entry).replace(self.folder(bucket) / entry.path)
            file = self._open_file(bucket, entry)
        return file

    def _index_again(self, bucket: str, key: str) -> None:
        """Makes the file in its place the object's new content, unless file or row changes meanwhile."""
        with self._database.read() as connection:
            entry = object_rows.find_object(connection, bucket, key)
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
            locks.lock_keys(connection, bucket, [key])
            if unchanged and object_rows.find_object(connection, bucket, key) == entry:
                object_rows.put_object(connection, _edited(entry, fingerprint, etag), replaces=True)


def _scan(
    connection: Connection, bucket: str, prefix: str, batch: int, lower: str, inclusive: bool
) -> Iterable[Entry]:
    return object_rows.scan_objects(connection, bucket, prefix, lower, inclusive, batch)


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
        part_checksums=(),
    )
    return replace(entry, info=info, fingerprint=fingerprint, upload_id="")


def _fingerprint(path: Path) -> Fingerprint | None:
    try:
        return Fingerprint.of(os.lstat(path))
    except FileNotFoundError:
        return None


def _no_such_key(bucket: str, key: str) -> NoSuchKey:
    return NoSuchKey(f"no object s3://{bucket}/{key}")
