"""Uploads: what a script sends file by file, and the form that works without a script.

The browser sends files to the console and not with presigned URLs to the S3 door, so that the person's role counts for each
part: somebody who becomes a viewer, or is signed out, stops in the middle of a file.
"""

from __future__ import annotations

import base64
import re
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trigpoint.core.errors import Conflict, Invalid, TrigpointError
from trigpoint.language import gettext, translatable
from trigpoint.objects.receiving import Receiving, SentFile
from trigpoint.server.console.data.links import DATA, bucket_path, folder_crumbs
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.bodies import json_object
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.visits import Visit
from trigpoint.server.web.wording import sentence
from trigpoint.services.roles import may_call
from trigpoint.workforce.people import CONSOLE_ROLES

_CONTENT_TYPE = re.compile(r"[a-zA-Z0-9.+-]{1,100}/[a-zA-Z0-9.+-]{1,100}")
_CRC32 = re.compile(r"[A-Za-z0-9+/]{6}==")
_SPOOLED_BYTES = 1 << 20
_WRITERS = [role for role in CONSOLE_ROLES if may_call(role, "s3", "PutObject")]


class UploadPages:
    """The calls of the upload script, and the plain form."""

    section: Section | None = None

    def __init__(self, receiving: Receiving) -> None:
        self._receiving = receiving

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        async def plain(request: Request, visit: Visit) -> Response:
            page = PageRequest(console, request, visit, await request.form())
            return await run_in_threadpool(self.plain, page)

        guards = console.guards
        return [
            guards.roles(_WRITERS, "POST", "/api/uploads/begin", self._json(self._begin)),
            guards.roles(_WRITERS, "POST", "/api/uploads/complete", self._json(self._complete)),
            guards.files(_WRITERS, "/api/uploads/whole", self._bytes(self._whole)),
            guards.files(_WRITERS, "/api/uploads/part", self._bytes(self._part)),
            guards.files(_WRITERS, "/buckets/{bucket}/upload", plain),
        ]

    def plain(self, page: PageRequest) -> Response:
        """Writes the files of the form. What could not be written is named; the others stay written."""
        bucket, prefix = page.path("bucket"), _text(page.form, "prefix")
        replaces = _text(page.form, "existing") == "replace"
        counts: Counter[str] = Counter()
        problems: list[str] = []
        for upload in page.form.getlist("files"):
            if not isinstance(upload, UploadFile) or not upload.filename:
                continue
            try:
                counts[self._written(bucket, prefix + upload.filename, upload, replaces)] += 1
            except TrigpointError as problem:
                problems.append(f"{upload.filename}: {sentence(problem.message)}")
        if not counts and not problems:
            raise Invalid(translatable("no file is chosen; choose the files to upload"))
        if not problems:
            return page.redirect(bucket_path(bucket, prefix=prefix), "files-uploaded", str(counts.total()))
        return page.show(
            "upload_problems.html",
            section=DATA,
            title=gettext("Some files were not uploaded"),
            crumbs=folder_crumbs(bucket, prefix),
            status=409,
            problems=problems,
            counts=counts,
            back=bucket_path(bucket, prefix=prefix),
        )

    def _written(self, bucket: str, key: str, upload: UploadFile, replaces: bool) -> str:
        crc32, size_bytes = _crc32_of(upload.file)
        file = SentFile(bucket, key, size_bytes, 0, _content_type(upload.content_type), crc32, replaces)
        outcome = self._receiving.begin(file).outcome if size_bytes else "whole"
        if outcome == "exists":
            raise Conflict(
                translatable("an object of this name with another content is there; choose to replace it")
            )
        if outcome != "same":
            self._receiving.put_whole(file, upload.file)
        return outcome

    def _begin(self, file: SentFile, _: Mapping[str, Any]) -> dict[str, Any]:
        found = self._receiving.begin(file)
        return {
            "outcome": found.outcome,
            "upload": found.upload_id,
            "partBytes": found.part_bytes,
            "received": list(found.received),
        }

    def _complete(self, file: SentFile, values: Mapping[str, Any]) -> dict[str, Any]:
        self._receiving.complete(file, str(values.get("upload", "")))
        return {}

    def _whole(self, file: SentFile, _: Mapping[str, Any], data: BinaryIO) -> None:
        self._receiving.put_whole(file, data)

    def _part(self, file: SentFile, values: Mapping[str, Any], data: BinaryIO) -> None:
        self._receiving.put_part(file, str(values.get("upload", "")), _number(values, "part"), data)

    def _json(self, answer: Callable[[SentFile, Mapping[str, Any]], dict[str, Any]]) -> Any:
        async def handle(request: Request, visit: Visit) -> Response:
            values = await json_object(request)
            return JSONResponse(await run_in_threadpool(lambda: answer(_sent_file(values), values)))

        return handle

    def _bytes(self, keep: Callable[[SentFile, Mapping[str, Any], BinaryIO], None]) -> Any:
        async def handle(request: Request, visit: Visit) -> Response:
            values = dict(request.query_params)
            file = _sent_file(values)
            with tempfile.SpooledTemporaryFile(_SPOOLED_BYTES) as spool:
                body = UploadFile(spool)  # type: ignore[arg-type]  # it is a binary file
                async for piece in request.stream():
                    await body.write(piece)
                await body.seek(0)
                await run_in_threadpool(keep, file, values, cast(BinaryIO, spool))
            return JSONResponse({})

        return handle


def _sent_file(values: Mapping[str, Any]) -> SentFile:
    """Raises: Invalid: a value is missing or not what it should be."""
    crc32 = str(values.get("crc32", ""))
    if crc32 and not _CRC32.fullmatch(crc32):
        raise Invalid(f"the CRC32 {crc32[:40]!r} is not the base64 of 4 bytes")
    return SentFile(
        str(values.get("bucket", "")),
        str(values.get("key", "")),
        _number(values, "size"),
        _number(values, "modified"),
        _content_type(str(values.get("type", ""))),
        crc32,
        values.get("replace") in (True, "1"),
    )


def _number(values: Mapping[str, Any], name: str) -> int:
    text = str(values.get(name, ""))
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Invalid(f"{name} is {text[:40]!r}; a whole number is needed")
    return int(text)


def _content_type(text: str | None) -> str:
    """The browser's content type; "" if it does not know it or it is no content type."""
    return text if text and _CONTENT_TYPE.fullmatch(text) else ""


def _crc32_of(file: BinaryIO) -> tuple[str, int]:
    value, size_bytes = 0, 0
    while piece := file.read(1 << 20):
        value, size_bytes = zlib.crc32(piece, value), size_bytes + len(piece)
    file.seek(0)
    return base64.b64encode(value.to_bytes(4)).decode(), size_bytes


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
