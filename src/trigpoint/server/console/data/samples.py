"""Sample photos, for people who have no images at hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from trigpoint.core.errors import Conflict
from trigpoint.objects import ObjectStore, WriteCondition
from trigpoint.scenes import LABELS
from trigpoint.scenes.photos import LICENSE, sample_photos
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.web.guards import GuardedRoute

BUCKET: Final = "samples"
FOLDER: Final = "street/"


class SamplePages:
    """Puts the photos into a bucket, and goes to the form for a labeling job of them."""

    section = None

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [console.post("/sample-images", self.add, "s3:CreateBucket", "s3:PutObject")]

    def add(self, page: PageRequest) -> Response:
        """Decision: objects that are there are kept, so that the button can be pressed twice."""
        if BUCKET not in {bucket.name for bucket in self._objects.list_buckets()}:
            with suppress(Conflict):  # somebody else has just made it
                self._objects.create_bucket(BUCKET)
        self._put("LICENSE.txt", LICENSE.encode(), "text/plain; charset=utf-8")
        for name, photo in sample_photos():
            self._put(FOLDER + name, photo, "image/jpeg")
        wanted = {
            "prefix": f"s3://{BUCKET}/{FOLDER}",
            "task_type": "BoundingBox",
            "labels": "\n".join(name.capitalize() for name in LABELS),
        }
        return page.redirect(f"/labeling-jobs/create?{urlencode(wanted)}")

    def _put(self, key: str, content: bytes, content_type: str) -> None:
        with suppress(Conflict):
            self._objects.put(
                BUCKET, key, content, content_type=content_type, condition=WriteCondition(if_absent=True)
            )
