"""Buckets of other S3 stores, shown as buckets of ours: every call is made there, nothing is kept here.

A write passes through a temporary file (in memory up to SPOOLED_BYTES), so that its digests are checked before the
other store gets anything. Reads are streamed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from trigpoint.core.errors import Invalid
from trigpoint.objects import staging
from trigpoint.objects.checksums import DigestingStream, Digests
from trigpoint.objects.errors import (
    NoSuchKey,
)
from trigpoint.objects.model import (
    ALWAYS,
    Attributes,
    Bucket,
    Data,
    Listing,
    ObjectInfo,
    OpenObject,
    RemoteLocation,
    Verify,
    WriteCondition,
    accept_all,
)
from trigpoint.objects.ranged_file import open_ranged
from trigpoint.objects.remote_translation import (
    attribute_parameters,
    check_deleted,
    checksum_parameters,
    checksums_in,
    condition_parameters,
    date_of,
    described_object,
    fits_xml,
    listed_object,
    prefix_of,
    remote_key,
    translated_errors,
)
from trigpoint.remote import (
    RemoteConfig,
    RemoteStore,
    RemoteUnavailable,
)
from trigpoint.wire.sigv4 import Credential, encode, presigned_query

SPOOLED_BYTES = 1024 * 1024
MAX_PUT_BYTES = 5 * 1024**3
SMALL_BYTES = 8 * 1024 * 1024
MAX_CALLS = 24
TURN_S = 5.0


class Secrets(Protocol):
    """Seals texts for the database, and opens them again."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str: ...


class NoSecrets:
    """Secrets of a process without a key: it can neither seal nor open them."""

    def seal(self, text: str) -> str:
        raise Invalid("this process has no key to seal a secret access key with; it cannot be stored")

    def open(self, sealed: str) -> str:
        raise Invalid("this process has no key to open the secret access key of a remote bucket with")


class RemoteBuckets:
    """The buckets of other stores. `session_token` belongs to the keys of all of them, if these are temporary."""

    def __init__(self, spool_folder: Path, secrets: Secrets, session_token: str = "") -> None:
        self._spool_folder = spool_folder
        self._secrets = secrets
        self._session_token = session_token
        self._stores: dict[RemoteLocation, RemoteStore] = {}
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    def store(self, bucket: Bucket) -> RemoteStore:
        """The client of the bucket's store; kept with its connections until the record changes."""
        location = bucket.remote
        assert location is not None
        with self._lock:
            if location not in self._stores:
                secret = self._secrets.open(location.sealed_secret) if location.sealed_secret else ""
                config = RemoteConfig(
                    location.endpoint,
                    location.region,
                    location.access_key_id,
                    secret,
                    self._session_token,
                    virtual_host_style=location.virtual_host_style,
                )
                self._stores[location] = RemoteStore(config, location.bucket)
            return self._stores[location]

    def call(self, bucket: Bucket, operation: str, key: str = "", **parameters: Any) -> dict[str, Any]:
        """Calls an operation of S3, on the key's name in that store; its refusals become errors of ours."""
        name = remote_key(bucket, key) if key else ""
        with self._turn(bucket), translated_errors(bucket, key):
            return self.store(bucket).api.call(operation, name, **parameters)

    def head(self, bucket: Bucket, key: str) -> ObjectInfo:
        """What is known of the object; its tags cost a second request when it has some."""
        answer = self.call(bucket, "head_object", key, ChecksumMode="ENABLED")
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        tags = self._tags(bucket, key) if headers.get("x-amz-tagging-count", "0") != "0" else {}
        return described_object(bucket, key, answer, tags)

    def open(self, bucket: Bucket, key: str) -> OpenObject:
        """The object and its bytes, fetched as they are read.

        The bytes are those of one version: when it is overwritten or deleted while it is read, reading fails.
        """
        info = self.head(bucket, key)
        return OpenObject(info, self._ranged(bucket, key, info.size_bytes, f'"{info.etag}"'))

    def open_bytes(self, bucket: Bucket, key: str) -> BinaryIO:
        """The object's bytes as a file; a small one in one request."""
        with self._turn(bucket), translated_errors(bucket, key):
            found = self.store(bucket).fetch_up_to(remote_key(bucket, key), SMALL_BYTES)
        if isinstance(found, bytes):
            return BytesIO(found)
        return self._ranged(bucket, key, found.size_bytes, found.etag)

    def list(self, bucket: Bucket, prefix: str, delimiter: str, start_after: str, max_keys: int) -> Listing:
        """One page, without content types and metadata, which listings of S3 do not contain."""
        if max_keys == 0:
            return Listing([], [], False, "")
        base = prefix_of(bucket)
        asked: dict[str, Any] = {"Prefix": base + prefix, "MaxKeys": max_keys}
        asked |= {"Delimiter": delimiter} if delimiter else {}
        asked |= {"StartAfter": base + start_after} if start_after else {}
        while True:
            answer = self.call(bucket, "list_objects_v2", **asked)
            objects = [listed_object(bucket, found) for found in answer.get("Contents", ())]
            names = [found["Prefix"].removeprefix(base) for found in answer.get("CommonPrefixes", ())]
            prefixes = [name for name in names if name != start_after]
            truncated = bool(answer.get("IsTruncated"))
            if objects or prefixes or not truncated:
                break
            asked["ContinuationToken"] = answer["NextContinuationToken"]
        last = max([*(info.key for info in objects[-1:]), *prefixes[-1:]], key=str.encode, default="")
        return Listing(objects, prefixes, truncated, last if truncated else "")

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
        """Writes an object of at most 5 GiB in one request. When it raises, nothing has changed."""
        remote_key(bucket, key)
        with self.spooled(data, algorithms) as (file, digests):
            verify(digests)
            asked = (
                attribute_parameters(attributes)
                | condition_parameters(condition)
                | checksum_parameters(digests.checksums)
            )
            answer = self.call(bucket, "put_object", key, Body=file, **asked)
        return ObjectInfo(
            bucket.name,
            key,
            digests.size_bytes,
            answer["ETag"].strip('"'),
            attributes.content_type,
            attributes.metadata,
            date_of(answer),
            attributes.headers,
            attributes.tags,
            checksums_in(answer) or digests.checksums,
        )

    def delete(self, bucket: Bucket, keys: Iterable[str]) -> None:
        """Removes the objects; when the store refuses some, the others are gone nevertheless."""
        keys = list(keys)
        several = [key for key in keys if fits_xml(key)] if len(keys) > 1 else []
        for key in keys if not several else [key for key in keys if not fits_xml(key)]:
            try:
                self.call(bucket, "delete_object", key)
            except NoSuchKey:
                continue
        if several:
            named = [{"Key": remote_key(bucket, key)} for key in several]
            answer = self.call(bucket, "delete_objects", Delete={"Objects": named, "Quiet": True})
            check_deleted(bucket, answer.get("Errors", ()))

    def set_tags(self, bucket: Bucket, key: str, tags: dict[str, str]) -> None:
        """Replaces the object's tags."""
        if not tags:
            self.call(bucket, "delete_object_tagging", key)
            return
        pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
        self.call(bucket, "put_object_tagging", key, Tagging={"TagSet": pairs})

    def link(self, bucket: Bucket, key: str, lifetime_s: int, now: datetime) -> str:
        """A URL in the other store that reads the object, and nothing else, for some seconds from `now`."""
        config, name = self.store(bucket).config, remote_key(bucket, key)
        assert bucket.remote is not None
        base = urlsplit(config.bucket_url(bucket.remote.bucket))
        in_path = "" if config.virtual_host_style else f"/{encode(bucket.remote.bucket)}"
        path = f"{in_path}/{encode(name, safe='/')}"
        if config.anonymous:
            return f"{base.scheme}://{base.netloc}{path}"
        signer = Credential(
            config.access_key_id, config.secret_access_key, "", session_token=config.session_token
        )
        host = base.netloc.removesuffix({"http": ":80", "https": ":443"}[base.scheme])
        query = presigned_query("GET", host, path, config.region, "s3", signer, lifetime_s, now)
        return f"{base.scheme}://{host}{path}?{query}"

    @contextmanager
    def spooled(self, data: Data, algorithms: Iterable[str]) -> Iterator[tuple[IO[bytes], Digests]]:
        """The complete data in a temporary file, at its start, with its digests."""
        self._spool_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream = DigestingStream(algorithms)
        with SpooledTemporaryFile(SPOOLED_BYTES, dir=str(self._spool_folder)) as file:
            for chunk in staging.chunks(data):
                stream.update(chunk)
                file.write(chunk)
            digests = stream.digests()
            if digests.size_bytes > MAX_PUT_BYTES:
                raise Invalid(
                    f"{digests.size_bytes} bytes are too many for one request to another store (at most "
                    f"{MAX_PUT_BYTES}); use a multipart upload"
                )
            file.seek(0)
            yield file, digests

    @contextmanager
    def _turn(self, bucket: Bucket) -> Iterator[None]:
        """Lets at most MAX_CALLS requests at a time wait for one store, so that a hanging store cannot take all threads.

        Raises: RemoteUnavailable: no turn came within TURN_S.
        """
        assert bucket.remote is not None
        endpoint = bucket.remote.endpoint
        with self._lock:
            turn = self._turns.setdefault(endpoint, threading.BoundedSemaphore(MAX_CALLS))
        if not turn.acquire(timeout=TURN_S):
            raise RemoteUnavailable(
                f"the bucket {bucket.name}: {MAX_CALLS} requests are waiting for the store at {endpoint}; "
                "try again later"
            )
        try:
            yield
        finally:
            turn.release()

    def _ranged(self, bucket: Bucket, key: str, size_bytes: int, etag: str) -> BinaryIO:
        api, name = self.store(bucket).api, remote_key(bucket, key)

        def read_range(start: int, end: int) -> BinaryIO:
            with translated_errors(bucket, key):
                return api.body(name, Range=f"bytes={start}-{end - 1}", IfMatch=etag)

        return open_ranged(read_range, size_bytes)

    def _tags(self, bucket: Bucket, key: str) -> dict[str, str]:
        answer = self.call(bucket, "get_object_tagging", key)
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}
