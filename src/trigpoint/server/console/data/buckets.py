"""The pages of buckets: the list, creating, adding one of another store, removing."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from trigpoint.core.errors import Denied, TrigpointError
from trigpoint.language import gettext, translatable
from trigpoint.objects import Bucket, ObjectStore
from trigpoint.objects.bucket_sizes import SizeCounter
from trigpoint.remote import RemoteConfig
from trigpoint.server.console.data.links import DATA, bucket_path
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence
from trigpoint.workforce.people import Role

PAGE_ROWS = 100
_NAME = {"maxlength": "63", "autocomplete": "off", "spellcheck": "false"}


def _name_field() -> Field:
    help_text = gettext("3 to 63 lower-case letters, digits, dots and hyphens. It cannot be changed later.")
    return Field("name", gettext("Name"), help_text, "Bucket", required=True, attributes=_NAME)


def _remote_fields() -> list[Field]:
    plain = {"autocomplete": "off", "spellcheck": "false", "maxlength": "1024"}
    return [
        _name_field(),
        Field(
            "endpoint",
            gettext("Address of the other store"),
            gettext("https://host or http://host:port. Without it, Amazon's own address of the region."),
            attributes=plain,
        ),
        Field("bucket", gettext("Bucket in the other store"), required=True, attributes=plain),
        Field(
            "prefix",
            gettext("Prefix"),
            gettext("Show only the keys that begin with it, without it."),
            attributes=plain,
        ),
        Field(
            "region",
            gettext("Region of the other store"),
            default="us-east-1",
            required=True,
            attributes=plain,
        ),
        Field(
            "access_key_id",
            gettext("Access key id of the other store"),
            gettext("Without a key, requests are sent unsigned, for a public bucket."),
            attributes=plain,
        ),
        Field(
            "secret",
            gettext("Secret access key of the other store"),
            gettext("It is stored encrypted, and never shown."),
            kind="password",
            attributes={"autocomplete": "off", "maxlength": "1024"},
        ),
        Field("virtual_host", gettext("Name the bucket in the host name, not in the path"), kind="checkbox"),
        Field("read_only", gettext("Read-only: refuse every write"), kind="checkbox"),
    ]


class BucketPages:
    """The pages. Buckets come from the object store; what the API has no operation for is a command of `trigpoint`."""

    section = DATA

    def __init__(self, objects: ObjectStore, sizes: SizeCounter) -> None:
        self._objects = objects
        self._sizes = sizes

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/buckets", self.list, "s3:ListBuckets"),
            console.get("/buckets/create", self.new, "s3:CreateBucket"),
            console.post("/buckets/create", self.create, "s3:CreateBucket"),
            console.get("/buckets/add-remote", self.new_remote, roles=[Role.ADMIN]),
            console.post("/buckets/add-remote", self.add_remote, roles=[Role.ADMIN]),
            console.post("/buckets/{bucket}/delete", self.delete, "s3:DeleteBucket"),
        ]

    def list(self, page: PageRequest) -> Response:
        page.note("s3", "ListBuckets")
        page.note_command("trigpoint", "bucket", "link", "photos", "/path/to/photos")
        search, after = page.query.get("q", "").strip()[:63], page.query.get("after", "")
        found = [each for each in self._objects.list_buckets() if search in each.name]
        passed = sum(each.name <= after for each in found)
        shown = found[passed : passed + PAGE_ROWS]
        return page.show(
            "buckets.html",
            section=DATA,
            title=gettext("Data"),
            buckets=[(each, _place(each)) for each in shown],
            count=len(found),
            sizes=self._sizes.sizes(),
            search=search,
            after=after,
            before=found[passed - PAGE_ROWS - 1].name if passed > PAGE_ROWS else "",
            following=shown[-1].name if len(found) > passed + len(shown) else "",
            is_admin=page.person.role is Role.ADMIN,
        )

    def new(self, page: PageRequest) -> Response:
        return self._form(page, Form([_name_field()]))

    def create(self, page: PageRequest) -> Response:
        form = Form.read([_name_field()], page.form)
        page.note("s3", "CreateBucket", **form.request())
        if page.wants_call:
            return self._form(page, form)
        try:
            self._objects.create_bucket(form.values["name"])
        except TrigpointError as problem:
            form.problems["name"] = sentence(problem.message)
            return self._form(page, form, 400)
        return page.redirect(bucket_path(form.values["name"]))

    def new_remote(self, page: PageRequest) -> Response:
        return self._remote_form(page, Form(_remote_fields()))

    def add_remote(self, page: PageRequest) -> Response:
        form = Form.read(_remote_fields(), page.form)
        values = form.values
        if page.wants_call:
            page.note_command(*_remote_command(values))
            return self._remote_form(page, form)
        try:
            config = RemoteConfig(
                values["endpoint"],
                values["region"],
                values["access_key_id"],
                values["secret"],
                virtual_host_style=bool(values["virtual_host"]),
            )
            self._objects.add_remote_bucket(
                values["name"],
                config,
                values["bucket"],
                values["prefix"],
                read_only=bool(values["read_only"]),
            )
        except TrigpointError as problem:
            form.problems[""] = sentence(problem.message)
            return self._remote_form(page, form, 400)
        return page.redirect(bucket_path(values["name"]))

    def delete(self, page: PageRequest) -> Response:
        """A local bucket must be empty. Decision: the buckets of folders and other stores are for administrators, who
        are the only ones that can add them again."""
        name = page.path("bucket")
        bucket = self._objects.bucket(name)
        if page.wants_call:
            if bucket.is_local:
                page.note("s3", "DeleteBucket", Bucket=name)
            else:
                page.note_command("trigpoint", "bucket", "remove", name)
            return self.list(page)
        check_may_remove(page, bucket)
        self._objects.forget_bucket(name)
        return page.redirect("/buckets", "bucket-deleted", name)

    def _form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        title = gettext("Create bucket")
        return page.show("bucket_create.html", section=DATA, title=title, form=form, status=status)

    def _remote_form(self, page: PageRequest, form: Form, status: int = 200) -> Response:
        form.values["secret"] = ""  # never sent back to a page
        title = gettext("Add a bucket of another store")
        return page.show("bucket_remote.html", section=DATA, title=title, form=form, status=status)


def found_buckets(objects: ObjectStore, search: str, after: str) -> tuple[Sequence[Bucket], str]:
    """A page of the buckets with this in their name, and the `after` of the next page; "" if this is the last."""
    rest = [each for each in objects.list_buckets() if search in each.name and each.name > after]
    shown = rest[:PAGE_ROWS]
    return shown, shown[-1].name if len(rest) > len(shown) else ""


def may_remove(page: PageRequest, bucket: Bucket) -> bool:
    """Whether the person may remove the bucket, if nothing is in it."""
    return page.may("s3:DeleteBucket") and (bucket.is_local or page.person.role is Role.ADMIN)


def check_may_remove(page: PageRequest, bucket: Bucket) -> None:
    """Raises: Denied: the person may not remove the bucket."""
    if not may_remove(page, bucket):
        raise Denied(
            translatable("only an administrator can remove the bucket of a folder or of another store")
        )


def _place(bucket: Bucket) -> str:
    """Where the objects are, if they are not files of ours."""
    if bucket.remote is not None:
        return f"{bucket.remote.uri} · {bucket.remote.endpoint}"
    return "" if bucket.linked_folder is None else str(bucket.linked_folder)


def _remote_command(values: dict[str, str]) -> list[str]:
    words = ["trigpoint", "bucket", "add-remote", values["name"], "--bucket", values["bucket"]]
    for name in ("endpoint", "prefix", "region"):
        if values[name]:
            words += [f"--{name}", values[name]]
    if not values["access_key_id"]:
        words.append("--anonymous")
    words += ["--virtual-host-style"] if values["virtual_host"] else []
    return words + (["--read-only"] if values["read_only"] else [])
