"""S3's operations on objects: write, read, copy, delete, tag."""

from __future__ import annotations

from dataclasses import replace

from trigpoint.objects import ObjectInfo, ObjectStore
from trigpoint.services.s3_checksums import DEFAULT_ALGORITHM, AnnouncedDigests, known_algorithm
from trigpoint.services.s3_headers import (
    attributes_of,
    byte_range,
    check_copy_source,
    checked_tags,
    checksum_headers,
    copy_source,
    not_modified,
    object_headers,
    overridden,
    tags_of_header,
    write_condition,
)
from trigpoint.services.s3_http import S3Request, S3Response
from trigpoint.services.s3_paging import number
from trigpoint.services.s3_xml import (
    Content,
    malformed,
    quoted,
    read_document,
    required_text,
    timestamp,
    xml_response,
)
from trigpoint.wire.errors import AwsError

_MAX_DELETIONS = 1000
_NOT_MODIFIED_HEADERS = ("ETag", "Last-Modified", "Cache-Control", "Expires")


class ObjectOperations:
    """One method an operation."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def put_object(self, request: S3Request) -> S3Response:
        announced, attributes = AnnouncedDigests(request), attributes_of(request)
        info = self._objects.put(
            request.bucket,
            request.key,
            request.body,
            content_type=attributes.content_type,
            metadata=attributes.metadata,
            headers=attributes.headers,
            tags=attributes.tags,
            checksum_algorithms=[announced.algorithm or DEFAULT_ALGORITHM],
            verify=announced.verify,
            condition=write_condition(request),
        )
        return S3Response(200, {"ETag": quoted(info.etag), **checksum_headers(info)})

    def get_object(self, request: S3Request) -> S3Response:
        opened = self._objects.open_object(request.bucket, request.key)
        try:
            status, headers, start, length = _read_answer(request, opened.info)
        except BaseException:
            opened.file.close()
            raise
        if status == 304:
            opened.file.close()
            return S3Response(status, headers)
        return S3Response(status, headers, file=(opened.file, start, length))

    def head_object(self, request: S3Request) -> S3Response:
        info = self._objects.head(request.bucket, request.key)
        status, headers, _start, length = _read_answer(request, info)
        return S3Response(status, headers if status == 304 else {**headers, "Content-Length": str(length)})

    def delete_object(self, request: S3Request) -> S3Response:
        self._objects.delete(request.bucket, request.key)
        return S3Response(204)

    def delete_objects(self, request: S3Request) -> S3Response:
        root = read_document(request, "Delete")
        named = root.findall("Object")
        if not 1 <= len(named) <= _MAX_DELETIONS:
            raise malformed(f"a Delete names 1 to {_MAX_DELETIONS} objects, not {len(named)}")
        keys = [required_text(element, "Key") for element in named]
        self._objects.delete_many(request.bucket, keys)
        quiet = root.findtext("Quiet") == "true"
        return xml_response("DeleteResult", [] if quiet else [("Deleted", [("Key", key)]) for key in keys])

    def copy_object(self, request: S3Request) -> S3Response:
        bucket, key = copy_source(request)
        source = self._objects.head(bucket, key)
        check_copy_source(request, source)
        attributes = attributes_of(request)
        replaces = _directive(request, "x-amz-metadata-directive")
        if (bucket, key) == (request.bucket, request.key) and not replaces:
            raise AwsError(
                "InvalidRequest",
                "This copy request is illegal because it is trying to copy an object to itself without "
                "changing the object's metadata, storage class, website redirect location or encryption "
                "attributes.",
            )
        retagged = _directive(request, "x-amz-tagging-directive")
        tags = tags_of_header(request.headers) if retagged else source.tags
        asked = request.headers.get("x-amz-checksum-algorithm")
        algorithms = [known_algorithm(asked)] if asked else list(source.checksums) or [DEFAULT_ALGORITHM]
        info = self._objects.copy(
            bucket,
            key,
            request.bucket,
            request.key,
            attributes=replace(attributes if replaces else source.attributes, tags=tags),
            checksum_algorithms=algorithms,
            condition=write_condition(request),
        )
        return xml_response("CopyObjectResult", copy_result(info))

    def get_object_tagging(self, request: S3Request) -> S3Response:
        tags = self._objects.head(request.bucket, request.key).tags
        pairs: Content = [("Tag", [("Key", name), ("Value", value)]) for name, value in sorted(tags.items())]
        return xml_response("Tagging", [("TagSet", pairs)])

    def put_object_tagging(self, request: S3Request) -> S3Response:
        root = read_document(request, "Tagging")
        pairs = [
            (required_text(tag, "Key"), required_text(tag, "Value")) for tag in root.findall("TagSet/Tag")
        ]
        self._objects.set_tags(request.bucket, request.key, checked_tags(pairs))
        return S3Response(200)

    def delete_object_tagging(self, request: S3Request) -> S3Response:
        self._objects.set_tags(request.bucket, request.key, {})
        return S3Response(204)


def copy_result(info: ObjectInfo) -> Content:
    """What a copy answers about the object that it made."""
    checksums = [(f"Checksum{algorithm}", value) for algorithm, value in info.checksums.items()]
    return [("LastModified", timestamp(info.modified_at)), ("ETag", quoted(info.etag)), *checksums]


def _read_answer(request: S3Request, info: ObjectInfo) -> tuple[int, dict[str, str], int, int]:
    """(status, headers, first byte, length) of the answer to GET and HEAD."""
    if not_modified(request, info):
        headers = object_headers(info, with_checksums=False)
        return 304, {name: headers[name] for name in _NOT_MODIFIED_HEADERS if name in headers}, 0, 0
    wanted, counted = (
        _part_range(request, info) if "partNumber" in request.query else (byte_range(request, info), {})
    )
    start, length = (0, info.size_bytes) if wanted is None else wanted
    with_checksums = wanted is None and request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
    headers = object_headers(info, with_checksums=with_checksums) | overridden(request) | counted
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{info.size_bytes}"
    return 200 if wanted is None else 206, headers, start, length


def _part_range(request: S3Request, info: ObjectInfo) -> tuple[tuple[int, int] | None, dict[str, str]]:
    """(first byte, length) of the part that the query names, and the header that tells how many there are."""
    part_number = number(request.query, "partNumber", 1, lowest=1)
    sizes = info.part_sizes or [info.size_bytes]
    if part_number > len(sizes):
        raise AwsError(
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
            416,
            {"PartNumberRequested": str(part_number), "ActualPartCount": str(len(sizes))},
        )
    counted = {"x-amz-mp-parts-count": str(len(sizes))} if info.part_sizes else {}
    wanted = (sum(sizes[: part_number - 1]), sizes[part_number - 1])
    return (wanted if wanted[1] else None), counted


def _directive(request: S3Request, name: str) -> bool:
    """Whether a copy replaces what the directive is about."""
    directive = request.headers.get(name, "COPY").upper()
    if directive not in ("COPY", "REPLACE"):
        raise AwsError("InvalidArgument", f"{name} is {directive!r}; it must be COPY or REPLACE")
    return directive == "REPLACE"
