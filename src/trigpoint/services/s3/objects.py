"""S3's operations on objects: write, read, copy, delete, tag."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from trigpoint.core.errors import Conflict, Invalid
from trigpoint.objects import Attributes, ObjectInfo, ObjectStore
from trigpoint.objects.errors import ConditionFailed, KeyTooLong
from trigpoint.objects.model import DeleteCondition
from trigpoint.objects.names import check_key
from trigpoint.objects.ranged_file import begin
from trigpoint.services.s3.bucket_settings import BucketSettings
from trigpoint.services.s3.checksums import DEFAULT_ALGORITHM, AnnouncedDigests, known_algorithm
from trigpoint.services.s3.conditions import (
    check_copy_source,
    delete_condition,
    deletion,
    not_modified,
    write_condition,
)
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.encryption import HEADERS as ENCRYPTION_HEADERS
from trigpoint.services.s3.encryption import kept
from trigpoint.services.s3.headers import (
    attributes_of,
    byte_range,
    check_version,
    checksum_headers,
    copy_source,
    object_headers,
    overridden,
)
from trigpoint.services.s3.paging import number
from trigpoint.services.s3.scope import check_deletions
from trigpoint.services.s3.tags import checked_tags, tags_of_header
from trigpoint.services.s3.xml import (
    Content,
    malformed,
    quoted,
    read_document,
    read_tags,
    required_text,
    tag_set,
    timestamp,
    xml_response,
)
from trigpoint.wire.errors import AwsError

_MAX_DELETIONS = 1000
_MAX_RACES = 10
_NOT_MODIFIED_HEADERS = ("ETag", "Last-Modified", "Cache-Control", "Expires")


class ObjectOperations:
    """One method per operation."""

    def __init__(self, objects: ObjectStore, settings: BucketSettings) -> None:
        self._objects = objects
        self._settings = settings

    def put_object(self, request: S3Request) -> S3Response:
        announced = AnnouncedDigests(request)
        attributes = attributes_of(request, self._settings.default_encryption(request.bucket))
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
        encryption = kept(attributes.headers)
        return S3Response(200, {"ETag": quoted(info.etag), **checksum_headers(info), **encryption})

    def get_object(self, request: S3Request) -> S3Response:
        """Repeated when an object of another store is overwritten between its description and its reading."""
        for _ in range(_MAX_RACES):
            with suppress(Conflict):
                return self._get_object(request)
        return self._get_object(request)

    def _get_object(self, request: S3Request) -> S3Response:
        opened = self._objects.open_object(request.bucket, request.key)
        try:
            status, headers, start, length = _read_answer(request, opened.info)
            if status != 304:
                begin(opened.file, start, length)
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
        condition = delete_condition(request)
        if condition is None:
            self._objects.delete(request.bucket, request.key)
        else:
            self._objects.delete_if(request.bucket, request.key, condition)
        return S3Response(204)

    def delete_objects(self, request: S3Request) -> S3Response:
        """Decision: objects without a condition are deleted together; each of the others by itself."""
        root = read_document(request, "Delete")
        named = root.findall("Object")
        if not 1 <= len(named) <= _MAX_DELETIONS:
            raise malformed(f"a Delete names 1 to {_MAX_DELETIONS} objects, not {len(named)}")
        asked = [_deletion(element) for element in named]
        check_deletions(request, [one.key for one in asked])
        self._objects.bucket(request.bucket)
        problems = {id(one): problem for one in asked if (problem := _impossible(one)) is not None}
        possible = [one for one in asked if id(one) not in problems]
        free = [one.key for one in possible if one.condition is None]
        if free:
            self._objects.delete_many(request.bucket, free)
        for one in possible:
            if one.condition is not None:
                try:
                    self._objects.delete_if(request.bucket, one.key, one.condition)
                except ConditionFailed as failed:
                    problems[id(one)] = ("PreconditionFailed", failed.message)
        quiet = root.findtext("Quiet") == "true"
        answers: list[tuple[str, Content]] = [
            ("Deleted", one.named()) for one in asked if not quiet and id(one) not in problems
        ]
        answers += [
            ("Error", [*one.named(), ("Code", problems[id(one)][0]), ("Message", problems[id(one)][1])])
            for one in asked
            if id(one) in problems
        ]
        return xml_response("DeleteResult", answers)

    def copy_object(self, request: S3Request) -> S3Response:
        bucket, key = copy_source(request)
        source = self._objects.head(bucket, key)
        check_copy_source(request, source)
        attributes = attributes_of(request, self._settings.default_encryption(request.bucket))
        encryption = kept(attributes.headers)
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
            attributes=replace(attributes if replaces else _reencrypted(source, encryption), tags=tags),
            checksum_algorithms=algorithms,
            condition=write_condition(request),
        )
        return xml_response("CopyObjectResult", copy_result(info), headers=encryption)

    def get_object_tagging(self, request: S3Request) -> S3Response:
        tags = self._objects.head(request.bucket, request.key).tags
        return xml_response("Tagging", [("TagSet", tag_set(tags))])

    def put_object_tagging(self, request: S3Request) -> S3Response:
        self._objects.set_tags(request.bucket, request.key, checked_tags(read_tags(request)))
        return S3Response(200)

    def delete_object_tagging(self, request: S3Request) -> S3Response:
        self._objects.set_tags(request.bucket, request.key, {})
        return S3Response(204)


@dataclass(frozen=True, slots=True, eq=False)
class _Deletion:
    """One object that a DeleteObjects names."""

    key: str
    version_id: str
    condition: DeleteCondition | None

    def named(self) -> list[tuple[str, Content]]:
        version: list[tuple[str, Content]] = [("VersionId", self.version_id)] if self.version_id else []
        return [("Key", self.key), *version]


def _deletion(element: ElementTree.Element) -> _Deletion:
    etag, at, size = (element.findtext(name) for name in ("ETag", "LastModifiedTime", "Size"))
    condition = None if etag is at is size is None else deletion(etag, at, size)
    return _Deletion(required_text(element, "Key"), element.findtext("VersionId") or "", condition)


def _impossible(one: _Deletion) -> tuple[str, str] | None:
    """(code, message) of the reason why this deletion is impossible."""
    try:
        check_version(one.version_id)
        check_key(one.key)
    except AwsError as problem:
        return problem.code, problem.message
    except Invalid as problem:
        return "KeyTooLongError" if isinstance(problem, KeyTooLong) else "InvalidArgument", problem.message
    return None


def copy_result(info: ObjectInfo) -> Content:
    """The answer of a copy about its new object."""
    checksums = [(f"Checksum{algorithm}", value) for algorithm, value in info.checksums.items()]
    return [("LastModified", timestamp(info.modified_at)), ("ETag", quoted(info.etag)), *checksums]


def _reencrypted(source: ObjectInfo, encryption: Mapping[str, str]) -> Attributes:
    """The source's attributes with the copy's own encryption, as S3 copies nothing of the source's."""
    headers = {name: value for name, value in source.headers.items() if name not in ENCRYPTION_HEADERS}
    return replace(source.attributes, headers=headers | dict(encryption))


def _read_answer(request: S3Request, info: ObjectInfo) -> tuple[int, dict[str, str], int, int]:
    """(status, headers, first byte, length) of the answer to GET and HEAD."""
    if not_modified(request, info):
        headers = object_headers(info, with_checksums=False)
        return 304, {name: headers[name] for name in _NOT_MODIFIED_HEADERS if name in headers}, 0, 0
    wanted, counted = (
        _part_range(request, info) if "partNumber" in request.query else (byte_range(request, info), {})
    )
    start, length = (0, info.size_bytes) if wanted is None else wanted
    asked = request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"
    with_checksums = asked and wanted is None
    if asked and wanted is not None:
        counted |= _part_checksum(request, info)
    headers = object_headers(info, with_checksums=with_checksums) | overridden(request) | counted
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{info.size_bytes}"
    return 200 if wanted is None else 206, headers, start, length


def _part_checksum(request: S3Request, info: ObjectInfo) -> dict[str, str]:
    """The headers of the checksum of the part that the query names: the part's own, not the object's."""
    part_number = number(request.query, "partNumber", 0)
    found = info.part_checksums[part_number - 1 : part_number] if part_number else ()
    if not found or not found[0]:
        return {}
    checksums = {f"x-amz-checksum-{algorithm.lower()}": found[0] for algorithm in info.checksums}
    return {**checksums, "x-amz-checksum-type": info.checksum_type}


def _part_range(request: S3Request, info: ObjectInfo) -> tuple[tuple[int, int] | None, dict[str, str]]:
    """(first byte, length) of the part that the query names, and the header with the number of parts."""
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
    """Whether a copy replaces what the directive names."""
    directive = request.headers.get(name, "COPY").upper()
    if directive not in ("COPY", "REPLACE"):
        raise AwsError("InvalidArgument", f"{name} is {directive!r}; it must be COPY or REPLACE")
    return directive == "REPLACE"
