"""Multipart uploads to a bucket of another store: they are uploads there, with that store's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.objects.checksums import ALGORITHMS
from trigpoint.objects.errors import NoSuchKey, NoSuchUpload
from trigpoint.objects.model import (
    ALWAYS,
    Attributes,
    Bucket,
    Data,
    NamedPart,
    ObjectInfo,
    Part,
    Upload,
    UploadListing,
    Verify,
    WriteCondition,
    accept_all,
)
from trigpoint.objects.remote import RemoteBuckets
from trigpoint.objects.remote_translation import (
    attribute_parameters,
    checksum_parameters,
    condition_parameters,
)
from trigpoint.objects.uploads import MAX_PART_NUMBER


class RemoteUploads:
    """The unfinished uploads to the remote buckets."""

    def __init__(self, buckets: RemoteBuckets) -> None:
        self._buckets = buckets

    def create(
        self, bucket: Bucket, key: str, attributes: Attributes, checksum_algorithm: str, checksum_type: str
    ) -> Upload:
        """Begins an upload."""
        asked = attribute_parameters(attributes)
        if checksum_algorithm:
            asked |= {"ChecksumAlgorithm": checksum_algorithm, "ChecksumType": checksum_type}
        answer = self._buckets.call(bucket, "create_multipart_upload", key, **asked)
        return Upload(
            answer["UploadId"],
            bucket.name,
            key,
            attributes,
            checksum_algorithm,
            checksum_type,
            datetime.now(UTC),
        )

    def find(self, bucket: Bucket, key: str, upload_id: str) -> Upload:
        """The upload, without the attributes of its object, which the store does not list.

        Raises: NoSuchUpload.
        """
        answer = self._on_upload("list_parts", bucket, key, upload_id, MaxParts=1)
        return Upload(
            upload_id,
            bucket.name,
            key,
            Attributes(),
            answer.get("ChecksumAlgorithm", ""),
            answer.get("ChecksumType", ""),
            datetime.now(UTC),
        )

    def put_part(
        self,
        bucket: Bucket,
        key: str,
        upload_id: str,
        part_number: int,
        data: Data,
        algorithms: Sequence[str] = (),
        verify: Verify = accept_all,
    ) -> Part:
        """Sends a part to the store once it is complete and verified; one of the same number is replaced."""
        if not 1 <= part_number <= MAX_PART_NUMBER:
            raise Invalid(f"the part number is {part_number}; it must be between 1 and {MAX_PART_NUMBER}")
        with self._buckets.spooled(data, algorithms) as (file, digests):
            verify(digests)
            answer = self._on_upload(
                "upload_part",
                bucket,
                key,
                upload_id,
                PartNumber=part_number,
                Body=file,
                **checksum_parameters(digests.checksums),
            )
        etag = answer["ETag"].strip('"')
        return Part(part_number, digests.size_bytes, etag, digests.checksums, datetime.now(UTC))

    def parts(self, bucket: Bucket, key: str, upload_id: str, after: int, limit: int) -> Sequence[Part]:
        """The received parts with a number above `after`."""
        found: list[Part] = []
        while len(found) < limit:
            asked = min(1000, limit - len(found))
            answer = self._on_upload(
                "list_parts", bucket, key, upload_id, PartNumberMarker=after, MaxParts=asked
            )
            found += [_part(part) for part in answer.get("Parts", ())]
            if not answer.get("IsTruncated"):
                break
            after = int(answer["NextPartNumberMarker"])
        return found

    def complete(
        self,
        bucket: Bucket,
        key: str,
        upload_id: str,
        named: Sequence[NamedPart],
        announced: Mapping[str, str],
        condition: WriteCondition = ALWAYS,
    ) -> ObjectInfo:
        """Makes the named parts the object.

        Raises: NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, ConditionFailed.
        """
        if not named:
            raise Invalid("the list of parts is empty; name at least one part")
        parts = [
            {"PartNumber": part.part_number, "ETag": f'"{part.etag}"', **checksum_parameters(part.checksums)}
            for part in named
        ]
        self._on_upload(
            "complete_multipart_upload",
            bucket,
            key,
            upload_id,
            patient=True,
            MultipartUpload={"Parts": parts},
            **condition_parameters(condition),
            **checksum_parameters(announced),
        )
        return self._buckets.head(bucket, key)

    def abort(self, bucket: Bucket, key: str, upload_id: str) -> None:
        """Ends an upload without an object."""
        self._on_upload("abort_multipart_upload", bucket, key, upload_id)

    def list(
        self,
        bucket: Bucket,
        prefix: str,
        delimiter: str,
        key_marker: str,
        upload_id_marker: str,
        max_uploads: int,
    ) -> UploadListing:
        """One page of the unfinished uploads of that store's bucket, by any client."""
        assert bucket.remote is not None
        base = bucket.remote.prefix
        asked: dict[str, Any] = {"Prefix": base + prefix, "MaxUploads": max_uploads}
        asked |= {"Delimiter": delimiter} if delimiter else {}
        asked |= {"KeyMarker": base + key_marker} if key_marker else {}
        asked |= {"UploadIdMarker": upload_id_marker} if key_marker and upload_id_marker else {}
        answer = self._buckets.call(bucket, "list_multipart_uploads", **asked)
        truncated = bool(answer.get("IsTruncated"))
        return UploadListing(
            [_upload(bucket, base, found) for found in answer.get("Uploads", ())],
            [found["Prefix"].removeprefix(base) for found in answer.get("CommonPrefixes", ())],
            truncated,
            answer.get("NextKeyMarker", "").removeprefix(base) if truncated else "",
            answer.get("NextUploadIdMarker", "") if truncated else "",
        )

    def _on_upload(
        self, operation: str, bucket: Bucket, key: str, upload_id: str, **parameters: Any
    ) -> dict[str, Any]:
        try:
            return self._buckets.call(bucket, operation, key, UploadId=upload_id, **parameters)
        except NoSuchKey as problem:
            raise NoSuchUpload(problem.message) from None


def _part(part: Mapping[str, Any]) -> Part:
    checksums = {name: part[f"Checksum{name}"] for name in ALGORITHMS if f"Checksum{name}" in part}
    modified_at = part["LastModified"].astimezone(UTC)
    return Part(int(part["PartNumber"]), int(part["Size"]), part["ETag"].strip('"'), checksums, modified_at)


def _upload(bucket: Bucket, base: str, found: Mapping[str, Any]) -> Upload:
    return Upload(
        found["UploadId"],
        bucket.name,
        found["Key"].removeprefix(base),
        Attributes(),
        found.get("ChecksumAlgorithm", ""),
        found.get("ChecksumType", ""),
        found["Initiated"].astimezone(UTC),
    )
