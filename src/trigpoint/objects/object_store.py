"""The object store: objects by bucket and key, objects by URI, multipart uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.db import Database
from trigpoint.objects.backend import Backend, ReadableBackend, Uploads
from trigpoint.objects.buckets import Buckets, found_bucket
from trigpoint.objects.errors import NoSuchKey
from trigpoint.objects.files import Fingerprint
from trigpoint.objects.model import (
    ALWAYS,
    DEFAULT_CONTENT_TYPE,
    Attributes,
    Bucket,
    Data,
    DeleteCondition,
    Listing,
    NamedPart,
    ObjectInfo,
    OpenObject,
    Part,
    Upload,
    UploadListing,
    Verify,
    WriteCondition,
    accept_all,
)
from trigpoint.objects.names import check_key
from trigpoint.objects.remote import Secrets
from trigpoint.objects.remote_uploads import RemoteUploads
from trigpoint.objects.store import object_rows
from trigpoint.objects.store.object_rows import Entry
from trigpoint.objects.uploads import LocalUploads
from trigpoint.objects.uri import object_of, parse_s3_uri

MAX_PAGE = 1000


class ObjectStore(Buckets):
    """Buckets, their objects and multipart uploads. Thread-safe.

    It uses transactions of its own: do not call it inside a `Database.write()` block. `secrets` opens the
    secret access keys of remote buckets; without it only buckets that need no key can be used.
    """

    def __init__(
        self,
        database: Database,
        root: Path,
        clock: Clock,
        region: str = "us-east-1",
        secrets: Secrets | None = None,
    ) -> None:
        super().__init__(database, root, clock, secrets)
        self.region = region
        self._local_uploads = LocalUploads(database, self._local, clock)
        self._remote_uploads = RemoteUploads(self._remote)

    def local_folder(self, name: str) -> Path:
        """The folder of a local bucket's files."""
        return self._local.folder(name)

    def remove_leftovers(self) -> None:
        """Removes files of writes that were killed; called when a server starts, while others may be running."""
        for bucket in self.list_buckets():
            if bucket.is_local:
                self._local.remove_leftovers(bucket.name)
                self._local_uploads.remove_leftovers(bucket.name)

    # objects

    def put(
        self,
        bucket: str,
        key: str,
        data: Data,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        checksum_algorithms: Iterable[str] = (),
        verify: Verify = accept_all,
        condition: WriteCondition = ALWAYS,
    ) -> ObjectInfo:
        """Writes an object, replacing one of the same key at once and as a whole; durable when this returns.

        `verify` is shown the digests of what `data` gave and may raise; `condition` is checked last. When
        anything raises, nothing has changed.
        Raises: NoSuchBucket; ReadOnlyBucket; KeyTooLong; Invalid; ConditionFailed.
        """
        target = self._writable(bucket)
        attributes = Attributes(
            content_type or DEFAULT_CONTENT_TYPE, metadata or {}, headers or {}, tags or {}
        )
        return self._writer(target).put(
            target, key, data, attributes, algorithms=checksum_algorithms, verify=verify, condition=condition
        )

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """What is known of an object.

        Raises: NoSuchBucket; NoSuchKey.
        """
        found, entry = self._look_up(bucket, key)
        if not found.is_local:
            return self._reader(found).head(found, key)
        opened = self._local.open_entry(bucket, key, entry)
        opened.file.close()
        return opened.info

    def open_object(self, bucket: str, key: str) -> OpenObject:
        """An object and its bytes, which stay the same while it is overwritten or deleted. The caller closes
        the file.

        Raises: NoSuchBucket; NoSuchKey.
        """
        found, entry = self._look_up(bucket, key)
        if not found.is_local:
            return self._reader(found).open(found, key)
        return self._local.open_entry(bucket, key, entry)

    def open(self, bucket: str, key: str) -> BinaryIO:
        """The bytes of an object as a seekable file, see `open_object`; cheaper, for readers of many objects:
        it asks the database only for objects that are unknown or have changed.
        """
        placed = self._local.open_placed(bucket, key)
        if placed is not None:
            return placed
        found = self._route(bucket)
        return self.open_object(bucket, key).file if found.is_local else self._bytes(found, key)

    def get(self, bucket: str, key: str) -> bytes:
        """All bytes of an object."""
        with self.open(bucket, key) as file:
            return file.read()

    def delete(self, bucket: str, key: str) -> None:
        """Deletes an object; one that is not there is passed over."""
        self.delete_many(bucket, [key])

    def delete_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Deletes at most 1,000 objects, all or none; those that are not there are passed over."""
        target = self.writable(bucket)
        self._writer(target).delete(target, keys)

    def delete_if(self, bucket: str, key: str, condition: DeleteCondition) -> None:
        """Deletes an object if it is as the condition says; one that is not there is passed over.

        Of a remote bucket's object the look and the deletion are two requests.
        Raises: ConditionFailed.
        """
        target = self.writable(bucket)
        if target.remote is None:
            self._local.delete_if(target, key, condition)
            return
        try:
            condition.check(self._remote.head(target, key))
        except NoSuchKey:
            return
        self._remote.delete(target, [key])

    def copy(
        self,
        source_bucket: str,
        source_key: str,
        bucket: str,
        key: str,
        *,
        attributes: Attributes | None = None,
        checksum_algorithms: Iterable[str] | None = None,
        condition: WriteCondition = ALWAYS,
    ) -> ObjectInfo:
        """Writes the bytes of one object as another, with the same attributes unless others are given."""
        target = self.writable(bucket)
        source = self.open_object(source_bucket, source_key)
        algorithms = source.info.checksums if checksum_algorithms is None else checksum_algorithms
        with source.file:
            return self._writer(target).put(
                target,
                key,
                source.file,
                attributes or source.info.attributes,
                algorithms=algorithms,
                condition=condition,
            )

    def set_tags(self, bucket: str, key: str, tags: Mapping[str, str]) -> None:
        """Replaces an object's tags.

        Raises: NoSuchKey.
        """
        target = self.writable(bucket)
        self._writer(target).set_tags(target, key, dict(tags))

    def list(
        self,
        bucket: str,
        prefix: str = "",
        delimiter: str = "",
        start_after: str = "",
        max_keys: int = MAX_PAGE,
    ) -> Listing:
        """One page of at most 1,000 objects and common prefixes, in UTF-8 byte order of the keys."""
        found = self.bucket(bucket)
        return self._reader(found).list(found, prefix, delimiter, start_after, min(max_keys, MAX_PAGE))

    def list_sizes(
        self,
        bucket: str,
        prefix: str = "",
        delimiter: str = "",
        start_after: str = "",
        max_keys: int = MAX_PAGE,
    ) -> Listing:
        """As `list`, for callers that need no ETags: those of a linked folder's files are not MD5 digests, for
        which the files would have to be read.
        """
        found = self.bucket(bucket)
        reader = self._linked.list_sizes if found.linked_folder is not None else self._reader(found).list
        return reader(found, prefix, delimiter, start_after, min(max_keys, MAX_PAGE))

    def iterate(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        """All objects whose keys begin with `prefix`, in UTF-8 byte order, read page by page."""
        return self._iterate(bucket, prefix, self.list)

    def _iterate(self, bucket: str, prefix: str, read_page: Callable[..., Listing]) -> Iterator[ObjectInfo]:
        marker = ""
        while True:
            page = read_page(bucket, prefix, start_after=marker)
            yield from page.objects
            if not page.is_truncated:
                return
            marker = page.next_marker

    # objects by URI

    def read_uri(self, uri: str) -> bytes:
        """All bytes of the object that an s3:// or https:// URI names."""
        return self.get(*object_of(uri))

    def open_uri(self, uri: str) -> BinaryIO:
        """The object's bytes as a seekable file."""
        return self.open(*object_of(uri))

    def prepare_uris(self, uris: Iterable[str]) -> None:
        """Looks up the places of these objects together, so that each can then be opened without the database.

        Objects that do not exist are passed over; opening them raises.
        """
        keys: dict[str, list[str]] = {}
        for bucket, key in map(object_of, uris):
            keys.setdefault(bucket, []).append(key)
        for bucket, of_bucket in keys.items():
            self._local.place(bucket, of_bucket)

    def local_places(self, bucket: str, keys: Sequence[str]) -> Sequence[tuple[str, str, Fingerprint]]:
        """(key, path in the bucket's folder, fingerprint) of those of these objects that are files of ours."""
        return self._local.places(bucket, keys)

    def remote_links(self, bucket: str, keys: Sequence[str], lifetime_s: int) -> Sequence[tuple[str, str]]:
        """(key, URL in the other store) of these objects of a remote bucket. Whoever has a URL can read the object."""
        found, now = self._route(bucket), self._clock.now()
        if found.remote is None:
            raise Invalid(f"the bucket {bucket} is not in another store")
        return [(key, self._remote.link(found, key, lifetime_s, now)) for key in keys]

    def head_uri(self, uri: str) -> ObjectInfo:
        """What is known of the object."""
        return self.head(*object_of(uri))

    def write_uri(self, uri: str, data: Data, content_type: str | None = None) -> ObjectInfo:
        """Writes the object."""
        bucket, key = object_of(uri)
        return self.put(bucket, key, data, content_type=content_type)

    def write_many(self, bucket: str, files: Mapping[str, bytes], content_type: str) -> None:
        """Writes small objects, given by key; when this returns, all are durable. When it raises, some may be written.

        For files that are made again after a crash.
        """
        target = self._writable(bucket)
        attributes = Attributes(content_type, {}, {}, {})
        if target.is_local:
            self._local.put_many(target, files, attributes)
            return
        for key, content in files.items():
            self._writer(target).put(target, key, content, attributes)

    def iterate_uri(self, prefix_uri: str) -> Iterator[ObjectInfo]:
        """All objects whose URIs begin with `prefix_uri`; of their ETags what `list_sizes` says holds."""
        bucket, prefix = parse_s3_uri(prefix_uri)
        return self._iterate(bucket, prefix, self.list_sizes)

    # multipart uploads

    def create_upload(
        self,
        bucket: str,
        key: str,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        checksum_algorithm: str = "",
        checksum_type: str = "",
    ) -> Upload:
        """Begins an object that is sent in parts; `checksum_type` is COMPOSITE or FULL_OBJECT."""
        target = self.writable(bucket)
        attributes = Attributes(
            content_type or DEFAULT_CONTENT_TYPE, metadata or {}, headers or {}, tags or {}
        )
        return self._uploads(target).create(target, key, attributes, checksum_algorithm, checksum_type)

    def find_upload(self, bucket: str, key: str, upload_id: str) -> Upload:
        """The upload.

        Raises: NoSuchBucket; NoSuchUpload.
        """
        target = self.bucket(bucket)
        return self._uploads(target).find(target, key, upload_id)

    def upload_part(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        part_number: int,
        data: Data,
        *,
        checksum_algorithms: Iterable[str] = (),
        verify: Verify = accept_all,
    ) -> Part:
        """Receives a part, durably."""
        target = self._route(bucket)
        return self._uploads(target).put_part(
            target, key, upload_id, part_number, data, list(checksum_algorithms), verify
        )

    def list_parts(
        self, bucket: str, key: str, upload_id: str, after: int = 0, max_parts: int = MAX_PAGE
    ) -> Sequence[Part]:
        """The received parts with a number above `after`, in ascending order."""
        target = self.bucket(bucket)
        return self._uploads(target).parts(target, key, upload_id, after, max_parts)

    def complete_upload(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        parts: Sequence[NamedPart],
        *,
        checksums: Mapping[str, str] | None = None,
        condition: WriteCondition = ALWAYS,
    ) -> ObjectInfo:
        """Makes the named parts the object, whose checksum must be the one given.

        Raises: NoSuchBucket; NoSuchUpload; InvalidPart; InvalidPartOrder; EntityTooSmall; ChecksumMismatch.
        """
        target = self.bucket(bucket)
        return self._uploads(target).complete(target, key, upload_id, parts, checksums or {}, condition)

    def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        """Ends an upload and forgets its parts."""
        target = self.bucket(bucket)
        self._uploads(target).abort(target, key, upload_id)

    def list_uploads(
        self,
        bucket: str,
        prefix: str = "",
        delimiter: str = "",
        key_marker: str = "",
        upload_id_marker: str = "",
        max_uploads: int = MAX_PAGE,
    ) -> UploadListing:
        """One page of unfinished uploads, by key and then by age."""
        target = self.bucket(bucket)
        return self._uploads(target).list(
            target, prefix, delimiter, key_marker, upload_id_marker, max_uploads
        )

    def _look_up(self, name: str, key: str) -> tuple[Bucket, Entry | None]:
        """The bucket, and the object's row if it is a local one."""
        check_key(key)
        bucket, entry = object_rows.look_up_bucket_and_object(self._database, name, key)
        if bucket is not None:
            self._routes.put(name, bucket)
        return found_bucket(bucket, name), entry

    def _bytes(self, bucket: Bucket, key: str) -> BinaryIO:
        return self._reader(bucket).open_bytes(bucket, key)

    def _reader(self, bucket: Bucket) -> ReadableBackend:
        return self._linked if bucket.linked_folder is not None else self._writer(bucket)

    def _writer(self, bucket: Bucket) -> Backend:
        return self._local if bucket.remote is None else self._remote

    def _uploads(self, bucket: Bucket) -> Uploads:
        return self._local_uploads if bucket.remote is None else self._remote_uploads
