"""How does a bucket of another S3 store look as a bucket of ours: every call is made there, nothing is kept
here.

A write passes through a temporary file (memory up to SPOOLED_BYTES): its digests are known and checked before
the store hears of it. Reads are streamed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, Protocol
from urllib.parse import urlencode

from trigpoint.core.errors import Invalid
from trigpoint.objects import files
from trigpoint.objects.checksums import ALGORITHMS, DigestingStream, Digests
from trigpoint.objects.errors import (
    ChecksumMismatch,
    ConditionFailed,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    KeyTooLong,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
)
from trigpoint.objects.model import (
    ALWAYS,
    DEFAULT_CONTENT_TYPE,
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
from trigpoint.objects.names import MAX_KEY_BYTES, check_key
from trigpoint.objects.ranged_file import open_ranged
from trigpoint.remote import (
    NoSuchRemoteBucket,
    RemoteConfig,
    RemoteConflict,
    RemoteError,
    RemoteNotFound,
    RemoteStore,
    RemoteUnavailable,
)

SPOOLED_BYTES = 1024 * 1024
MAX_PUT_BYTES = 5 * 1024**3
SMALL_BYTES = 8 * 1024 * 1024
MAX_CALLS = 24
TURN_S = 5.0

_HEADER_PARAMETERS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
}
_REFUSALS: Mapping[str, Callable[[str], Exception]] = {
    "NoSuchUpload": NoSuchUpload,
    "InvalidPart": InvalidPart,
    "InvalidPartOrder": InvalidPartOrder,
    "EntityTooSmall": EntityTooSmall,
    "BadDigest": ChecksumMismatch,
    "KeyTooLongError": KeyTooLong,
}


class Secrets(Protocol):
    """Seals texts for the database, and opens them again."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str: ...


class NoSecrets:
    """What a process has that was given no key to open secrets with."""

    def seal(self, text: str) -> str:
        raise Invalid("this process has no key to seal a secret access key with; it cannot be stored")

    def open(self, sealed: str) -> str:
        raise Invalid("this process has no key to open the secret access key of a remote bucket with")


class RemoteBuckets:
    """The buckets that lie in other stores."""

    def __init__(self, spool_folder: Path, secrets: Secrets) -> None:
        self._spool_folder = spool_folder
        self._secrets = secrets
        self._stores: dict[RemoteLocation, RemoteStore] = {}
        self._turns: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    def store(self, bucket: Bucket) -> RemoteStore:
        """The client of the bucket's store; kept, with its connections, as long as the record says the same."""
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
                    virtual_host_style=location.virtual_host_style,
                )
                self._stores[location] = RemoteStore(config, location.bucket)
            return self._stores[location]

    def call(self, bucket: Bucket, operation: str, key: str = "", **parameters: Any) -> dict[str, Any]:
        """An operation of S3, on the key as it is called there; its refusals are ours."""
        name = remote_key(bucket, key) if key else ""
        with self._turn(bucket), answers(bucket, key):
            return self.store(bucket).api.call(operation, name, **parameters)

    def head(self, bucket: Bucket, key: str) -> ObjectInfo:
        """What is known of the object; its tags cost a second request when it has some."""
        answer = self.call(bucket, "head_object", key, ChecksumMode="ENABLED")
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        tags = self._tags(bucket, key) if headers.get("x-amz-tagging-count", "0") != "0" else {}
        return _info(bucket, key, answer, tags)

    def open(self, bucket: Bucket, key: str) -> OpenObject:
        """The object and its bytes, fetched as they are read.

        The bytes are those of one version: when it is overwritten or deleted while it is read, reading fails.
        """
        info = self.head(bucket, key)
        return OpenObject(info, self._ranged(bucket, key, info.size_bytes, f'"{info.etag}"'))

    def open_bytes(self, bucket: Bucket, key: str) -> BinaryIO:
        """The object's bytes as a file; a small one in one request."""
        with self._turn(bucket), answers(bucket, key):
            found = self.store(bucket).fetch_up_to(remote_key(bucket, key), SMALL_BYTES)
        if isinstance(found, bytes):
            return BytesIO(found)
        return self._ranged(bucket, key, found.size_bytes, found.etag)

    def list(self, bucket: Bucket, prefix: str, delimiter: str, start_after: str, max_keys: int) -> Listing:
        """One page; the store sends content types and metadata with no listing, so they are not told."""
        if max_keys == 0:
            return Listing([], [], False, "")
        base = _prefix(bucket)
        asked: dict[str, Any] = {"Prefix": base + prefix, "MaxKeys": max_keys}
        asked |= {"Delimiter": delimiter} if delimiter else {}
        asked |= {"StartAfter": base + start_after} if start_after else {}
        while True:
            answer = self.call(bucket, "list_objects_v2", **asked)
            objects = [_listed(bucket, found) for found in answer.get("Contents", ())]
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
            asked = described(attributes) | conditions(condition) | checksum_parameters(digests.checksums)
            answer = self.call(bucket, "put_object", key, Body=file, **asked)
        return ObjectInfo(
            bucket.name,
            key,
            digests.size_bytes,
            answer["ETag"].strip('"'),
            attributes.content_type,
            attributes.metadata,
            _date(answer),
            attributes.headers,
            attributes.tags,
            _checksums(answer) or digests.checksums,
        )

    def delete(self, bucket: Bucket, keys: Iterable[str]) -> None:
        """Removes the objects; when the store refuses some, the others are gone nevertheless."""
        keys = list(keys)
        several = [key for key in keys if _fits_xml(key)] if len(keys) > 1 else []
        for key in keys if not several else [key for key in keys if not _fits_xml(key)]:
            try:
                self.call(bucket, "delete_object", key)
            except NoSuchKey:
                continue
        if several:
            named = [{"Key": remote_key(bucket, key)} for key in several]
            answer = self.call(bucket, "delete_objects", Delete={"Objects": named, "Quiet": True})
            _check_deleted(bucket, answer.get("Errors", ()))

    def set_tags(self, bucket: Bucket, key: str, tags: dict[str, str]) -> None:
        """Replaces the object's tags."""
        if not tags:
            self.call(bucket, "delete_object_tagging", key)
            return
        pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
        self.call(bucket, "put_object_tagging", key, Tagging={"TagSet": pairs})

    @contextmanager
    def spooled(self, data: Data, algorithms: Iterable[str]) -> Iterator[tuple[IO[bytes], Digests]]:
        """What is to be sent, complete and at its beginning, with its digests."""
        self._spool_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream = DigestingStream(algorithms)
        with SpooledTemporaryFile(SPOOLED_BYTES, dir=str(self._spool_folder)) as file:
            for chunk in files.chunks(data):
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
        """Lets MAX_CALLS at a time ask one store, so that one that hangs does not take all our threads.

        Raises: RemoteUnavailable: they have all been waiting for it too long.
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
            with answers(bucket, key):
                return api.body(name, Range=f"bytes={start}-{end - 1}", IfMatch=etag)

        return open_ranged(read_range, size_bytes)

    def _tags(self, bucket: Bucket, key: str) -> dict[str, str]:
        answer = self.call(bucket, "get_object_tagging", key)
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def remote_key(bucket: Bucket, key: str) -> str:
    """What the object is called in its store.

    Raises: KeyTooLong: the bucket's prefix leaves no room for the key. Invalid: no object can have the key.
    """
    check_key(key)
    name = _prefix(bucket) + key
    if len(name.encode()) > MAX_KEY_BYTES:
        raise KeyTooLong(
            f"the key {key!r} has more than {MAX_KEY_BYTES} bytes with the prefix of the bucket {bucket.name}"
        )
    return name


@contextmanager
def answers(bucket: Bucket, key: str) -> Iterator[None]:
    """Makes the refusals of the store those of our own object store, in the store's words."""
    try:
        yield
    except RemoteError as problem:
        refusal = _REFUSALS.get(problem.code)
        if refusal is not None:
            raise refusal(problem.message) from None
        if isinstance(problem, NoSuchRemoteBucket):
            raise NoSuchBucket(f"the bucket {bucket.name}: {problem.message}") from None
        if isinstance(problem, RemoteNotFound):
            raise NoSuchKey(f"no object s3://{bucket.name}/{key} ({problem.message})") from None
        if isinstance(problem, RemoteConflict):
            raise ConditionFailed(problem.message, "If-Match or If-None-Match") from None
        raise


def described(attributes: Attributes) -> dict[str, Any]:
    """The parameters of a write that say what the object is."""
    asked: dict[str, Any] = {
        "ContentType": attributes.content_type,
        "Metadata": dict(attributes.metadata),
        **{
            _HEADER_PARAMETERS[n]: value for n, value in attributes.headers.items() if n in _HEADER_PARAMETERS
        },
    }
    if "expires" in attributes.headers:
        asked["Expires"] = _http_date(attributes.headers["expires"])
    if attributes.tags:
        asked["Tagging"] = urlencode(attributes.tags)
    return asked


def conditions(condition: WriteCondition) -> dict[str, str]:
    """The parameters of a conditional write."""
    asked = {"IfNoneMatch": "*"} if condition.if_absent else {}
    if condition.if_etag is not None:
        asked["IfMatch"] = condition.if_etag if condition.if_etag == "*" else f'"{condition.if_etag}"'
    if condition.unless_etag is not None:
        asked["IfNoneMatch"] = f'"{condition.unless_etag}"'
    return asked


def checksum_parameters(checksums: Mapping[str, str]) -> dict[str, str]:
    """The parameter that sends a checksum along for the store to check; S3 takes one."""
    return {f"Checksum{name}": value for name, value in list(checksums.items())[:1]}


def _prefix(bucket: Bucket) -> str:
    assert bucket.remote is not None
    return bucket.remote.prefix


def _info(bucket: Bucket, key: str, answer: Mapping[str, Any], tags: Mapping[str, str]) -> ObjectInfo:
    headers = {
        name: answer[parameter] for name, parameter in _HEADER_PARAMETERS.items() if parameter in answer
    }
    if "ExpiresString" in answer:
        headers["expires"] = answer["ExpiresString"]
    return ObjectInfo(
        bucket.name,
        key,
        int(answer["ContentLength"]),
        answer["ETag"].strip('"'),
        answer.get("ContentType", DEFAULT_CONTENT_TYPE),
        answer.get("Metadata", {}),
        answer["LastModified"].astimezone(UTC),
        headers,
        tags,
        _checksums(answer),
        answer.get("ChecksumType", "FULL_OBJECT"),
    )


def _listed(bucket: Bucket, found: Mapping[str, Any]) -> ObjectInfo:
    return ObjectInfo(
        bucket.name,
        found["Key"].removeprefix(_prefix(bucket)),
        int(found["Size"]),
        found["ETag"].strip('"'),
        DEFAULT_CONTENT_TYPE,
        {},
        found["LastModified"].astimezone(UTC),
    )


def _checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    return {name: answer[f"Checksum{name}"] for name in ALGORITHMS if f"Checksum{name}" in answer}


def _date(answer: Mapping[str, Any]) -> datetime:
    """When the store answered; a write's answer does not say which time the object was given."""
    text = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(text).astimezone(UTC) if text else datetime.now(UTC).replace(microsecond=0)


def _http_date(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        raise Invalid(
            f"Expires is {text!r}; in a bucket of another store it must be a date like "
            "Wed, 21 Oct 2026 07:28:00 GMT"
        ) from None


def _fits_xml(key: str) -> bool:
    """Whether a request in XML can name this key."""
    return all(character >= " " and character not in "￾￿" for character in key)


def _check_deleted(bucket: Bucket, errors: Sequence[Mapping[str, Any]]) -> None:
    from trigpoint.remote.errors import of_answer

    for error in errors:
        if error.get("Code") != "NoSuchKey":
            assert bucket.remote is not None
            uri = f"s3://{bucket.remote.bucket}/{error.get('Key', '')}"
            raise of_answer(uri, bucket.remote.endpoint, error.get("Code", ""), error.get("Message", ""), 200)
