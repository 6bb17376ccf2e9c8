"""Uploads of a bucket that are not complete: how much of each is here, going on, and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from trigpoint.language import gettext
from trigpoint.objects import Bucket, ObjectStore
from trigpoint.objects.model import Upload
from trigpoint.objects.object_store import MAX_PAGE
from trigpoint.server.console.data.links import DATA, bucket_path, parent_folder
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.guards import GuardedRoute

PAGE_UPLOADS: Final = 50
_MOST_PARTS: Final = 10_000
"""Parts of an upload in S3."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload, and how much of it is here. `resume_path` is the page on which the same file is chosen again."""

    upload: Upload
    received_bytes: int
    resume_path: str


class UnfinishedPages:
    """The pages."""

    section: Section | None = None

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        path = "/buckets/{bucket}/unfinished"
        return [
            console.get(path, self.list, "s3:ListMultipartUploads"),
            console.post(f"{path}/delete", self.delete, "s3:AbortMultipartUpload"),
        ]

    def list(self, page: PageRequest) -> Response:
        bucket = self._objects.bucket(page.path("bucket"))
        after, after_id = page.query.get("after", ""), page.query.get("id", "")
        page.note("s3", "ListMultipartUploads", Bucket=bucket.name)
        found = self._objects.list_uploads(bucket.name, "", "", after, after_id, PAGE_UPLOADS)
        following = {"after": found.next_key_marker, "id": found.next_upload_id_marker}
        return page.show(
            "unfinished_uploads.html",
            section=DATA,
            title=gettext("Unfinished uploads"),
            crumbs=[(bucket.name, bucket_path(bucket.name))],
            bucket=bucket,
            uploads=[self._seen(each) for each in found.uploads],
            next_query=urlencode(following) if found.is_truncated else "",
            may_write=page.may("s3:AbortMultipartUpload") and not bucket.read_only,
        )

    def _seen(self, upload: Upload) -> Unfinished:
        received, after = 0, 0
        while after < _MOST_PARTS:
            parts = self._objects.list_parts(upload.bucket, upload.key, upload.id, after, MAX_PAGE)
            received += sum(each.size_bytes for each in parts)
            if len(parts) < MAX_PAGE:
                break
            after = parts[-1].part_number
        path = bucket_path(upload.bucket, prefix=parent_folder(upload.key), resume=upload.key)
        return Unfinished(upload, received, path)

    def delete(self, page: PageRequest) -> Response:
        bucket = page.path("bucket")
        key, upload_id = str(page.form.get("key", "")), str(page.form.get("id", ""))
        if page.wants_call:
            page.note("s3", "AbortMultipartUpload", Bucket=bucket, Key=key, UploadId=upload_id)
            return self.list(page)
        self._objects.abort_upload(bucket, key, upload_id)
        return page.redirect(bucket_path(bucket, "/unfinished"), "deleted", key)


def has_unfinished(objects: ObjectStore, bucket: Bucket) -> bool:
    """Whether the bucket has uploads that are not complete. Not asked of other stores, which would take time."""
    return bucket.is_local and bool(objects.list_uploads(bucket.name, max_uploads=1).uploads)
