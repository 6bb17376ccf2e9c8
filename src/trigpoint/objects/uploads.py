"""Multipart uploads to local buckets: parts arrive in any order and become one object.

Parts are files in the upload's folder; the database says which file is which part. Completing an upload writes them
one after the other into one file, which becomes the object in the transaction that ends the upload.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Invalid
from trigpoint.core.ids import new_id
from trigpoint.db import Connection, Database
from trigpoint.objects import layout, placing, staging
from trigpoint.objects.checksums import Digests
from trigpoint.objects.completion import check_announced, checksums_of, chosen_parts
from trigpoint.objects.errors import (
    ConditionFailed,
    InvalidPart,
    NoSuchUpload,
)
from trigpoint.objects.local import LocalBuckets
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
from trigpoint.objects.names import check_key, common_prefix
from trigpoint.objects.staging import StagedFile
from trigpoint.objects.store import object_rows, upload_rows
from trigpoint.objects.store.upload_rows import StoredPart

MAX_PART_NUMBER = 10_000
_MAX_RACES = 20


class LocalUploads:
    """The unfinished uploads to the local buckets."""

    def __init__(self, database: Database, buckets: LocalBuckets, clock: Clock) -> None:
        self._database = database
        self._buckets = buckets
        self._clock = clock

    def create(
        self, bucket: Bucket, key: str, attributes: Attributes, checksum_algorithm: str, checksum_type: str
    ) -> Upload:
        """Begins an upload."""
        check_key(key)
        upload = Upload(
            new_id(), bucket.name, key, attributes, checksum_algorithm, checksum_type, self._clock.now()
        )
        with self._database.write() as connection:
            upload_rows.add_upload(connection, upload)
        return upload

    def find(self, bucket: Bucket, key: str, upload_id: str) -> Upload:
        """The upload.

        Raises: NoSuchUpload: it was never started, or is completed or aborted.
        """
        with self._database.read() as connection:
            found = upload_rows.find_upload(connection, bucket.name, key, upload_id)
            return _found(found, bucket.name, key, upload_id)

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
        if not 1 <= part_number <= MAX_PART_NUMBER:
            raise Invalid(f"the part number is {part_number}; it must be between 1 and {MAX_PART_NUMBER}")
        upload = self.find(bucket, key, upload_id)
        folder = self._folder(upload)
        if upload.checksum_algorithm:
            algorithms = [*{upload.checksum_algorithm, *algorithms}]
        with staging.stage(
            layout.staging_folder(self._buckets.folder(upload.bucket)), data, algorithms
        ) as staged:
            verify(staged.digests)
            part = _part(part_number, staged.digests, self._clock)
            stored = StoredPart(part, f"{part_number}-{staged.path.name}")
            with self._database.write() as connection:
                self._still_there(connection, upload)
                placing.install(staged.path, folder.parent, f"{upload.id}/{stored.file_name}", None)
                replaced = upload_rows.put_part(connection, upload.id, stored)
        if replaced is not None:
            (folder / replaced).unlink(missing_ok=True)
        return part

    def parts(
        self, bucket: Bucket, key: str, upload_id: str, after: int = 0, limit: int = 1000
    ) -> Sequence[Part]:
        """The received parts with a number above `after`."""
        with self._database.read() as connection:
            _found(
                upload_rows.find_upload(connection, bucket.name, key, upload_id), bucket.name, key, upload_id
            )
            return [stored.part for stored in upload_rows.parts_of(connection, upload_id, after, limit)]

    def complete(
        self,
        bucket: Bucket,
        key: str,
        upload_id: str,
        named: Sequence[NamedPart],
        announced: Mapping[str, str],
        condition: WriteCondition = ALWAYS,
    ) -> ObjectInfo:
        """Makes the named parts, in their order, the object. A repeated or concurrent call gets the
        same answer while the object is the one that this upload made.

        Raises: NoSuchUpload, InvalidPart, InvalidPartOrder, EntityTooSmall, ConditionFailed.
        """
        try:
            return self._complete(bucket, key, upload_id, named, announced, condition)
        except (NoSuchUpload, ConditionFailed):  # the other of two may have made the object
            with self._database.read() as connection:
                present = object_rows.find_object(connection, bucket.name, key)
            if present is None or present.upload_id != upload_id:
                raise
            return present.info

    def _complete(
        self,
        bucket: Bucket,
        key: str,
        upload_id: str,
        named: Sequence[NamedPart],
        announced: Mapping[str, str],
        condition: WriteCondition,
    ) -> ObjectInfo:
        upload, chosen, whole = self._put_together(bucket, key, upload_id, named)
        with whole:
            info = self._described(upload, chosen, whole.digests)
            check_announced(info, announced)
            info = self._buckets.commit(
                whole,
                info,
                condition,
                upload_id=upload.id,
                also=lambda connection: self._end(connection, upload, chosen),
            )
        shutil.rmtree(self._folder(upload), ignore_errors=True)
        return info

    def _put_together(
        self, bucket: Bucket, key: str, upload_id: str, named: Sequence[NamedPart]
    ) -> tuple[Upload, list[StoredPart], StagedFile]:
        """The upload, the parts that were named, and their bytes in one staged file."""
        folder = layout.staging_folder(self._buckets.folder(bucket.name))
        for _ in range(_MAX_RACES):
            with self._database.read() as connection:
                found = upload_rows.find_upload(connection, bucket.name, key, upload_id)
                upload = _found(found, bucket.name, key, upload_id)
                received = upload_rows.parts_of(connection, upload_id)
            chosen = chosen_parts(upload, {stored.part.part_number: stored for stored in received}, named)
            paths = [self._folder(upload) / stored.file_name for stored in chosen]
            # A part that is uploaded again meanwhile replaces its file.
            with contextlib.suppress(FileNotFoundError):
                if upload.checksum_type == "FULL_OBJECT":
                    return upload, chosen, staging.stage(folder, _pieces(paths), [upload.checksum_algorithm])
                return upload, chosen, staging.stage_concatenated(folder, paths)
        raise InvalidPart(
            f"parts of upload {upload_id} are being replaced again and again; complete it later"
        )

    def abort(self, bucket: Bucket, key: str, upload_id: str) -> None:
        """Ends an upload without an object and removes its parts."""
        with self._database.write() as connection:
            found = upload_rows.find_upload(connection, bucket.name, key, upload_id, to_change=True)
            upload = _found(found, bucket.name, key, upload_id)
            upload_rows.remove_upload(connection, upload_id)
        shutil.rmtree(self._folder(upload), ignore_errors=True)

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
        uploads: list[Upload] = []
        prefixes: list[str] = []
        last = (key_marker, upload_id_marker or "~" if key_marker else "")
        with self._database.read() as connection:
            while page := upload_rows.scan_uploads(connection, bucket.name, prefix, last, 1000):
                for upload in page:
                    rolled = common_prefix(upload.key, prefix, delimiter)
                    if rolled is not None and (rolled == key_marker or rolled in prefixes[-1:]):
                        last = (upload.key, upload.id)
                        continue
                    if len(uploads) + len(prefixes) >= max_uploads:
                        return UploadListing(uploads, prefixes, True, *_markers(uploads, prefixes))
                    if rolled is None:
                        uploads.append(upload)
                    else:
                        prefixes.append(rolled)
                    last = (upload.key, upload.id)
        return UploadListing(uploads, prefixes, False, "", "")

    def remove_leftovers(self, bucket: str) -> None:
        """Removes the parts of uploads whose end was interrupted by a kill."""
        folder = layout.uploads_folder(self._buckets.folder(bucket))
        present = {path.name for path in folder.iterdir()} if folder.exists() else set()
        with self._database.read() as connection:
            known = upload_rows.upload_ids(connection, bucket)
        for upload_id in present - known:
            shutil.rmtree(folder / upload_id, ignore_errors=True)

    def _folder(self, upload: Upload) -> Path:
        return layout.upload_folder(self._buckets.folder(upload.bucket), upload.id)

    def _still_there(self, connection: Connection, upload: Upload) -> None:
        found = upload_rows.find_upload(connection, upload.bucket, upload.key, upload.id, to_change=True)
        _found(found, upload.bucket, upload.key, upload.id)

    def _end(self, connection: Connection, upload: Upload, chosen: Sequence[StoredPart]) -> None:
        self._still_there(connection, upload)
        present = {
            stored.part.part_number: stored.part for stored in upload_rows.parts_of(connection, upload.id)
        }
        for stored in chosen:
            now = present.get(stored.part.part_number)
            if now is None or (now.etag, now.size_bytes) != (stored.part.etag, stored.part.size_bytes):
                raise InvalidPart(
                    f"part {stored.part.part_number} was replaced while the upload was being completed"
                )
        upload_rows.remove_upload(connection, upload.id)

    def _described(self, upload: Upload, chosen: Sequence[StoredPart], whole: Digests) -> ObjectInfo:
        md5s = hashlib.md5(usedforsecurity=False)
        for stored in chosen:
            md5s.update(bytes.fromhex(stored.part.etag))
        attributes = upload.attributes
        return ObjectInfo(
            upload.bucket,
            upload.key,
            whole.size_bytes,
            f"{md5s.hexdigest()}-{len(chosen)}",
            attributes.content_type,
            attributes.metadata,
            self._clock.now(),
            attributes.headers,
            attributes.tags,
            checksums_of(upload, chosen, whole),
            upload.checksum_type or "FULL_OBJECT",
            tuple(stored.part.size_bytes for stored in chosen),
            tuple(stored.part.checksums.get(upload.checksum_algorithm, "") for stored in chosen),
        )


def _part(part_number: int, digests: Digests, clock: Clock) -> Part:
    return Part(part_number, digests.size_bytes, digests.md5.hex(), digests.checksums, clock.now())


def _found(upload: Upload | None, bucket: str, key: str, upload_id: str) -> Upload:
    if upload is None:
        raise NoSuchUpload(
            f"no upload {upload_id} of s3://{bucket}/{key}; it may have been completed or aborted; "
            "begin a new one"
        )
    return upload


def _pieces(paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as file:
            yield from staging.chunks(file)


def _markers(uploads: Sequence[Upload], prefixes: Sequence[str]) -> tuple[str, str]:
    """Markers of the next page: the last upload or common prefix of this one."""
    last_key = uploads[-1].key if uploads else ""
    if prefixes and prefixes[-1].encode() > last_key.encode():
        return prefixes[-1], ""
    return last_key, uploads[-1].id if uploads else ""
