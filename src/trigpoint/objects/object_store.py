"""The object store as everybody sees it: buckets, objects by bucket and key, objects by URI, multipart
uploads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Database
from trigpoint.objects import files, store
from trigpoint.objects.errors import BucketExists, BucketNotEmpty, NoSuchBucket, ReadOnlyBucket
from trigpoint.objects.linked import LinkedBuckets
from trigpoint.objects.local import LocalBuckets
from trigpoint.objects.model import (
    ALWAYS,
    DEFAULT_CONTENT_TYPE,
    Attributes,
    Bucket,
    Data,
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
from trigpoint.objects.names import check_bucket_name
from trigpoint.objects.uploads import LocalUploads
from trigpoint.objects.uri import parse_s3_uri

MAX_PAGE = 1000
LEFTOVER_S = 24 * 3600.0


class ObjectStore:
    """All buckets: those whose files are ours, and those that show an existing folder. Thread-safe.

    It uses transactions of its own: do not call it inside a `Database.write()` block.
    """

    def __init__(self, database: Database, root: Path, clock: Clock, region: str = "us-east-1") -> None:
        self.region = region
        self._database = database
        self._root = root
        self._clock = clock
        self._local = LocalBuckets(database, root, clock)
        self._linked = LinkedBuckets()
        self._uploads = LocalUploads(database, self._local, clock)

    # buckets

    def create_bucket(self, name: str) -> Bucket:
        """Creates an empty bucket.

        Raises: InvalidBucketName; BucketExists.
        """
        check_bucket_name(name)
        return self._add_bucket(Bucket(name, self._clock.now()))

    def link_bucket(self, name: str, folder: Path) -> Bucket:
        """Makes an existing folder a read-only bucket. Nothing is copied or written.

        Raises: NotFound: there is no such folder. Invalid: it holds, or lies in, the object store itself.
        """
        check_bucket_name(name)
        if not folder.is_dir():
            raise NotFound(f"{folder} is not an existing folder; name the folder that the bucket shall show")
        linked, root = folder.resolve(), self._root.resolve()
        if linked == root or linked in root.parents or root in linked.parents:
            raise Invalid(f"{folder} holds or lies in Trigpoint's own data ({root}); link another folder")
        return self._add_bucket(Bucket(name, self._clock.now(), linked))

    def bucket(self, name: str) -> Bucket:
        """The bucket.

        Raises: NoSuchBucket.
        """
        with self._database.read() as connection:
            bucket = store.find_bucket(connection, name)
        if bucket is None:
            raise NoSuchBucket(f"no bucket {name!r}; create it first")
        return bucket

    def bucket_exists(self, name: str) -> bool:
        with self._database.read() as connection:
            return store.find_bucket(connection, name) is not None

    def list_buckets(self) -> list[Bucket]:
        """All buckets by name."""
        with self._database.read() as connection:
            return store.all_buckets(connection)

    def delete_bucket(self, name: str) -> None:
        """Deletes an empty bucket, or the link to a folder; the folder itself is not touched.

        Raises: NoSuchBucket; BucketNotEmpty.
        """
        bucket = self.bucket(name)
        with self._database.write() as connection:
            if not store.remove_bucket(connection, name):
                raise BucketNotEmpty(f"the bucket {name} still holds objects; delete them first")
        if not bucket.read_only:
            files.remove_bucket_folder(self._local.folder(name))

    def remove_leftovers(self, older_than_s: float = LEFTOVER_S) -> None:
        """Removes files that killed processes left aside; meant for a server's start."""
        for bucket in self.list_buckets():
            if not bucket.read_only:
                self._local.remove_leftovers(bucket.name, older_than_s)
                self._uploads.remove_leftovers(bucket.name)

    def set_cors_rules(self, name: str, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replaces the bucket's CORS rules."""
        self.bucket(name)
        with self._database.write() as connection:
            store.set_cors_rules(connection, name, rules)

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
        self.writable(bucket)
        attributes = Attributes(
            content_type or DEFAULT_CONTENT_TYPE, metadata or {}, headers or {}, tags or {}
        )
        return self._local.put(
            bucket, key, data, attributes, algorithms=checksum_algorithms, verify=verify, condition=condition
        )

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """What is known of an object.

        Raises: NoSuchBucket; NoSuchKey.
        """
        found = self.bucket(bucket)
        return self._linked.head(found, key) if found.read_only else self._local.head(bucket, key)

    def open_object(self, bucket: str, key: str) -> OpenObject:
        """An object and its bytes, which stay the same while it is overwritten or deleted. The caller closes
        the file.

        Raises: NoSuchBucket; NoSuchKey.
        """
        found = self.bucket(bucket)
        return self._linked.open(found, key) if found.read_only else self._local.open(bucket, key)

    def open(self, bucket: str, key: str) -> BinaryIO:
        """The bytes of an object as a seekable file, see `open_object`."""
        return self.open_object(bucket, key).file

    def get(self, bucket: str, key: str) -> bytes:
        """All bytes of an object."""
        with self.open(bucket, key) as file:
            return file.read()

    def delete(self, bucket: str, key: str) -> None:
        """Deletes an object; one that is not there is passed over."""
        self.delete_many(bucket, [key])

    def delete_many(self, bucket: str, keys: Sequence[str]) -> None:
        """Deletes at most 1,000 objects, all or none; those that are not there are passed over."""
        self.writable(bucket)
        self._local.delete(bucket, keys)

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
        self.writable(bucket)
        source = self.open_object(source_bucket, source_key)
        algorithms = source.info.checksums if checksum_algorithms is None else checksum_algorithms
        with source.file:
            return self._local.put(
                bucket,
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
        self.writable(bucket)
        self._local.set_tags(bucket, key, dict(tags))

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
        max_keys = min(max_keys, MAX_PAGE)
        if found.read_only:
            return self._linked.list(found, prefix, delimiter, start_after, max_keys)
        return self._local.list(bucket, prefix, delimiter, start_after, max_keys)

    def iterate(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        """All objects whose keys begin with `prefix`, in UTF-8 byte order, read page by page."""
        marker = ""
        while True:
            page = self.list(bucket, prefix, start_after=marker)
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

    def head_uri(self, uri: str) -> ObjectInfo:
        """What is known of the object."""
        return self.head(*object_of(uri))

    def write_uri(self, uri: str, data: Data, content_type: str | None = None) -> ObjectInfo:
        """Writes the object."""
        bucket, key = object_of(uri)
        return self.put(bucket, key, data, content_type=content_type)

    def iterate_uri(self, prefix_uri: str) -> Iterator[ObjectInfo]:
        """All objects whose URIs begin with `prefix_uri`."""
        return self.iterate(*parse_s3_uri(prefix_uri))

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
        self.writable(bucket)
        attributes = Attributes(
            content_type or DEFAULT_CONTENT_TYPE, metadata or {}, headers or {}, tags or {}
        )
        return self._uploads.create(bucket, key, attributes, checksum_algorithm, checksum_type)

    def find_upload(self, bucket: str, key: str, upload_id: str) -> Upload:
        """The upload.

        Raises: NoSuchBucket; NoSuchUpload.
        """
        self.bucket(bucket)
        return self._uploads.find(bucket, key, upload_id)

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
        upload = self.find_upload(bucket, key, upload_id)
        return self._uploads.put_part(upload, part_number, data, list(checksum_algorithms), verify)

    def list_parts(
        self, bucket: str, key: str, upload_id: str, after: int = 0, max_parts: int = MAX_PAGE
    ) -> Sequence[Part]:
        """The received parts with a number above `after`, in ascending order."""
        return self._uploads.parts(self.find_upload(bucket, key, upload_id), after, max_parts)

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
        self.bucket(bucket)
        return self._uploads.complete(bucket, key, upload_id, parts, checksums or {}, condition)

    def abort_upload(self, bucket: str, key: str, upload_id: str) -> None:
        """Ends an upload and forgets its parts."""
        self.bucket(bucket)
        self._uploads.abort(bucket, key, upload_id)

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
        self.bucket(bucket)
        return self._uploads.list(bucket, prefix, delimiter, key_marker, upload_id_marker, max_uploads)

    def writable(self, name: str) -> Bucket:
        """The bucket, if it can be written to.

        Raises: NoSuchBucket; ReadOnlyBucket.
        """
        bucket = self.bucket(name)
        if bucket.read_only:
            raise ReadOnlyBucket(
                f"the bucket {name} shows the folder {bucket.linked_folder} and is read-only; "
                "write to another bucket"
            )
        return bucket

    def _add_bucket(self, bucket: Bucket) -> Bucket:
        with self._database.write() as connection:
            if not store.add_bucket(connection, bucket):
                raise BucketExists(f"the bucket {bucket.name} exists already; choose another name")
        return bucket


def object_of(uri: str) -> tuple[str, str]:
    """(bucket, key) of the URI of one object.

    Raises: Invalid: it names none.
    """
    bucket, key = parse_s3_uri(uri)
    if not key:
        raise Invalid(f"{uri!r} names a bucket, not an object; add the object's key")
    return bucket, key
