"""The bytes of objects, for the browser: a download, an image to show, a small image for lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from trigpoint.core.errors import Invalid
from trigpoint.language import translatable
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import s3_uri
from trigpoint.server.console.data.kinds import image_type
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.console.thumbnails import Thumbnails
from trigpoint.server.web.guards import GuardedRoute

_PIECE_BYTES = 256 << 10
_LOCKED = "default-src 'none'; sandbox"
"""The policy of other people's bytes: should a browser take them for a document, nothing in it runs or loads."""


class FilePages:
    """Answers with bytes. They are never documents of the console's own origin: see `_LOCKED`."""

    section: Section | None = None

    def __init__(self, objects: ObjectStore, thumbnails: Thumbnails) -> None:
        self._objects = objects
        self._thumbnails = thumbnails

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/buckets/{bucket}/download", self.download, "s3:GetObject"),
            console.get("/buckets/{bucket}/thumbnail", self.thumbnail, "s3:GetObject"),
            console.get("/buckets/{bucket}/image", self.image, "s3:GetObject"),
        ]

    def download(self, page: PageRequest) -> Response:
        key = page.query.get("key", "")
        name = quote(key.rstrip("/").rsplit("/", 1)[-1], safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return self._bytes(page, key, "application/octet-stream", headers)

    def image(self, page: PageRequest) -> Response:
        """The image as it is. Only the types that a browser shows as pictures; the name of the object decides."""
        key = page.query.get("key", "")
        content_type = image_type(key)
        if content_type is None:
            raise Invalid(translatable("%(key)s is no image that a browser shows; download it", key=key))
        return self._bytes(page, key, content_type, {"Cache-Control": "private, max-age=60"})

    def thumbnail(self, page: PageRequest) -> Response:
        """A small JPEG of an image, from the cache or made now."""
        made = self._thumbnails.of_image(s3_uri(page.path("bucket"), page.query.get("key", "")))
        headers = {"Cache-Control": "private, max-age=300", "Content-Security-Policy": _LOCKED}
        return Response(made, media_type="image/jpeg", headers=headers)

    def _bytes(self, page: PageRequest, key: str, content_type: str, headers: dict[str, str]) -> Response:
        opened = self._objects.open_object(page.path("bucket"), key)
        return StreamingResponse(
            _pieces(opened.file),
            media_type=content_type,
            headers={
                **headers,
                "Content-Length": str(opened.info.size_bytes),
                "Content-Security-Policy": _LOCKED,
            },
            background=BackgroundTask(opened.file.close),
        )


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
