"""Headers of S3 requests, and the headers with which an object is answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import unquote

from trigpoint.objects import Attributes, ObjectInfo
from trigpoint.objects.model import DEFAULT_CONTENT_TYPE
from trigpoint.services.s3 import encryption
from trigpoint.services.s3.acl import refuse_grants
from trigpoint.services.s3.contract import S3Request
from trigpoint.services.s3.encryption import encryption_of
from trigpoint.services.s3.metadata import decoded_metadata, encoded_metadata
from trigpoint.services.s3.tags import tags_of_header
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
_UNSERVED_HEADERS = (
    "x-amz-object-lock",
    "x-amz-website-redirect-location",
)
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def attributes_of(request: S3Request, default_encryption: str | None = None) -> Attributes:
    """The attributes of an object in the headers of a write; `default_encryption` is the bucket's."""
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
    stored |= encryption_of(headers, default_encryption)
    return Attributes(
        headers.get("content-type") or DEFAULT_CONTENT_TYPE, metadata, stored, tags_of_header(headers)
    )


def refuse_unserved(headers: Mapping[str, str]) -> None:
    """Raises NotImplemented for headers whose request would have no effect."""
    for name in headers:
        if name.startswith(_UNSERVED_HEADERS):
            raise AwsError(
                "NotImplemented", f"The header {name} asks for something that Trigpoint does not do.", 501
            )
    refuse_grants(headers)


def object_headers(info: ObjectInfo, *, with_checksums: bool) -> dict[str, str]:
    """The headers that describe an object, without its length."""
    headers = {
        "ETag": quoted(info.etag),
        "Last-Modified": http_date(info.modified_at),
        "Content-Type": info.content_type,
        "Accept-Ranges": "bytes",
    }
    headers |= {STORED_HEADERS[name]: value for name, value in info.headers.items() if name in STORED_HEADERS}
    headers |= encryption.shown(info.headers)
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
    """The answer's headers that the query sets in place of the object's own."""
    return {
        header: _sendable(name, request.query[name])
        for name, header in OVERRIDES.items()
        if name in request.query
    }


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def byte_range(request: S3Request, info: ObjectInfo) -> tuple[int, int] | None:
    """(first byte, length) that Range asks for; None for the whole object, as for ranges that HTTP lets us
    ignore.

    Raises: AwsError: InvalidRange, when no byte of it is in the object.
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
    """Raises NoSuchVersion for any version but `null`, the only one."""
    if version_id not in ("", "null"):
        raise AwsError(
            "NoSuchVersion",
            "The specified version does not exist; buckets of Trigpoint keep one version of an object.",
            404,
            {"VersionId": version_id},
        )


def _sendable(name: str, value: str) -> str:
    if any(character < " " or character == "\x7f" for character in value):
        raise AwsError(
            "InvalidArgument", f"{name} contains a control character", fields={"ArgumentName": name}
        )
    return value.encode().decode("latin-1")
