"""Manifests: as a table, what is wrong with them, and new ones of the files in a folder."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import islice
from typing import Final

from starlette.responses import Response

from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, Invalid, TrigpointError
from trigpoint.datasets.data_setup.creating import (
    DataType,
    SetupOptions,
    check_found,
    manifest_name,
    setup_lines,
)
from trigpoint.datasets.data_setup.csv_rows import CsvOptions
from trigpoint.datasets.data_setup.files import PlaceSource
from trigpoint.datasets.data_setup.report import SetupReport
from trigpoint.datasets.inspection import Options, inspect
from trigpoint.language import gettext, translatable
from trigpoint.objects import ObjectStore, WriteCondition
from trigpoint.objects.line_pages import line_page, place_of_line
from trigpoint.objects.store_places import StorePlaces
from trigpoint.server.console.data.cells import csv_table, manifest_table
from trigpoint.server.console.data.links import (
    DATA,
    bucket_path,
    folder_crumbs,
    image_path,
    object_path,
    parent_folder,
    uri_path,
)
from trigpoint.server.console.forms import Field, Form
from trigpoint.server.console.page import Console, PageRequest
from trigpoint.server.console.site import Section
from trigpoint.server.web.guards import GuardedRoute
from trigpoint.server.web.wording import sentence

MOST_OBJECTS: Final = 100_000
"""Lines of a labeling job's manifest."""
CHECKING_S: Final = 4.0
PROBLEMS_SHOWN: Final = 100


def _fields(default_name: str) -> list[Field]:
    plain = {"autocomplete": "off", "spellcheck": "false"}
    return [
        Field(
            "type",
            gettext("What is labeled"),
            kind="radio",
            default="image",
            options=[
                ("image", gettext("Images"), gettext("One line for each .jpg, .jpeg and .png file.")),
                ("text", gettext("Texts"), gettext("One line for each line of the .txt files.")),
                ("csv", gettext("Rows"), gettext("One line for each row of the .csv files.")),
            ],
        ),
        Field("header", gettext("The first row of CSV files has the names of the columns"), kind="checkbox"),
        Field(
            "column",
            gettext("Column with the text"),
            gettext("For CSV files: the name or number of a column. Without it, the whole row is the text."),
            attributes=plain | {"maxlength": "200"},
        ),
        Field(
            "name",
            gettext("Name of the manifest"),
            gettext("It is written into the same folder."),
            required=True,
            default=default_name,
            attributes=plain | {"maxlength": "200"},
        ),
    ]


class ManifestPages:
    """The pages. Reading and checking is bounded by time, so that a page of any manifest opens at once."""

    section: Section | None = None

    def __init__(self, objects: ObjectStore, clock: Clock) -> None:
        self._objects = objects
        self._clock = clock

    def routes(self, console: Console) -> Sequence[GuardedRoute]:
        return [
            console.get("/buckets/{bucket}/manifest", self.table, "s3:GetObject"),
            console.get("/buckets/{bucket}/manifest/report", self.report, "s3:GetObject"),
            console.get("/buckets/{bucket}/create-manifest", self.new, "s3:PutObject"),
            console.post("/buckets/{bucket}/create-manifest", self.create, "s3:PutObject"),
        ]

    def table(self, page: PageRequest) -> Response:
        bucket, key = page.path("bucket"), page.query.get("key", "")
        uri = f"s3://{bucket}/{key}"
        is_csv = key.lower().endswith(".csv")
        page.note("s3", "GetObject", Bucket=bucket, Key=key)
        page.note_command("trigpoint", "manifest", "head", uri)
        opened = self._objects.open_object(bucket, key)
        with opened.file as file:
            size_bytes = opened.info.size_bytes
            start, first, problem = _number(page.query.get("at")), _number(page.query.get("first")), ""
            wanted = _number(page.query.get("line"))
            if wanted:
                found = place_of_line(file, wanted)
                start, first = (0, 1) if found is None else (found, wanted)
                problem = gettext("There is no line %(number)d.", number=wanted) if found is None else ""
            file.seek(0)
            head = file.readline(1 << 20) if is_csv else b""
            lines = line_page(file, size_bytes, max(start, len(head)), first or (2 if is_csv else 0))
        return page.show(
            "manifest.html",
            section=DATA,
            title=key[len(parent_folder(key)) :],
            crumbs=[*folder_crumbs(bucket, parent_folder(key))],
            uri=uri,
            bucket=bucket,
            key=key,
            lines=lines,
            table=csv_table(lines.lines, head) if is_csv else manifest_table(lines.lines, lines.first),
            size_bytes=size_bytes,
            is_csv=is_csv,
            is_start=lines.start <= len(head),
            problem=problem,
            object_path=object_path,
            image_path=image_path,
            uri_path=uri_path,
        )

    def report(self, page: PageRequest) -> Response:
        """What `trigpoint manifest validate` says, of as many lines as can be checked while somebody waits."""
        bucket, key = page.path("bucket"), page.query.get("key", "")
        uri = f"s3://{bucket}/{key}"
        looks = bool(page.query.get("objects"))
        options = ["--check-objects"] if looks else []
        page.note_command("trigpoint", "manifest", "validate", uri, *options)
        places = StorePlaces(self._objects, patience_s=CHECKING_S)
        found = inspect(uri, Options(objects=looks, keep=PROBLEMS_SHOWN), places)
        return page.show(
            "manifest_report.html",
            section=DATA,
            title=gettext("Report of %(name)s", name=key[len(parent_folder(key)) :]),
            crumbs=[
                *folder_crumbs(bucket, parent_folder(key)),
                (key[len(parent_folder(key)) :], object_path(bucket, key, "/manifest")),
            ],
            uri=uri,
            bucket=bucket,
            key=key,
            found=found,
            was_cut=places.was_cut,
            looks=looks,
            object_path=object_path,
        )

    def new(self, page: PageRequest) -> Response:
        return self._form(page, Form(_fields(manifest_name(self._clock.now()))), page.query.get("prefix", ""))

    def create(self, page: PageRequest) -> Response:
        bucket, prefix = page.path("bucket"), str(page.form.get("prefix", ""))
        form = Form.read(_fields(""), page.form)
        values = form.values
        uri, key = f"s3://{bucket}/{prefix}", prefix + values["name"]
        if page.wants_call:
            page.note_command(
                "trigpoint",
                "manifest",
                "create",
                uri,
                "--type",
                values["type"],
                "--out",
                f"s3://{bucket}/{key}",
            )
            return self._form(page, form, prefix)
        report = SetupReport()
        try:
            self._write(uri, bucket, key, values, report)
        except Conflict:
            form.problems["name"] = gettext("An object of this name is there. Choose another name.")
        except TrigpointError as problem:
            form.problems[""] = sentence(problem.message)
        if form.problems:
            return self._form(page, form, prefix, 400)
        page.note_command("trigpoint", "manifest", "create", uri, "--type", values["type"])
        return page.show(
            "manifest_created.html",
            section=DATA,
            title=gettext("The manifest is written"),
            crumbs=folder_crumbs(bucket, prefix),
            uri=f"s3://{bucket}/{key}",
            bucket=bucket,
            key=key,
            report=report,
            object_path=object_path,
        )

    def _write(self, uri: str, bucket: str, key: str, values: dict[str, str], report: SetupReport) -> None:
        """Writes the manifest. Raises: Conflict: there is such an object. TrigpointError: what is wrong with the files."""
        if not values["name"].endswith((".manifest", ".jsonl")) or "/" in values["name"]:
            raise Invalid(translatable("the name of the manifest must end with .manifest, and have no slash"))
        if values["type"] not in set(DataType):
            raise Invalid(translatable("choose what is labeled: images, texts or rows"))
        self._objects.writable(bucket)
        options = SetupOptions(
            DataType(values["type"]),
            CsvOptions(column=values["column"] or None, has_header=bool(values["header"])),
        )
        source = PlaceSource(uri, StorePlaces(self._objects, MOST_OBJECTS))
        with tempfile.TemporaryFile() as made:
            made.writelines(islice(setup_lines(source, options, report), MOST_OBJECTS + 1))
            check_found(report, uri, options.data_type)
            if report.written > MOST_OBJECTS:
                raise Invalid(
                    translatable(
                        "there are more than %(most)d lines, which no labeling job takes; take a part of the files",
                        most=MOST_OBJECTS,
                    )
                )
            made.seek(0)
            self._objects.put(
                bucket,
                key,
                made,
                content_type="application/x-ndjson",
                checksum_algorithms=["CRC32"],
                condition=WriteCondition(if_absent=True),
            )

    def _form(self, page: PageRequest, form: Form, prefix: str, status: int = 200) -> Response:
        bucket = page.path("bucket")
        return page.show(
            "manifest_create.html",
            section=DATA,
            title=gettext("Create a manifest"),
            crumbs=folder_crumbs(bucket, prefix),
            form=form,
            prefix=prefix,
            bucket=bucket,
            uri=f"s3://{bucket}/{prefix}",
            back=bucket_path(bucket, prefix=prefix),
            status=status,
        )


def _number(text: str | None) -> int:
    """A whole number of an address; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
