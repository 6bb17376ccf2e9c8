"""Files that a browser sends: what is there already is not sent again, and a large file goes on where it ended.

An unfinished file is a multipart upload of its key whose metadata names the file's size and time. So it goes on after a
reload, in another browser, or after a restart of the server, when the same file is chosen again.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from trigpoint.core.errors import Invalid
from trigpoint.objects.checksums import Digests
from trigpoint.objects.errors import ChecksumMismatch, NoSuchKey
from trigpoint.objects.model import ALWAYS, Bucket, NamedPart, ObjectInfo, Part, Upload, WriteCondition
from trigpoint.objects.names import check_key
from trigpoint.objects.object_store import MAX_PAGE, ObjectStore

PART_BYTES: Final = 8 << 20
"""Of a file's parts, and the most of a file that is sent whole."""
LARGEST_PART_BYTES: Final = 32 << 20
MOST_PARTS: Final = 10_000
MOST_COMPARED_BYTES: Final = 1 << 30
"""Of an object without a CRC32 that is read to compare it."""
_FILE: Final = "browser-file"
_ALGORITHM: Final = "CRC32"

Outcome = Literal["same", "compare", "exists", "whole", "parts"]


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that is to become an object. crc32: base64 of 4 bytes; "" if it is not known yet."""

    bucket: str
    key: str
    size_bytes: int
    modified_ms: int
    content_type: str = ""
    crc32: str = ""
    replaces: bool = False

    @property
    def mark(self) -> str:
        """What tells this file from others of its key."""
        return f"{self.size_bytes}-{self.modified_ms}"


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is to be done.

    same      nothing: the object has the same content
    compare   ask again with the file's CRC32: an object of the size is there
    exists    ask a person: an object with another content is there
    whole     send the file at once
    parts     send the parts that are not in `received`, each of `part_bytes`
    """

    outcome: Outcome
    upload_id: str = ""
    part_bytes: int = 0
    received: Sequence[int] = ()


class Receiving:
    """Takes files from browsers. Thread-safe.

    Decision: size and CRC32 decide whether contents are the same. Nearly all objects have a CRC32 already, and browsers can
    compute it fast on pages without HTTPS, too; the risk that two versions of one file agree in both is 1 in 4 billion.
    """

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def begin(self, file: SentFile) -> Beginning:
        """What is to be done for the file.

        Raises: NoSuchBucket; ReadOnlyBucket; KeyTooLong; Invalid: the file is too large.
        """
        check_key(file.key)
        bucket = self._objects.writable(file.bucket)
        there = self._there(file)
        if there is not None and there.size_bytes == file.size_bytes:
            if not file.crc32:
                return Beginning("compare")
            if self._crc32(there) == file.crc32:
                return Beginning("same")
        if there is not None and not file.replaces:
            return Beginning("exists")
        if file.size_bytes <= PART_BYTES:
            return Beginning("whole")
        return self._parts(bucket, file)

    def put_whole(self, file: SentFile, data: BinaryIO) -> None:
        """Writes the object. Raises: ConditionFailed: one appeared meanwhile. ChecksumMismatch."""
        self._objects.put(
            file.bucket,
            file.key,
            data,
            content_type=file.content_type or None,
            checksum_algorithms=[_ALGORITHM],
            verify=_expects(file.crc32),
            condition=_condition(file),
        )

    def put_part(self, file: SentFile, upload_id: str, number: int, data: BinaryIO) -> None:
        """Keeps a part, durably. Its `crc32` is that of the part. Raises: NoSuchUpload; ChecksumMismatch."""
        self._objects.upload_part(
            file.bucket,
            file.key,
            upload_id,
            number,
            data,
            checksum_algorithms=[_ALGORITHM],
            verify=_expects(file.crc32),
        )

    def complete(self, file: SentFile, upload_id: str) -> None:
        """Makes the parts the object.

        Raises: NoSuchUpload; ConditionFailed: an object appeared meanwhile. Invalid: parts are missing.
            ChecksumMismatch: the parts are not the file; the upload is ended, because it can never be complete.
        """
        parts = self._received(file, upload_id)
        size_bytes = sum(each.size_bytes for each in parts)
        if size_bytes != file.size_bytes:
            raise Invalid(
                f"{size_bytes} of {file.size_bytes} bytes of {file.key} have arrived; send the missing parts"
            )
        is_local = self._objects.bucket(file.bucket).is_local
        named = [NamedPart(each.part_number, each.etag, each.checksums) for each in parts]
        checksums = {_ALGORITHM: file.crc32} if is_local else {}
        try:
            self._objects.complete_upload(
                file.bucket, file.key, upload_id, named, checksums=checksums, condition=_condition(file)
            )
        except ChecksumMismatch:
            self._objects.abort_upload(file.bucket, file.key, upload_id)
            raise

    def _parts(self, bucket: Bucket, file: SentFile) -> Beginning:
        mebibytes = (
            -(-file.size_bytes // MOST_PARTS >> 20) if file.size_bytes > MOST_PARTS * PART_BYTES else 0
        )
        part_bytes = max(PART_BYTES, (mebibytes + 1) << 20 if mebibytes else 0)
        if part_bytes > LARGEST_PART_BYTES:
            raise Invalid(
                f"{file.key} has {file.size_bytes} bytes; a browser can send at most "
                f"{MOST_PARTS * LARGEST_PART_BYTES}. Use `aws s3 cp`"
            )
        found = self._unfinished(file)
        if found is not None:
            numbers = [each.part_number for each in self._received(file, found.id)]
            return Beginning("parts", found.id, part_bytes, numbers)
        made = self._objects.create_upload(
            file.bucket,
            file.key,
            content_type=file.content_type or None,
            metadata={_FILE: file.mark},
            # Not every other store knows checksums of whole objects.
            checksum_algorithm=_ALGORITHM if bucket.is_local else "",
            checksum_type="FULL_OBJECT" if bucket.is_local else "",
        )
        return Beginning("parts", made.id, part_bytes)

    def _unfinished(self, file: SentFile) -> Upload | None:
        """The upload of the same file that has not ended; of several the youngest."""
        page = self._objects.list_uploads(file.bucket, file.key)
        for each in reversed([one for one in page.uploads if one.key == file.key]):
            found = self._objects.find_upload(file.bucket, file.key, each.id)
            if found.attributes.metadata.get(_FILE) == file.mark:
                return found
        return None

    def _received(self, file: SentFile, upload_id: str) -> list[Part]:
        parts: list[Part] = []
        while True:
            after = parts[-1].part_number if parts else 0
            page = self._objects.list_parts(file.bucket, file.key, upload_id, after, MAX_PAGE)
            parts += page
            if len(page) < MAX_PAGE:
                return parts

    def _there(self, file: SentFile) -> ObjectInfo | None:
        try:
            return self._objects.head(file.bucket, file.key)
        except NoSuchKey:
            return None

    def _crc32(self, info: ObjectInfo) -> str:
        """The CRC32 of an object's bytes; "" if it would take too long to read them."""
        known = info.checksums.get(_ALGORITHM, "")
        if known and info.checksum_type == "FULL_OBJECT":
            return known
        if info.size_bytes > MOST_COMPARED_BYTES:
            return ""
        value = 0
        with self._objects.open(info.bucket, info.key) as file:
            while piece := file.read(1 << 20):
                value = zlib.crc32(piece, value)
        return base64.b64encode(value.to_bytes(4)).decode()


def _condition(file: SentFile) -> WriteCondition:
    return ALWAYS if file.replaces else WriteCondition(if_absent=True)


def _expects(crc32: str) -> Callable[[Digests], None]:
    def verify(digests: Digests) -> None:
        found = digests.checksums[_ALGORITHM]
        if found != crc32:
            raise ChecksumMismatch(
                f"the bytes that arrived have the CRC32 {found}, not {crc32}; send them again"
            )

    return verify
