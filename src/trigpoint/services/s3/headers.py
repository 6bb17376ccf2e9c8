"""What do the headers of an S3 request say, and which headers does an object answer with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, unquote

from trigpoint.objects import Attributes, ObjectInfo, WriteCondition
from trigpoint.objects.model import DEFAULT_CONTENT_TYPE, DeleteCondition
from trigpoint.services.s3.acl import refuse_grants
from trigpoint.services.s3.contract import S3Request
from trigpoint.services.s3.metadata import decoded_metadata, encoded_metadata
from trigpoint.services.s3.xml import quoted
from trigpoint.wire.errors import AwsError

STORED_HEADERS = {
    "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition",
    "content-encoding": "Content-Encoding",
    "content-language": "Content-Language",
    "expires": "Expires",
}
OVERRIDES = {f"response-{name}": header for name, header in STORED_HEADERS.items()} | {
    "response-content-type": "Content-Type"
}
MAX_METADATA_BYTES = 2048
MAX_TAGS = 10
MAX_BUCKET_TAGS = 50
_UNSERVED_HEADERS = (
    "x-amz-server-side-encryption",
    "x-amz-object-lock",
    "x-amz-website-redirect-location",
)
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def attributes_of(request: S3Request) -> Attributes:
    """What the headers of a write say about the object."""
    headers = request.headers
    refuse_unserved(headers)
    metadata = {
        name.removeprefix("x-amz-meta-"): decoded_metadata(value)
        for name, value in headers.items()
        if name.startswith("x-amz-meta-")
    }
    if sum(len(name) + len(value.encode()) for name, value in metadata.items()) > MAX_METADATA_BYTES:
        raise AwsError(
            "MetadataTooLarge",
            f"Your metadata headers exceed the maximum allowed metadata size of {MAX_METADATA_BYTES} bytes.",
        )
    stored = {name: headers[name] for name in STORED_HEADERS if headers.get(name)}
    return Attributes(
        headers.get("content-type") or DEFAULT_CONTENT_TYPE, metadata, stored, tags_of_header(headers)
    )


def refuse_unserved(headers: Mapping[str, str]) -> None:
    """Raises NotImplemented for headers that ask for something that would not happen."""
    for name in headers:
        if name.startswith(_UNSERVED_HEADERS):
            raise AwsError(
                "NotImplemented", f"The header {name} asks for something that Trigpoint does not do.", 501
            )
    refuse_grants(headers)


def tags_of_header(headers: Mapping[str, str]) -> dict[str, str]:
    """The tags of x-amz-tagging, written like a query string."""
    pairs = parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True)
    return checked_tags(pairs)


def checked_tags(pairs: list[tuple[str, str]], most: int = MAX_TAGS) -> dict[str, str]:
    """The tags as a mapping.

    Raises: AwsError: InvalidTag or BadRequest, when they break S3's rules.
    """
    tags = dict(pairs)
    if len(tags) != len(pairs):
        raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key")
    if len(tags) > most:
        kind = "Object" if most == MAX_TAGS else "Bucket"
        raise AwsError("BadRequest", f"{kind} tags cannot be greater than {most}")
    for name, value in tags.items():
        if not 1 <= len(name) <= 128 or "\0" in name + value:
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", fields={"TagKey": name})
        if len(value) > 256:
            raise AwsError(
                "InvalidTag", "The TagValue you have provided is invalid", fields={"TagValue": value}
            )
    return tags


def object_headers(info: ObjectInfo, *, with_checksums: bool) -> dict[str, str]:
    """The headers that describe an object, save its length."""
    headers = {
        "ETag": quoted(info.etag),
        "Last-Modified": http_date(info.modified_at),
        "Content-Type": info.content_type,
        "Accept-Ranges": "bytes",
    }
    headers |= {STORED_HEADERS[name]: value for name, value in info.headers.items()}
    headers |= {f"x-amz-meta-{name}": encoded_metadata(value) for name, value in info.metadata.items()}
    if info.tags:
        headers["x-amz-tagging-count"] = str(len(info.tags))
    if with_checksums:
        headers |= checksum_headers(info)
    return headers


def checksum_headers(info: ObjectInfo) -> dict[str, str]:
    """The object's flexible checksums."""
    headers = {f"x-amz-checksum-{name.lower()}": value for name, value in info.checksums.items()}
    return headers | {"x-amz-checksum-type": info.checksum_type} if headers else {}


def overridden(request: S3Request) -> dict[str, str]:
    """The headers that the query asks the answer to have instead of the object's own."""
    return {
        header: _sendable(name, request.query[name])
        for name, header in OVERRIDES.items()
        if name in request.query
    }


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def not_modified(request: S3Request, info: ObjectInfo) -> bool:
    """Whether a read is answered 304.

    Raises: AwsError: PreconditionFailed.
    """
    return _not_modified(request.headers, info, "")


def check_copy_source(request: S3Request, info: ObjectInfo) -> None:
    """Raises PreconditionFailed when the source is not as the x-amz-copy-source-if-* headers want it."""
    if _not_modified(request.headers, info, "x-amz-copy-source-"):
        raise _precondition_failed("x-amz-copy-source-If-None-Match")


def write_condition(request: S3Request) -> WriteCondition:
    """On what state of the key a write depends.

    Decision: If-None-Match may name an ETag, as HTTP has it; S3 takes nothing but `*`.
    """
    unless, etag = (_bare(request.headers.get(name)) for name in ("if-none-match", "if-match"))
    return WriteCondition(unless == "*", etag, None if unless == "*" else unless)


def delete_condition(request: S3Request) -> DeleteCondition | None:
    """What an object must be like to be deleted; None when the request says nothing of it.

    Raises: AwsError: InvalidArgument, when a value cannot be read.
    """
    names = ("if-match", "x-amz-if-match-last-modified-time", "x-amz-if-match-size")
    etag, at, size = (request.headers.get(name) for name in names)
    if etag is None and at is None and size is None:
        return None
    return deletion(etag, at, size)


def deletion(etag: str | None, at: str | None, size: str | None) -> DeleteCondition:
    """The condition that an entity tag, a time and a size make, as a request writes them.

    Raises: AwsError: InvalidArgument, when one of them cannot be read.
    """
    moment = None if at is None else (_date(at) or _iso_date(at))
    if at is not None and moment is None:
        raise AwsError("InvalidArgument", f"The last modified time {at[:40]!r} is no time.")
    if size is not None and not (size.isascii() and size.isdigit() and len(size) <= 18):
        raise AwsError("InvalidArgument", f"The size {size[:40]!r} is no number of bytes.")
    return DeleteCondition(_bare(etag), moment, None if size is None else int(size))


def byte_range(request: S3Request, info: ObjectInfo) -> tuple[int, int] | None:
    """(first byte, length) that Range asks for; None for the whole object, as for ranges that HTTP lets us
    ignore.

    Raises: AwsError: InvalidRange, when nothing of it lies in the object.
    """
    asked = request.headers.get("range", "")
    matched = _RANGE.fullmatch(asked.replace(" ", ""))
    if matched is None or matched[1] == matched[2] == "":
        return None
    size_bytes = info.size_bytes
    if not matched[1]:
        start, end = max(0, size_bytes - int(matched[2])), size_bytes
    else:
        start = int(matched[1])
        end = min(size_bytes, int(matched[2]) + 1) if matched[2] else size_bytes
        if matched[2] and int(matched[2]) < start:
            return None
    if start >= end:
        raise AwsError(
            "InvalidRange",
            "The requested range is not satisfiable",
            416,
            {"RangeRequested": asked, "ActualObjectSize": str(size_bytes)},
        )
    return start, end - start


def copy_source(request: S3Request) -> tuple[str, str]:
    """(bucket, key) of x-amz-copy-source.

    Raises: AwsError: InvalidArgument, when it names none.
    """
    source, _, version = request.headers["x-amz-copy-source"].partition("?")
    check_version(version.removeprefix("versionId="))
    bucket, _, key = unquote(source).removeprefix("/").partition("/")
    if not bucket or not key or "\0" in key:
        raise AwsError(
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            fields={"ArgumentName": "x-amz-copy-source", "ArgumentValue": source},
        )
    return bucket, key


def check_version(version_id: str) -> None:
    """Raises NoSuchVersion for any version but the only one there is."""
    if version_id not in ("", "null"):
        raise AwsError(
            "NoSuchVersion",
            "The specified version does not exist; buckets of Trigpoint keep one version of an object.",
            404,
            {"VersionId": version_id},
        )


def _not_modified(headers: Mapping[str, str], info: ObjectInfo, prefix: str) -> bool:
    """RFC 9110, section 13.2.2: ETags go before times, what must match before what must not."""
    if_match, unless_since = (
        headers.get(f"{prefix}if-match"),
        _date(headers.get(f"{prefix}if-unmodified-since")),
    )
    if if_match is not None:
        if not _matches(if_match, info.etag):
            raise _precondition_failed("If-Match")
    elif unless_since is not None and _whole_second(info.modified_at) > unless_since:
        raise _precondition_failed("If-Unmodified-Since")
    if_none, since = headers.get(f"{prefix}if-none-match"), _date(headers.get(f"{prefix}if-modified-since"))
    if if_none is not None:
        return _matches(if_none, info.etag)
    return since is not None and _whole_second(info.modified_at) <= since


def _matches(header: str, etag: str) -> bool:
    candidates = [candidate.strip().removeprefix("W/").strip('"') for candidate in header.split(",")]
    return "*" in candidates or etag in candidates


def _bare(etag: str | None) -> str | None:
    return None if etag is None else etag.strip().strip('"')


def _precondition_failed(condition: str) -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        {"Condition": condition},
    )


def _date(text: str | None) -> datetime | None:
    """The time of a header; None when it is absent or no time, which HTTP says to ignore."""
    if text is None:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _iso_date(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _sendable(name: str, value: str) -> str:
    if any(character < " " or character == "\x7f" for character in value):
        raise AwsError(
            "InvalidArgument", f"{name} contains a control character", fields={"ArgumentName": name}
        )
    return value.encode().decode("latin-1")
