"""The contract of a bucket's backend, which local, linked and remote buckets fulfil.

All methods take the bucket's record, so that one backend serves all buckets of its kind.
`assert_object_backend_contract` (tests/helpers/objects.py) says the contract in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO, Protocol

from trigpoint.objects.model import (
    ALWAYS,
    Attributes,
    Bucket,
    Data,
    Listing,
    NamedPart,
    ObjectInfo,
    OpenObject,
    Part,
    Upload,
    UploadListing,
    Verify,
    WriteCondition,
    accept_all,
)


class ReadableBackend(Protocol):
    """Buckets whose objects can be read and listed."""

    def head(self, bucket: Bucket, key: str) -> ObjectInfo:
        """What is known of the object. Raises NoSuchKey."""

    def open(self, bucket: Bucket, key: str) -> OpenObject:
        """The object and its bytes. Raises NoSuchKey."""

    def open_bytes(self, bucket: Bucket, key: str) -> BinaryIO:
        """Only the object's bytes, as a seekable file, at the least cost. Raises NoSuchKey."""

    def list(self, bucket: Bucket, prefix: str, delimiter: str, start_after: str, max_keys: int) -> Listing:
        """One page."""


class Backend(ReadableBackend, Protocol):
    """Buckets that can be written to as well."""

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
        """Writes an object as a whole; when it raises, nothing has changed."""

    def delete(self, bucket: Bucket, keys: Iterable[str]) -> None:
        """Removes the existing objects among `keys`."""

    def set_tags(self, bucket: Bucket, key: str, tags: dict[str, str]) -> None:
        """Replaces the object's tags. Raises NoSuchKey."""


class Uploads(Protocol):
    """Multipart uploads to the buckets of one kind."""

    def create(
        self, bucket: Bucket, key: str, attributes: Attributes, checksum_algorithm: str, checksum_type: str
    ) -> Upload:
        """Begins an upload."""

    def find(self, bucket: Bucket, key: str, upload_id: str) -> Upload:
        """The upload. Raises NoSuchUpload."""

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
        """Receives a part; one of the same number is replaced."""

    def parts(self, bucket: Bucket, key: str, upload_id: str, after: int, limit: int) -> Sequence[Part]:
        """The received parts with a number above `after`. Raises NoSuchUpload."""

    def complete(
        self,
        bucket: Bucket,
        key: str,
        upload_id: str,
        named: Sequence[NamedPart],
        announced: Mapping[str, str],
        condition: WriteCondition = ALWAYS,
    ) -> ObjectInfo:
        """Makes the named parts, in their order, the object."""

    def abort(self, bucket: Bucket, key: str, upload_id: str) -> None:
        """Ends an upload without an object."""

    def list(
        self,
        bucket: Bucket,
        prefix: str,
        delimiter: str,
        key_marker: str,
        upload_id_marker: str,
        max_uploads: int,
    ) -> UploadListing:
        """One page of unfinished uploads after the markers."""
