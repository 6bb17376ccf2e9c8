"""GetObjectAttributes: what is known of an object, without its bytes."""

from __future__ import annotations

from trigpoint.objects import ObjectInfo, ObjectStore
from trigpoint.services.s3.contract import S3Request, S3Response
from trigpoint.services.s3.headers import http_date
from trigpoint.services.s3.paging import MAX_PAGE, invalid_argument, number
from trigpoint.services.s3.xml import Content, flag, xml_response

_NAMES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
_HEADER = "x-amz-object-attributes"


class AttributeOperations:
    """One method per operation."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def get_object_attributes(self, request: S3Request) -> S3Response:
        wanted = _wanted(request)
        info = self._objects.head(request.bucket, request.key)
        content = [(name, part) for name in _NAMES if name in wanted and (part := _part(name, request, info))]
        headers = {"Last-Modified": http_date(info.modified_at)}
        return xml_response("GetObjectAttributesResponse", content, headers=headers)


def _wanted(request: S3Request) -> set[str]:
    names = {name.strip() for name in request.headers.get(_HEADER, "").split(",")} - {""}
    if not names or not names <= set(_NAMES):
        unknown = ", ".join(sorted(names - set(_NAMES)))
        message = f"Invalid attribute name specified: {_HEADER} must name some of {', '.join(_NAMES)}."
        raise invalid_argument(_HEADER, unknown, message)
    return names


def _part(name: str, request: S3Request, info: ObjectInfo) -> Content:
    match name:
        case "ETag":
            return info.etag
        case "Checksum":
            return _checksums(info)
        case "ObjectParts":
            return _parts(request, info) if info.part_sizes else []
        case "StorageClass":
            return "STANDARD"
        case _:
            return str(info.size_bytes)


def _checksums(info: ObjectInfo) -> list[tuple[str, Content]]:
    found: list[tuple[str, Content]] = [
        (f"Checksum{algorithm}", value) for algorithm, value in info.checksums.items()
    ]
    return [*found, ("ChecksumType", info.checksum_type)] if found else []


def _parts(request: S3Request, info: ObjectInfo) -> Content:
    """The parts after the marker.

    Decision: they are listed with their sizes whatever the checksum; S3 does so only for objects with a
        composite one.
    """
    after = number(request.headers, "x-amz-part-number-marker", 0)
    limit = min(number(request.headers, "x-amz-max-parts", MAX_PAGE), MAX_PAGE)
    sizes = list(enumerate(info.part_sizes, 1))[after : after + limit]
    last = sizes[-1][0] if sizes else after
    return [
        ("PartsCount", str(len(info.part_sizes))),
        ("PartNumberMarker", str(after)),
        ("NextPartNumberMarker", str(last)),
        ("MaxParts", str(limit)),
        ("IsTruncated", flag(last < len(info.part_sizes) and bool(sizes))),
        *(
            (
                "Part",
                [("PartNumber", str(part_number)), *_part_checksum(info, part_number), ("Size", str(size))],
            )
            for part_number, size in sizes
        ),
    ]


def _part_checksum(info: ObjectInfo, part_number: int) -> list[tuple[str, Content]]:
    if len(info.part_checksums) < part_number or not info.part_checksums[part_number - 1]:
        return []
    return [(f"Checksum{algorithm}", info.part_checksums[part_number - 1]) for algorithm in info.checksums]
