"""S3's listings, read and written page by page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from trigpoint.objects import ObjectInfo, ObjectStore
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.xml import Content, flag, quoted, timestamp, xml_response
from trigpoint.wire.errors import AwsError

MAX_PAGE = 1000
ONLY_VERSION = "null"
"""The id of the one version that an object has in a bucket without versioning."""
_MAX_NUMBER = 2**31 - 1


class Spelling:
    """Writes keys for an answer: unchanged, or percent-encoded when the request asks for it."""

    def __init__(self, query: Mapping[str, str]) -> None:
        asked = query.get("encoding-type", "")
        if asked not in ("", "url"):
            raise invalid_argument("encoding-type", asked, "Invalid Encoding Method specified in Request")
        self._encoded = asked == "url"

    def key(self, text: str) -> str:
        return quote(text, safe="/") if self._encoded else text

    def element(self) -> list[tuple[str, Content]]:
        return [("EncodingType", "url")] if self._encoded else []


class ListingOperations:
    """Objects of a bucket, in both versions of the listing."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def list_objects(self, request: S3Request) -> S3Response:
        """Version 1: continued after a key."""
        query, spelling = request.query, Spelling(request.query)
        prefix, delimiter, marker = (query.get(name, "") for name in ("prefix", "delimiter", "marker"))
        max_keys = number(query, "max-keys", MAX_PAGE)
        page = self._objects.list(request.bucket, prefix, delimiter, marker, max_keys)
        content: list[tuple[str, Content]] = [
            ("Name", request.bucket),
            ("Prefix", spelling.key(prefix)),
            ("Marker", spelling.key(marker)),
        ]
        if page.is_truncated and delimiter:
            content.append(("NextMarker", spelling.key(page.next_marker)))
        content += [
            ("MaxKeys", str(min(max_keys, MAX_PAGE))),
            *_delimiter(spelling, delimiter),
            *spelling.element(),
        ]
        content.append(("IsTruncated", flag(page.is_truncated)))
        owner = request.context.account_id
        content += [("Contents", _contents(info, spelling, owner)) for info in page.objects]
        content += common_prefixes(page.common_prefixes, spelling)
        return xml_response("ListBucketResult", content)

    def list_objects_v2(self, request: S3Request) -> S3Response:
        """Version 2: continued by a token that is opaque to the client."""
        query, spelling = request.query, Spelling(request.query)
        if query["list-type"] != "2":
            raise invalid_argument("list-type", query["list-type"], "Invalid List Type specified in Request")
        prefix, delimiter, start_after = (
            query.get(name, "") for name in ("prefix", "delimiter", "start-after")
        )
        token = query.get("continuation-token")
        max_keys = number(query, "max-keys", MAX_PAGE)
        marker = start_after if token is None else _marker(token)
        page = self._objects.list(request.bucket, prefix, delimiter, marker, max_keys)
        content: list[tuple[str, Content]] = [("Name", request.bucket), ("Prefix", spelling.key(prefix))]
        if start_after:
            content.append(("StartAfter", spelling.key(start_after)))
        if token is not None:
            content.append(("ContinuationToken", token))
        if page.is_truncated:
            content.append(("NextContinuationToken", _token(page.next_marker)))
        content.append(("KeyCount", str(len(page.objects) + len(page.common_prefixes))))
        content += [
            ("MaxKeys", str(min(max_keys, MAX_PAGE))),
            *_delimiter(spelling, delimiter),
            *spelling.element(),
        ]
        content.append(("IsTruncated", flag(page.is_truncated)))
        owner = request.context.account_id if query.get("fetch-owner") == "true" else ""
        content += [("Contents", _contents(info, spelling, owner)) for info in page.objects]
        content += common_prefixes(page.common_prefixes, spelling)
        return xml_response("ListBucketResult", content)

    def list_object_versions(self, request: S3Request) -> S3Response:
        """Each object as its only version, whose id is `null`, as S3 lists a bucket without versioning."""
        query, spelling = request.query, Spelling(request.query)
        prefix, delimiter, marker = (query.get(name, "") for name in ("prefix", "delimiter", "key-marker"))
        version_marker = query.get("version-id-marker", "")
        check_version_marker(marker, version_marker)
        max_keys = number(query, "max-keys", MAX_PAGE)
        page = self._objects.list(request.bucket, prefix, delimiter, marker, max_keys)
        content: list[tuple[str, Content]] = [
            ("Name", request.bucket),
            ("Prefix", spelling.key(prefix)),
            ("KeyMarker", spelling.key(marker)),
            ("VersionIdMarker", version_marker),
        ]
        if page.is_truncated:
            content.append(("NextKeyMarker", spelling.key(page.next_marker)))
            if page.objects and page.objects[-1].key == page.next_marker:
                content.append(("NextVersionIdMarker", ONLY_VERSION))
        content += [
            ("MaxKeys", str(min(max_keys, MAX_PAGE))),
            *_delimiter(spelling, delimiter),
            *spelling.element(),
        ]
        content.append(("IsTruncated", flag(page.is_truncated)))
        owner = request.context.account_id
        content += [
            (
                "Version",
                [*_contents(info, spelling, owner), ("VersionId", ONLY_VERSION), ("IsLatest", "true")],
            )
            for info in page.objects
        ]
        content += common_prefixes(page.common_prefixes, spelling)
        return xml_response("ListVersionsResult", content)


def number(query: Mapping[str, str], name: str, default: int, lowest: int = 0) -> int:
    """A number of the query.

    Raises: AwsError: InvalidArgument, when it is not a number or out of bounds.
    """
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.removeprefix("-").isdigit()) or len(text) > 18:
        raise invalid_argument(name, text, f"Provided {name} not an integer or within integer range")
    if not lowest <= int(text) <= _MAX_NUMBER:
        raise invalid_argument(
            name, text, f"Argument {name} must be an integer between {lowest} and {_MAX_NUMBER}"
        )
    return int(text)


def invalid_argument(name: str, value: str, message: str) -> AwsError:
    return AwsError("InvalidArgument", message, fields={"ArgumentName": name, "ArgumentValue": value})


def check_version_marker(marker: str, version_marker: str) -> None:
    """Raises InvalidArgument when the page cannot begin after such a version."""
    if version_marker and not marker:
        message = "A version-id marker cannot be specified without a key marker."
        raise invalid_argument("version-id-marker", version_marker, message)
    if version_marker not in ("", ONLY_VERSION):
        raise invalid_argument("version-id-marker", version_marker, "Invalid version id specified")


def _contents(info: ObjectInfo, spelling: Spelling, owner: str) -> list[tuple[str, Content]]:
    content: list[tuple[str, Content]] = [
        ("Key", spelling.key(info.key)),
        ("LastModified", timestamp(info.modified_at)),
        ("ETag", quoted(info.etag)),
    ]
    content += [("ChecksumAlgorithm", algorithm) for algorithm in info.checksums]
    if info.checksums:
        content.append(("ChecksumType", info.checksum_type))
    content.append(("Size", str(info.size_bytes)))
    if owner:
        content.append(("Owner", [("ID", owner), ("DisplayName", owner)]))
    return [*content, ("StorageClass", "STANDARD")]


def _delimiter(spelling: Spelling, delimiter: str) -> list[tuple[str, Content]]:
    return [("Delimiter", spelling.key(delimiter))] if delimiter else []


def common_prefixes(prefixes: Iterable[str], spelling: Spelling) -> list[tuple[str, Content]]:
    """The elements of a listing's common prefixes."""
    return [("CommonPrefixes", [("Prefix", spelling.key(prefix))]) for prefix in prefixes]


def _token(marker: str) -> str:
    return base64.urlsafe_b64encode(marker.encode()).decode()


def _marker(token: str) -> str:
    try:
        return base64.b64decode(token.encode("ascii"), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_argument(
            "continuation-token", token, "The continuation token provided is incorrect"
        ) from None
