"""Our model of objects and errors translated to the parameters and answers of another S3 store, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from trigpoint.core.errors import Invalid
from trigpoint.objects.checksums import ALGORITHMS
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
    DEFAULT_CONTENT_TYPE,
    Attributes,
    Bucket,
    ObjectInfo,
    WriteCondition,
)
from trigpoint.objects.names import MAX_KEY_BYTES, check_key
from trigpoint.remote import (
    NoSuchRemoteBucket,
    RemoteConflict,
    RemoteError,
    RemoteNotFound,
)

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


def remote_key(bucket: Bucket, key: str) -> str:
    """The object's key in its store.

    Raises: KeyTooLong: the bucket's prefix leaves no room for the key. Invalid: no object can have the key.
    """
    check_key(key)
    name = prefix_of(bucket) + key
    if len(name.encode()) > MAX_KEY_BYTES:
        raise KeyTooLong(
            f"the key {key!r} has more than {MAX_KEY_BYTES} bytes with the prefix of the bucket {bucket.name}"
        )
    return name


@contextmanager
def translated_errors(bucket: Bucket, key: str) -> Iterator[None]:
    """Raises refusals of the store as errors of our own object store, in the store's words."""
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


def attribute_parameters(attributes: Attributes) -> dict[str, Any]:
    """The parameters of a write with the object's attributes."""
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


def condition_parameters(condition: WriteCondition) -> dict[str, str]:
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


def prefix_of(bucket: Bucket) -> str:
    assert bucket.remote is not None
    return bucket.remote.prefix


def described_object(
    bucket: Bucket, key: str, answer: Mapping[str, Any], tags: Mapping[str, str]
) -> ObjectInfo:
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
        checksums_in(answer),
        answer.get("ChecksumType", "FULL_OBJECT"),
    )


def listed_object(bucket: Bucket, found: Mapping[str, Any]) -> ObjectInfo:
    return ObjectInfo(
        bucket.name,
        found["Key"].removeprefix(prefix_of(bucket)),
        int(found["Size"]),
        found["ETag"].strip('"'),
        DEFAULT_CONTENT_TYPE,
        {},
        found["LastModified"].astimezone(UTC),
    )


def checksums_in(answer: Mapping[str, Any]) -> dict[str, str]:
    return {name: answer[f"Checksum{name}"] for name in ALGORITHMS if f"Checksum{name}" in answer}


def date_of(answer: Mapping[str, Any]) -> datetime:
    """The time of the store's answer; the answer to a write does not contain the object's own time."""
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


def fits_xml(key: str) -> bool:
    """Whether a request in XML can name this key."""
    return all(character >= " " and character not in "￾￿" for character in key)


def check_deleted(bucket: Bucket, errors: Sequence[Mapping[str, Any]]) -> None:
    from trigpoint.remote.errors import of_answer

    for error in errors:
        if error.get("Code") != "NoSuchKey":
            assert bucket.remote is not None
            uri = f"s3://{bucket.remote.bucket}/{error.get('Key', '')}"
            raise of_answer(uri, bucket.remote.endpoint, error.get("Code", ""), error.get("Message", ""), 200)
