"""A task template with one data object, rendered without a labeling job and without a server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from trigpoint.core.errors import Invalid
from trigpoint.labeling import liquid_rendering
from trigpoint.labeling.inputs import MAX_CATEGORY_FILE_BYTES, MAX_LINE_CHARACTERS, read_category_file
from trigpoint.labeling.model import Counters, DataObject, Job, JobSpec, JobStatus
from trigpoint.labeling.task_types import task_type_named
from trigpoint.labeling.task_types.contract import CategoryRules, TaskType
from trigpoint.labeling.task_types.pass_through import PASS_THROUGH
from trigpoint.labeling.template_warnings import template_warnings
from trigpoint.labeling.templates import MAX_TEMPLATE_BYTES
from trigpoint.objects.uri import parse_s3_uri

LOCAL = "s3://local-files/"
"""Begins the URIs that stand for files of this machine while the template is rendered."""

_LINK_S = 3600
_MANIFEST_AND_LINE = re.compile(r"(?P<manifest>.+?)(?::(?P<number>\d+))?")

FileUrl = Callable[[Path], str]
"""The address at which the browser reads a file of this machine."""


@dataclass(frozen=True, slots=True)
class PreviewInput:
    """What a person asked to see: a template or a task type, a data object, and labels."""

    template: str
    line: str
    task_type: str | None = None
    labels: str = ""


@dataclass(frozen=True)
class Preview:
    """A template with its data object. The template's file is read again at each rendering."""

    template_file: Path | None
    task_type: TaskType[Any]
    task_input: Mapping[str, Any]
    objects: Objects = field(repr=False)
    missing_files: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The text of the template."""
        if self.template_file is None:
            return self.task_type.template
        return _text(self.template_file, "the task template", MAX_TEMPLATE_BYTES)

    def render(self, *, assets_url: str, file_url: FileUrl) -> str:
        """The HTML, which loads the elements from `assets_url` + /static.

        Raises: TemplateError: names the line and the cause.
        """

        def sign(uri: str) -> str:
            if uri.startswith(LOCAL):
                return file_url(Path("/" + unquote(uri.removeprefix(LOCAL))))
            return self.objects.link(uri)

        return liquid_rendering.render(self.template, self.task_input, sign, assets_url)

    def warnings(self, html: str, elements: Collection[str]) -> list[str]:
        """What is probably a mistake: references to files that do not exist, and see `template_warnings`."""
        return [*self.missing_files, *template_warnings(self.template, html, self.task_input, elements)]


class Objects:
    """Objects at s3://, with the credentials and the endpoint of the person's AWS settings."""

    @cached_property
    def _client(self) -> Any:
        import boto3  # takes a fifth of a second, and most previews need no object

        return boto3.client("s3")

    def text(self, uri: str, what: str, limit_bytes: int) -> str:
        """Raises: Invalid: the object cannot be read, is too large, or is not text."""
        bucket, key = parse_s3_uri(uri)
        try:
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
            content: bytes = body.read(limit_bytes + 1)
        except Exception as problem:  # noqa: BLE001  botocore's errors have no common class
            raise Invalid(f"{what} {uri} cannot be read: {problem}") from None
        return _decoded(content, uri, what, limit_bytes)

    def link(self, uri: str) -> str:
        """A link that a browser can read the object at, for an hour."""
        bucket, key = parse_s3_uri(uri)
        link: str = self._client.generate_presigned_url(
            "get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=_LINK_S
        )
        return link


def read_preview(wanted: PreviewInput) -> Preview:
    """The preview of what a person asked for.

    Raises: Invalid: a file cannot be read, or the data object or the labels cannot be used.
    """
    objects = Objects()
    template_file = Path(wanted.template)
    if not template_file.is_file() and re.fullmatch(r"[A-Za-z]+", wanted.template):
        task_type, file = task_type_named(wanted.template), None
    else:
        task_type = PASS_THROUGH if wanted.task_type is None else task_type_named(wanted.task_type)
        file = template_file
    line, folder = _line(wanted.line, objects)
    job = trial_job(task_type, *_labels(wanted.labels))
    content = _with_local_files(line, folder)
    missing = tuple(_missing_files(content, folder))
    # Decision: a line with `taskInput` is what a pre-annotation function returned, which a preview cannot call.
    own_input = content.get("taskInput")
    if isinstance(own_input, dict):
        return Preview(file, task_type, own_input, objects, missing)
    data_object = DataObject("preview", 0, json.dumps(content))
    return Preview(file, task_type, task_type.task_input(job, data_object), objects, missing)


def _line(text: str, objects: Objects) -> tuple[dict[str, Any], Path]:
    """The data object, and the folder to which its references are relative."""
    if text.lstrip().startswith("{"):
        return _object(text, "the line"), Path.cwd()
    found = _MANIFEST_AND_LINE.fullmatch(text)
    assert found is not None
    manifest, number = found["manifest"], int(found["number"] or 1)
    limit_bytes = 4 * MAX_LINE_CHARACTERS * max(number, 1)
    if manifest.startswith("s3://"):
        lines, folder = objects.text(manifest, "the manifest", limit_bytes).splitlines(), Path.cwd()
    else:
        file = Path(manifest)
        lines, folder = _first_lines(file, number), file.absolute().parent
    if not 1 <= number <= len(lines):
        raise Invalid(f"{manifest} has no line {number}; it has {len(lines)}")
    return _object(lines[number - 1], f"{manifest}, line {number}"), folder


def _first_lines(file: Path, count: int) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig") as content:
            return [line for line, _ in zip(content, range(count), strict=False)]
    except (OSError, UnicodeDecodeError) as problem:
        raise Invalid(
            f"{file} cannot be read ({problem}); --input is a JSON object, or a manifest with MANIFEST:N for its line N"
        ) from None


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError as problem:
        raise Invalid(f"{where} is not JSON: {problem}") from None
    if not isinstance(parsed, dict):
        raise Invalid(f'{where} is not a JSON object, such as {{"source-ref": "photo.jpg"}}')
    return parsed


def _with_local_files(value: Any, folder: Path, key: str = "") -> Any:
    """The value with a URI in place of each reference to a file that exists."""
    if isinstance(value, dict):
        return {name: _with_local_files(item, folder, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_local_files(item, folder, key) for item in value]
    if key.endswith("-ref") and isinstance(value, str) and "://" not in value and (folder / value).is_file():
        return LOCAL + quote(str((folder / value).resolve()).lstrip("/"))
    return value


def _missing_files(value: Any, folder: Path, key: str = "") -> Iterator[str]:
    """A sentence for each reference that is neither an address nor a file."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _missing_files(item, folder, name)
    elif isinstance(value, list):
        for item in value:
            yield from _missing_files(item, folder, key)
    elif key.endswith("-ref") and isinstance(value, str) and "://" not in value:
        yield f"{key}: {folder} has no file {value}; give the path of a file, or an address with s3:// or https://"


def _labels(text: str) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """The labels, and the label category file if they come from one."""
    file = Path(text)
    if text.endswith(".json") or (text and file.is_file()):
        content = _text(file, "the label category file", MAX_CATEGORY_FILE_BYTES).encode()
        found = read_category_file(content, text, CategoryRules())
        return found.labels, found.document
    return tuple(filter(None, (each.strip() for each in text.split(",")))), {}


def _text(file: Path, what: str, limit_bytes: int) -> str:
    try:
        with file.open("rb") as content:
            return _decoded(content.read(limit_bytes + 1), str(file), what, limit_bytes)
    except OSError as problem:
        raise Invalid(f"{what} {file} cannot be read: {problem.strerror or problem}") from None


def _decoded(content: bytes, where: str, what: str, limit_bytes: int) -> str:
    if len(content) > limit_bytes:
        raise Invalid(f"{what} {where} is larger than {limit_bytes} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid(f"{what} {where} is not UTF-8 text: byte {problem.start + 1}") from None


def trial_job(task_type: TaskType[Any], labels: tuple[str, ...], category_file: Mapping[str, Any]) -> Job:
    """A labeling job of which only the task type and the labels are real."""
    now = datetime.now(UTC)
    spec = JobSpec(
        name="preview",
        label_attribute="label",
        manifest_uri="",
        output_path="",
        role_arn="",
        label_categories_uri=None,
        team_arn="",
        template_uri=None,
        pre_function_arn=None,
        consolidation_function_arn=None,
        title="Preview",
        description="",
        workers_per_object=1,
        time_limit_s=3600,
    )
    return Job(
        id="preview",
        arn="",
        reference_code="",
        team_arn="",
        task_type=task_type.name,
        spec=spec,
        status=JobStatus.IN_PROGRESS,
        failure_reason=None,
        created_at=now,
        updated_at=now,
        inputs_read=True,
        labels=labels,
        counters=Counters(),
        iteration=0,
        published_count=0,
        published_at=None,
        stop_reason=None,
        category_file=category_file,
    )
