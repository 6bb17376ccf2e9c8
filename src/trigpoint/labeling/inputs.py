"""The inputs of a labeling job: its input manifest and its label category file.

Every error names the file, the line and the cause, because the message becomes the job's FailureReason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from trigpoint.core.counted import counted
from trigpoint.core.errors import Invalid, LimitExceeded
from trigpoint.labeling.task_types.contract import CategoryRules, DataKind, TaskType
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.labels.attributes import is_human_annotated, metadata_of
from trigpoint.records.manifest.lines import BYTE_ORDER_MARK, BadLine, LineRules, split_lines
from trigpoint.records.manifest.parsing import parse_line, parse_strictly

MAX_LINE_CHARACTERS = 100_000
MAX_VALUE_CHARACTERS = 20_000
MAX_LABEL_CHARACTERS = 256
MAX_LABELS = 10_000
"""Of task types without a limit of their own.

Decision: AWS documents none. Each step of a job reads its labels, and no worker finds one among more.
"""

MAX_CATEGORY_FILE_BYTES = 10 * 1024 * 1024

LINE_RULES = LineRules(max_bytes=4 * MAX_LINE_CHARACTERS + 2, max_characters=MAX_LINE_CHARACTERS, strict=True)
"""A character has at most 4 bytes in UTF-8; the line may end with CRLF."""

_BUILT_IN = "groundtruth/"
_CUSTOM = "groundtruth/custom"
_CATEGORY_FILE = '{"labels": [{"label": "cat"}]}'


@dataclass(frozen=True, slots=True)
class InputLine:
    """A line of an input manifest: its text without the line break, and who labeled it before this job.

    `carried` is "human" or "machine" when the line already has the job's label, else None. `is_known`: it carries a known
    label, by which workers are measured.
    """

    index: int
    text: str
    carried: str | None
    is_known: bool = False


def read_manifest(
    file: BinaryIO,
    uri: str,
    label_attribute: str,
    task_type: TaskType[Any],
    has_gold: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Iterator[InputLine]:
    """The manifest's lines, one after the other.

    has_gold: whether a line carries a known label; raises Invalid if the label cannot be used.

    Raises: Invalid: a line breaks a rule, or there is none; names the file, the line and the cause.
            LimitExceeded: there are more objects than the task type allows.
    """
    count = 0
    try:
        for number, raw in split_lines(file, LINE_RULES):
            if count == task_type.most_objects:
                raise LimitExceeded(
                    f"the input manifest {uri} has more than {task_type.most_objects} objects (line {number}), which is the "
                    f"most for {task_type.title} jobs; split it"
                )
            yield _input_line(number, raw, uri, label_attribute, task_type, has_gold)
            count += 1
    except BadLine as problem:
        raise Invalid(f"the input manifest {uri}, {problem.message}") from None
    if not count:
        raise Invalid(f"the input manifest {uri} is empty; it needs one line for each data object")


@dataclass(frozen=True, slots=True)
class CategoryFile:
    """A label category file: the names of the labels, whose position is their class id, and all that it says."""

    labels: tuple[str, ...]
    document: Mapping[str, Any]


NO_CATEGORIES = CategoryFile((), {})


def read_category_file(content: bytes, uri: str, rules: CategoryRules) -> CategoryFile:
    """The label category file with this content.

    Raises: Invalid: the file breaks a rule; names the file and the cause.
    """
    if not content.removeprefix(BYTE_ORDER_MARK).strip():
        raise Invalid(f"the label category file {uri} is empty; it must be {_CATEGORY_FILE}")
    try:
        document = parse_strictly(content.removeprefix(BYTE_ORDER_MARK).decode())
    except RecursionError:
        raise Invalid(f"the label category file {uri} is nested too deeply") from None
    except ValueError as problem:
        raise Invalid(f"the label category file {uri} is not JSON that can be used: {problem}") from None
    entries = document.get("labels") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise Invalid(f"the label category file {uri} has no labels; it must be {_CATEGORY_FILE}")
    if len(entries) < rules.minimum:
        raise Invalid(
            f"the label category file {uri} has {counted(len(entries), 'label')}; at least {rules.minimum} are needed"
        )
    most = MAX_LABELS if rules.maximum is None else rules.maximum
    if len(entries) > most:
        raise Invalid(f"the label category file {uri} has {len(entries)} labels; at most {most} are allowed")
    labels: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"the label category file {uri}, label {number}:"
        label = _label(entry, where)
        if label in labels:
            raise Invalid(f"{where} duplicate label {label!r} (also label {labels[label]})")
        labels[label] = number
    return CategoryFile(tuple(labels), document)


def _label(entry: Any, where: str) -> str:
    if not isinstance(entry, dict) or "label" not in entry:
        found = (
            f"has the keys {', '.join(map(repr, entry))}"
            if isinstance(entry, dict) and entry
            else "is not one"
        )
        raise Invalid(f'{where} must be an object with the key "label", like {{"label": "cat"}}, but {found}')
    label = entry["label"]
    if not isinstance(label, str) or not label.strip():
        raise Invalid(f'{where} "label" must be a string that is not empty, not {json.dumps(label)}')
    if len(label) > MAX_LABEL_CHARACTERS:
        raise Invalid(
            f"{where} the name has {len(label)} characters; at most {MAX_LABEL_CHARACTERS} are allowed"
        )
    if "\x00" in label or not _is_unicode(label):
        raise Invalid(f"{where} the name has a character that is not text")
    return label


def _input_line(
    number: int,
    raw: bytes,
    uri: str,
    label_attribute: str,
    task_type: TaskType[Any],
    has_gold: Callable[[Mapping[str, Any]], bool] | None,
) -> InputLine:
    data_object = parse_line(raw, number, LINE_RULES)
    place = f"the input manifest {uri}, line {number}:"
    _check_keys(data_object, place)
    _check_source(data_object, place, task_type)
    try:
        is_known = has_gold is not None and has_gold(data_object)
    except Invalid as problem:
        raise Invalid(f"{place} {problem.message}") from None
    _check_carried(data_object, place, label_attribute, task_type)
    return InputLine(number - 1, raw.decode(), _carried(data_object, label_attribute), is_known)


def _check_keys(data_object: dict[str, Any], place: str) -> None:
    for key, value in data_object.items():
        if key.startswith("$"):
            raise Invalid(f"{place} the key {key!r} begins with $; such keys are reserved")
        if isinstance(value, str) and len(value) > MAX_VALUE_CHARACTERS:
            raise Invalid(
                f"{place} the value of {key!r} has {len(value)} characters; at most {MAX_VALUE_CHARACTERS}"
            )


def _check_source(data_object: dict[str, Any], place: str, task_type: TaskType[Any]) -> None:
    match ("source-ref" in data_object, "source" in data_object):
        case (True, True):
            raise Invalid(f"{place} has both 'source' and 'source-ref'; it must have exactly one of them")
        case (False, False):
            there = ", ".join(map(repr, data_object))[:200] or "no key at all"
            raise Invalid(
                f"{place} has neither 'source-ref' nor 'source', but {there}; {_NEEDED[task_type.data]}"
            )
        case (False, True):
            _check_text(data_object["source"], place, task_type)
        case (True, False):
            _check_reference(data_object["source-ref"], place, task_type)


_NEEDED = {
    DataKind.IMAGE: "put the image's URI into 'source-ref'",
    DataKind.TEXT: "put the text into 'source'",
    DataKind.ANY: "put a URI into 'source-ref' or a text into 'source'",
}


def _check_text(text: Any, place: str, task_type: TaskType[Any]) -> None:
    if task_type.data is DataKind.IMAGE:
        raise Invalid(
            f"{place} has 'source', which is text; {task_type.title} jobs need images, in 'source-ref'"
        )
    if not isinstance(text, str):
        raise Invalid(f"{place} 'source' must be a string, not {json.dumps(text)[:100]}")


def _check_reference(uri: Any, place: str, task_type: TaskType[Any]) -> None:
    if task_type.data is DataKind.TEXT:
        raise Invalid(
            f"{place} has 'source-ref', which is a URI; {task_type.title} jobs need text, in 'source'"
        )
    if not isinstance(uri, str):
        raise Invalid(f"{place} 'source-ref' must be a string, not {json.dumps(uri)[:100]}")
    try:
        _, key = parse_s3_uri(uri)
    except Invalid as problem:
        raise Invalid(f"{place} 'source-ref': {problem.message}") from None
    if not key:
        raise Invalid(f"{place} 'source-ref' {uri!r} names a bucket, not an object")


def _check_carried(
    data_object: dict[str, Any], place: str, label_attribute: str, task_type: TaskType[Any]
) -> None:
    """Decision: a label of another built-in type is an error. The line would pass through, so that a review whose
    attribute is the reviewed one would end as completed, without having asked anybody.
    """
    if label_attribute not in data_object or task_type.output_type == _CUSTOM:
        return
    found = str(metadata_of(data_object, label_attribute).get("type", "")).lower()
    if found.startswith(_BUILT_IN) and found not in (task_type.output_type, _CUSTOM):
        raise Invalid(
            f"{place} already has a label {label_attribute!r} of the type {found[:100]!r}, but the job makes labels of the "
            f"type {task_type.output_type!r}; give the job another LabelAttributeName"
        )


def _carried(data_object: dict[str, Any], label_attribute: str) -> str | None:
    if data_object.get(label_attribute) is None:
        return None
    return "human" if is_human_annotated(data_object, label_attribute) else "machine"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
