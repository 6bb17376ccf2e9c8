"""The pages of objects: those under a prefix, one of them, and deleting."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.language import gettext, translatable
from trigpoint.objects import ObjectInfo, ObjectStore
from trigpoint.server.console.data.browsing import Browsing, objects_of
from trigpoint.server.console.data.buckets import may_remove
from trigpoint.server.console.data.kinds import kind_of
from trigpoint.server.console.data.links import DATA, bucket_path, folder_crumbs, object_path, parent_folder
from trigpoint.server.console.data.unfinished import has_unfinished
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.console.words import too_many_chosen
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence

MOST_TEXT_BYTES = 64 << 10
"""Of a text that a page shows."""
MOST_DELETED = 200


class ObjectPages:
    """The pages. Objects come from the object store, and each page offers the call of S3."""

    section: Section | None = None

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/buckets/{bucket}", self.list, "s3:ListObjectsV2"),
            console.get("/buckets/{bucket}/object", self.detail, "s3:GetObject"),
            console.post("/buckets/{bucket}/objects/delete", self.delete, "s3:DeleteObjects"),
        ]

    def list(self, page: PageRequest) -> Response:
        browsing = Browsing.read(page.path("bucket"), page.query)
        bucket = self._objects.bucket(browsing.bucket)
        page.note(
            "s3",
            "ListObjectsV2",
            Bucket=bucket.name,
            Prefix=browsing.prefix + browsing.search,
            Delimiter="/",
            **({"StartAfter": browsing.after} if browsing.after else {}),
        )
        problem, found = "", None
        try:
            found = objects_of(self._objects, browsing)
        except TrigpointError as refused:  # the folder is gone, or the other store is down
            problem = sentence(refused.message)
        crumbs = folder_crumbs(bucket.name, browsing.prefix)
        uri = f"s3://{bucket.name}/{browsing.prefix}"
        may_write = page.may("s3:PutObject") and not bucket.read_only
        if may_write:
            page.note_command("aws", "s3", "cp", "--recursive", "FOLDER", uri)
        return page.show(
            "objects.html",
            section=DATA,
            title=crumbs[-1][0],
            crumbs=crumbs[:-1],
            bucket=bucket,
            browsing=browsing,
            found=found,
            problem=problem,
            uri=uri,
            kind_of=kind_of,
            object_path=object_path,
            may_write=may_write,
            may_remove=may_remove(page, bucket),
            has_unfinished=may_write and has_unfinished(self._objects, bucket),
            resumed=page.query.get("resume", "")[:1024] if may_write else "",
            outcomes=page.query.get("outcomes", ""),
        )

    def detail(self, page: PageRequest) -> Response:
        bucket, key = page.path("bucket"), page.query.get("key", "")
        page.note("s3", "GetObject", Bucket=bucket, Key=key)
        info = self._objects.head(bucket, key)
        kind = kind_of(key)
        folder = parent_folder(key)
        return page.show(
            "object.html",
            section=DATA,
            title=key[len(folder) :] or key,
            crumbs=folder_crumbs(bucket, folder),
            info=info,
            kind=kind,
            text=self._text(info) if kind in ("text", "table") else None,
            object_path=object_path,
            folder=folder,
            may_delete=page.may("s3:DeleteObjects") and not self._objects.bucket(bucket).read_only,
        )

    def delete(self, page: PageRequest) -> Response:
        """Deletes the objects whose keys the form names, all or none."""
        bucket = page.path("bucket")
        keys = [str(each) for each in page.form.getlist("key")]
        folder = str(page.form.get("folder", ""))
        if not keys:
            raise Invalid(translatable("no object is chosen; tick those that are to be deleted"))
        if len(keys) > MOST_DELETED:
            raise Invalid(too_many_chosen(MOST_DELETED))
        if page.wants_call:
            page.note(
                "s3", "DeleteObjects", Bucket=bucket, Delete={"Objects": [{"Key": each} for each in keys]}
            )
            return page.show("only_call.html", section=DATA, title=gettext("Delete objects"))
        self._objects.delete_many(bucket, keys)
        return page.redirect(bucket_path(bucket, prefix=folder), "objects-deleted", str(len(keys)))

    def _text(self, info: ObjectInfo) -> tuple[str, bool]:
        """The beginning of a text, and whether there is more."""
        with self._objects.open(info.bucket, info.key) as file:
            begin = file.read(MOST_TEXT_BYTES + 1)
        return begin[:MOST_TEXT_BYTES].decode(errors="replace"), len(begin) > MOST_TEXT_BYTES
