"""S3's operations on multipart uploads."""

from __future__ import annotations

from contextlib import closing
from urllib.parse import quote
from xml.etree import ElementTree

from trigpoint.objects import NamedPart, ObjectStore, Part, Upload
from trigpoint.objects.checksums import ALGORITHMS
from trigpoint.objects.files import SliceReader
from trigpoint.services.s3.bucket_settings import BucketSettings
from trigpoint.services.s3.checksums import AnnouncedDigests, checksums_in, known_algorithm
from trigpoint.services.s3.conditions import check_copy_source, write_condition
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.encryption import kept, shown
from trigpoint.services.s3.headers import attributes_of, copy_source
from trigpoint.services.s3.paging import MAX_PAGE, Spelling, common_prefixes, invalid_argument, number
from trigpoint.services.s3.xml import (
    Content,
    flag,
    malformed,
    quoted,
    read_document,
    required_text,
    timestamp,
    xml_response,
)
from trigpoint.wire.errors import AwsError

_FULL_OBJECT_ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME")
_MAX_PARTS = 10_000


class UploadOperations:
    """One method per operation."""

    def __init__(self, objects: ObjectStore, settings: BucketSettings) -> None:
        self._objects = objects
        self._settings = settings

    def create_multipart_upload(self, request: S3Request) -> S3Response:
        attributes = attributes_of(request, self._settings.default_encryption(request.bucket))
        algorithm, kind = _checksum_kind(request)
        upload = self._objects.create_upload(
            request.bucket,
            request.key,
            content_type=attributes.content_type,
            metadata=attributes.metadata,
            headers=attributes.headers,
            tags=attributes.tags,
            checksum_algorithm=algorithm,
            checksum_type=kind,
        )
        content: Content = [("Bucket", request.bucket), ("Key", request.key), ("UploadId", upload.id)]
        headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind} if algorithm else {}
        headers |= kept(attributes.headers)
        return xml_response("InitiateMultipartUploadResult", content, headers=headers)

    def upload_part(self, request: S3Request) -> S3Response:
        announced = AnnouncedDigests(request)
        part = self._objects.upload_part(
            request.bucket,
            request.key,
            request.query["uploadId"],
            _part_number(request),
            request.body,
            checksum_algorithms=[announced.algorithm] if announced.algorithm else [],
            verify=announced.verify,
        )
        checksums = {f"x-amz-checksum-{name.lower()}": value for name, value in part.checksums.items()}
        return S3Response(200, {"ETag": quoted(part.etag), **checksums})

    def upload_part_copy(self, request: S3Request) -> S3Response:
        source = self._objects.open_object(*copy_source(request))
        with closing(source.file):
            check_copy_source(request, source.info)
            start, length = _copied_range(request, source.info.size_bytes)
            part = self._objects.upload_part(
                request.bucket,
                request.key,
                request.query["uploadId"],
                _part_number(request),
                SliceReader(source.file, start, length),
            )
        checksums = [(f"Checksum{name}", value) for name, value in part.checksums.items()]
        content: Content = [
            ("LastModified", timestamp(part.modified_at)),
            ("ETag", quoted(part.etag)),
            *checksums,
        ]
        return xml_response("CopyPartResult", content)

    def list_parts(self, request: S3Request) -> S3Response:
        query, owner = request.query, request.context.account_id
        after, limit = (
            number(query, "part-number-marker", 0),
            min(number(query, "max-parts", MAX_PAGE), MAX_PAGE),
        )
        upload = self._objects.find_upload(request.bucket, request.key, query["uploadId"])
        parts = self._objects.list_parts(request.bucket, request.key, upload.id, after, limit + 1)
        page = parts[:limit]
        spelling = Spelling(query)
        content: list[tuple[str, Content]] = [
            ("Bucket", request.bucket),
            ("Key", spelling.key(request.key)),
            ("UploadId", upload.id),
            ("Initiator", [("ID", owner), ("DisplayName", owner)]),
            ("Owner", [("ID", owner), ("DisplayName", owner)]),
            ("StorageClass", "STANDARD"),
            ("PartNumberMarker", str(after)),
            ("NextPartNumberMarker", str(page[-1].part_number if page else 0)),
            ("MaxParts", str(limit)),
            ("IsTruncated", flag(len(parts) > limit)),
        ]
        if upload.checksum_algorithm:
            content += [
                ("ChecksumAlgorithm", upload.checksum_algorithm),
                ("ChecksumType", upload.checksum_type),
            ]
        return xml_response("ListPartsResult", content + [("Part", _part(part)) for part in page])

    def complete_multipart_upload(self, request: S3Request) -> S3Response:
        root = read_document(request, "CompleteMultipartUpload", verified=False)
        named = [_named_part(element) for element in root.findall("Part")]
        if not 1 <= len(named) <= _MAX_PARTS:
            raise malformed(f"a CompleteMultipartUpload names 1 to {_MAX_PARTS} parts, not {len(named)}")
        info = self._objects.complete_upload(
            request.bucket,
            request.key,
            request.query["uploadId"],
            named,
            checksums=checksums_in(request.headers),
            condition=write_condition(request),
        )
        checksums = [(f"Checksum{name}", value) for name, value in info.checksums.items()]
        content: list[tuple[str, Content]] = [
            ("Location", f"{request.context.base_url}/{quote(request.bucket)}/{quote(request.key)}"),
            ("Bucket", request.bucket),
            ("Key", request.key),
            ("ETag", quoted(info.etag)),
            *checksums,
        ]
        if checksums:
            content.append(("ChecksumType", info.checksum_type))
        return xml_response("CompleteMultipartUploadResult", content, headers=shown(info.headers))

    def abort_multipart_upload(self, request: S3Request) -> S3Response:
        self._objects.abort_upload(request.bucket, request.key, request.query["uploadId"])
        return S3Response(204)

    def list_multipart_uploads(self, request: S3Request) -> S3Response:
        query, spelling = request.query, Spelling(request.query)
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        key_marker, id_marker = query.get("key-marker", ""), query.get("upload-id-marker", "")
        limit = min(number(query, "max-uploads", MAX_PAGE), MAX_PAGE)
        page = self._objects.list_uploads(request.bucket, prefix, delimiter, key_marker, id_marker, limit)
        content: list[tuple[str, Content]] = [
            ("Bucket", request.bucket),
            ("KeyMarker", spelling.key(key_marker)),
            ("UploadIdMarker", id_marker),
            ("NextKeyMarker", spelling.key(page.next_key_marker)),
            ("NextUploadIdMarker", page.next_upload_id_marker),
            ("Prefix", spelling.key(prefix)),
            ("MaxUploads", str(limit)),
            ("IsTruncated", flag(page.is_truncated)),
            *spelling.element(),
        ]
        if delimiter:
            content.append(("Delimiter", spelling.key(delimiter)))
        owner = request.context.account_id
        content += [("Upload", _upload(upload, spelling, owner)) for upload in page.uploads]
        return xml_response(
            "ListMultipartUploadsResult", content + common_prefixes(page.common_prefixes, spelling)
        )


def _checksum_kind(request: S3Request) -> tuple[str, str]:
    """(algorithm, type) of the future object's checksum; both empty when the request names none."""
    asked, kind = (
        request.headers.get("x-amz-checksum-algorithm"),
        request.headers.get("x-amz-checksum-type", "").upper(),
    )
    if not asked:
        if kind:
            raise AwsError("InvalidRequest", "x-amz-checksum-type needs x-amz-checksum-algorithm too.")
        return "", ""
    algorithm = known_algorithm(asked)
    kind = kind or ("FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE")
    possible = ("FULL_OBJECT",) if algorithm == "CRC64NVME" else ("COMPOSITE", "FULL_OBJECT")
    if kind not in possible or (kind == "FULL_OBJECT" and algorithm not in _FULL_OBJECT_ALGORITHMS):
        raise AwsError(
            "InvalidRequest",
            f"The {kind} checksum type cannot be used with the {algorithm} checksum algorithm.",
        )
    return algorithm, kind


def _part_number(request: S3Request) -> int:
    text = request.query["partNumber"]
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 5 and 1 <= int(text) <= _MAX_PARTS):
        message = f"Part number must be an integer between 1 and {_MAX_PARTS}, inclusive"
        raise invalid_argument("partNumber", text, message)
    return int(text)


def _copied_range(request: S3Request, size_bytes: int) -> tuple[int, int]:
    """(first byte, length) of x-amz-copy-source-range, which unlike Range must be inside the object."""
    text = request.headers.get("x-amz-copy-source-range")
    if text is None:
        return 0, size_bytes
    first, _, last = text.removeprefix("bytes=").partition("-")
    if not (
        text.startswith("bytes=") and all(n.isascii() and n.isdigit() and len(n) <= 18 for n in (first, last))
    ):
        message = "The x-amz-copy-source-range value must be of the form bytes=first-last"
        raise invalid_argument("x-amz-copy-source-range", text, message)
    if not int(first) <= int(last) < size_bytes:
        raise AwsError(
            "InvalidRange",
            f"The specified copy range is not valid for source object of size: {size_bytes}",
            416,
            {"RangeRequested": text, "ActualObjectSize": str(size_bytes)},
        )
    return int(first), int(last) + 1 - int(first)


def _named_part(element: ElementTree.Element) -> NamedPart:
    part_number = required_text(element, "PartNumber")
    if not (part_number.isascii() and part_number.isdigit() and len(part_number) <= 9):
        raise malformed(f"the PartNumber {part_number!r} is not a whole number")
    found = {name: element.findtext(f"Checksum{name}") for name in ALGORITHMS}
    checksums = {name: value for name, value in found.items() if value is not None}
    return NamedPart(int(part_number), required_text(element, "ETag").strip('"'), checksums)


def _part(part: Part) -> Content:
    checksums = [(f"Checksum{name}", value) for name, value in part.checksums.items()]
    return [
        ("PartNumber", str(part.part_number)),
        ("LastModified", timestamp(part.modified_at)),
        ("ETag", quoted(part.etag)),
        ("Size", str(part.size_bytes)),
        *checksums,
    ]


def _upload(upload: Upload, spelling: Spelling, owner: str) -> Content:
    content: list[tuple[str, Content]] = [
        ("Key", spelling.key(upload.key)),
        ("UploadId", upload.id),
        ("Initiator", [("ID", owner), ("DisplayName", owner)]),
        ("Owner", [("ID", owner), ("DisplayName", owner)]),
        ("StorageClass", "STANDARD"),
        ("Initiated", timestamp(upload.initiated_at)),
    ]
    if upload.checksum_algorithm:
        content += [("ChecksumAlgorithm", upload.checksum_algorithm), ("ChecksumType", upload.checksum_type)]
    return content
