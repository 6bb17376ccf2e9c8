"""The buckets of an object store: which there are, and where their bytes are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cachetools import TTLCache

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.db import Database
from trigpoint.objects import files
from trigpoint.objects.errors import BucketExists, BucketNotEmpty, NoSuchBucket, ReadOnlyBucket
from trigpoint.objects.linked import LinkedBuckets
from trigpoint.objects.local import LocalBuckets
from trigpoint.objects.model import (
    Bucket,
    RemoteLocation,
)
from trigpoint.objects.names import check_bucket_name
from trigpoint.objects.remote import NoSecrets, RemoteBuckets, Secrets
from trigpoint.objects.shared_cache import SharedCache
from trigpoint.objects.store import bucket_rows
from trigpoint.remote import RemoteConfig

ROUTE_S = 1.0
"""For how long a bucket's record counts as current for a caller that needs only the place of its bytes."""
KNOWN_BUCKETS = 1000


class Buckets:
    """The buckets: those whose files are ours, those that show an existing folder, those in another store."""

    def __init__(self, database: Database, root: Path, clock: Clock, secrets: Secrets | None) -> None:
        self._database = database
        self._root = root
        self._clock = clock
        self._secrets = secrets or NoSecrets()
        self._local = LocalBuckets(database, root, clock)
        self._linked = LinkedBuckets()
        self._remote = RemoteBuckets(root, self._secrets)
        self._routes = SharedCache[str, Bucket](TTLCache(KNOWN_BUCKETS, ROUTE_S))

    def create_bucket(self, name: str) -> Bucket:
        """Creates an empty bucket and its folder, durably.

        Raises: InvalidBucketName; BucketExists.
        """
        check_bucket_name(name)
        self._check_new(name)
        # before the row: no object is acknowledged in a folder that a crash removes
        self._local.make_folder(name)
        return self._add_bucket(Bucket(name, self._clock.now()))

    def link_bucket(self, name: str, folder: Path) -> Bucket:
        """Makes an existing folder a read-only bucket. Nothing is copied or written.

        Raises: NotFound: there is no such folder. Invalid: it contains the object store or is inside it.
        """
        check_bucket_name(name)
        if not folder.is_dir():
            raise NotFound(f"{folder} is not an existing folder; name an existing folder")
        linked, root = folder.resolve(), self._root.resolve()
        if linked == root or linked in root.parents or root in linked.parents:
            raise Invalid(
                f"{folder} contains Trigpoint's own data ({root}) or is inside it; link another folder"
            )
        return self._add_bucket(Bucket(name, self._clock.now(), linked))

    def add_remote_bucket(
        self,
        name: str,
        config: RemoteConfig,
        remote_bucket: str,
        prefix: str = "",
        *,
        read_only: bool = False,
    ) -> Bucket:
        """Adds a bucket of another store, or its objects below `prefix`, as a bucket of ours.

        One page of it is listed first; the secret access key is stored sealed.
        Raises: NotFound, Denied, Invalid, RemoteUnavailable: in the words of that store. BucketExists.
        """
        check_bucket_name(name)
        location = RemoteLocation(
            config.url,
            config.region,
            remote_bucket,
            prefix,
            config.access_key_id,
            self._secrets.seal(config.secret_access_key) if config.secret_access_key else "",
            config.virtual_host_style,
            read_only,
        )
        bucket = Bucket(name, self._clock.now(), remote=location)
        self._remote.list(bucket, "", "", "", 1)
        return self._add_bucket(bucket)

    def bucket(self, name: str) -> Bucket:
        """The bucket.

        Raises: NoSuchBucket.
        """
        return found_bucket(bucket_rows.look_up_bucket(self._database, name), name)

    def is_near(self, name: str) -> bool:
        """Whether the bucket's objects are local files, as far as is known without a query."""
        known = self._routes.get(name)
        return known is not None and known.is_local

    def bucket_exists(self, name: str) -> bool:
        return bucket_rows.look_up_bucket(self._database, name) is not None

    def list_buckets(self) -> list[Bucket]:
        """All buckets by name."""
        with self._database.read() as connection:
            return bucket_rows.all_buckets(connection)

    def delete_bucket(self, name: str) -> None:
        """Deletes an empty bucket, a linked folder's bucket, or the bucket of an empty remote one.

        The linked folder and the other store are not changed.

        Raises: NoSuchBucket; BucketNotEmpty.
        """
        bucket = self.bucket(name)
        if bucket.remote is not None and self._remote.list(bucket, "", "", "", 1).objects:
            raise BucketNotEmpty(f"the bucket {name} still holds objects; delete them first")
        self._forget(bucket)

    def forget_bucket(self, name: str) -> None:
        """Removes the bucket of a linked folder or another store, without looking whether it is empty.

        A bucket of files of ours must be empty.

        Raises: NoSuchBucket; BucketNotEmpty.
        """
        self._forget(self.bucket(name))

    def _forget(self, bucket: Bucket) -> None:
        with self._database.write() as connection:
            if not bucket_rows.remove_bucket(connection, bucket.name):
                raise BucketNotEmpty(f"the bucket {bucket.name} still holds objects; delete them first")
        self._routes.drop(bucket.name)
        if bucket.is_local:
            files.remove_bucket_folder(self._local.folder(bucket.name))

    def set_cors_rules(self, name: str, rules: Sequence[Mapping[str, Any]]) -> None:
        """Replaces the bucket's CORS rules."""
        self.bucket(name)
        with self._database.write() as connection:
            bucket_rows.set_cors_rules(connection, name, rules)

    def set_bucket_tags(self, name: str, tags: Mapping[str, str]) -> None:
        """Replaces the bucket's own tags."""
        self.bucket(name)
        with self._database.write() as connection:
            bucket_rows.set_bucket_tags(connection, name, tags)

    def set_setting(self, name: str, word: str, document: str | None) -> None:
        """Keeps a document of S3 about the bucket, or removes it."""
        with self._database.write() as connection:
            bucket = found_bucket(bucket_rows.find_bucket(connection, name), name)
            others = {each: text for each, text in bucket.settings.items() if each != word}
            settings = others if document is None else others | {word: document}
            bucket_rows.set_settings(connection, name, settings)
        self._routes.drop(name)

    def setting(self, name: str, word: str) -> str | None:
        """The document as it is, or was within the last second if another process changed it.

        Raises: NoSuchBucket.
        """
        return self._route(name).settings.get(word)

    def writable(self, name: str) -> Bucket:
        """The bucket, if it can be written to.

        Raises: NoSuchBucket; ReadOnlyBucket.
        """
        return _checked_writable(self.bucket(name))

    def _writable(self, name: str) -> Bucket:
        """As `writable`, for a write that looks at the bucket again when it is committed."""
        return _checked_writable(self._route(name))

    def _route(self, name: str) -> Bucket:
        """The bucket as it is or was within the last second: enough to find its bytes.

        A change that another process makes to a bucket is noticed within ROUTE_S; a missing bucket is looked
        up each time.
        """
        known = self._routes.get(name)
        if known is not None:
            return known
        bucket = self.bucket(name)
        self._routes.put(name, bucket)
        return bucket

    def _check_new(self, name: str) -> None:
        if self.bucket_exists(name):
            raise _exists(name)

    def _add_bucket(self, bucket: Bucket) -> Bucket:
        with self._database.write() as connection:
            if not bucket_rows.add_bucket(connection, bucket):
                raise _exists(bucket.name)
        self._routes.drop(bucket.name)
        return bucket


def _exists(name: str) -> BucketExists:
    return BucketExists(f"the bucket {name} exists already; choose another name")


def found_bucket(bucket: Bucket | None, name: str) -> Bucket:
    if bucket is None:
        raise NoSuchBucket(f"no bucket {name!r}; create it first")
    return bucket


def _checked_writable(bucket: Bucket) -> Bucket:
    if bucket.linked_folder is not None:
        raise ReadOnlyBucket(
            f"the bucket {bucket.name} shows the folder {bucket.linked_folder} and is read-only; "
            "write to another bucket"
        )
    if bucket.remote is not None and bucket.remote.read_only:
        raise ReadOnlyBucket(
            f"the bucket {bucket.name} shows {bucket.remote.uri} of {bucket.remote.endpoint} and was added "
            "read-only; write to another bucket"
        )
    return bucket
