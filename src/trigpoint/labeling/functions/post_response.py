"""The event for a post-annotation function, and what it returns. Pure.

Source: ground-truth.md 3.11, 4.5, 12.10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job, Round
from trigpoint.labeling.outputs import root_uri
from trigpoint.labeling.task_types.answer_limits import check_depth, shown_name
from trigpoint.labeling.task_types.pass_through import CUSTOM
from trigpoint.records.labels.attributes import METADATA, common_metadata

VERSION = "2018-10-06"
MOST_TYPE_CHARACTERS = 127
MOST_NOTES = 100
"""Of one response; the last note counts the others."""


@dataclass(slots=True)
class PostResponse:
    """By object index: the members for the output line, or why there are none. `notes` says what was not used."""

    contents: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def post_event(job: Job, payload_uri: str) -> dict[str, Any]:
    """The event for the objects of a round, whose answers are in the object at `payload_uri`."""
    return {
        "version": VERSION,
        "labelingJobArn": job.arn,
        "labelCategories": list(job.labels),
        "labelAttributeName": job.spec.label_attribute,
        "roleArn": job.spec.role_arn,
        "payload": {"s3Uri": payload_uri},
        "outputConfig": f"{root_uri(job.spec)}/annotations",
        "maxHumanWorkersPerDataObject": job.spec.workers_per_object,
        "vpcEnabled": False,
    }


def read_post_response(
    job: Job, made: Round, name: str, asked: Mapping[int, DataObject], response: Any
) -> PostResponse:
    """The response to the event with the objects `asked`, by index.

    Of several entries for one object the last one counts. An object without a usable entry fails.
    """
    found = PostResponse()
    where = f"the response of the post-annotation function {name!r}"
    if not isinstance(response, list):
        reason = f"{where} must be a list, not {json.dumps(response)[:100]}"
        found.failures = dict.fromkeys(asked, reason)
        return found
    for number, entry in enumerate(response):
        place = f"{where}, entry {number}"
        index = _index(entry)
        if index is None:
            found.notes.append(f"{place}: datasetObjectId is missing, or not the number of an object as text")
            continue
        if index not in asked:
            found.notes.append(f"{place}: datasetObjectId {index} was not asked for")
            continue
        found.contents.pop(index, None)
        found.failures.pop(index, None)
        try:
            found.contents[index] = _members(job, made, asked[index], entry, found.notes, place)
        except Invalid as problem:
            found.failures[index] = f"{place}: {problem.message}"
            found.notes.append(found.failures[index])
    for index in asked:
        if index not in found.contents and index not in found.failures:
            found.failures[index] = f"{where} has no entry for this object (datasetObjectId {index})"
    if len(found.notes) > MOST_NOTES:
        found.notes[MOST_NOTES:] = [f"and {len(found.notes) - MOST_NOTES} more"]
    return found


def _index(entry: Any) -> int | None:
    """The index of the object that an entry is for."""
    value = entry.get("datasetObjectId") if isinstance(entry, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    return None


def _members(
    job: Job, made: Round, data_object: DataObject, entry: Mapping[str, Any], notes: list[str], place: str
) -> dict[str, Any]:
    """The members for the object's output line.

    Decision: members of `content` other than the label and its metadata are added to the line if it has none of that
    name. The others are not used, because the line of the manifest is carried on unchanged.
    Raises: Invalid: the label is missing, or a value cannot be written.
    """
    label = job.spec.label_attribute
    annotation = entry.get("consolidatedAnnotation")
    content = annotation.get("content") if isinstance(annotation, dict) else None
    if not isinstance(content, dict):
        raise Invalid("consolidatedAnnotation.content must be an object")
    if label not in content:
        there = ", ".join(repr(shown_name(key)) for key in list(content)[:10]) or "no key at all"
        raise Invalid(
            f"consolidatedAnnotation.content has no key {label!r} (the label attribute), but {there}"
        )
    _check(content)
    metadata = content.get(label + METADATA, {})
    if not isinstance(metadata, dict):
        raise Invalid(f"consolidatedAnnotation.content.{label}{METADATA} must be an object")
    members = {label: content[label], label + METADATA: _metadata(job, made, metadata)}
    line = data_object.content
    for key, value in content.items():
        if key in members:
            continue
        if key in line or key in ("source", "source-ref") or key.startswith("$"):
            notes.append(
                f"{place}: content.{shown_name(key)} was not used; the line has such a member, or must not"
            )
        else:
            members[key] = value
    return members


def _metadata(job: Job, made: Round, given: Mapping[str, Any]) -> dict[str, Any]:
    """The function's metadata and the members that all labels have.

    Decision: a function may name the `type` of its label, by which other jobs and tools know its form. Who made the label,
    when, and in which job is what happened; there the function's values are not used.
    """
    named = given.get("type")
    is_type = isinstance(named, str) and 0 < len(named) <= MOST_TYPE_CHARACTERS
    common = common_metadata(str(named) if is_type else CUSTOM, job.name, made.created_at)
    return {**common, **given, **common}


def _check(content: Mapping[str, Any]) -> None:
    """Raises: Invalid: the content is nested too deeply, or has half of a surrogate pair."""
    check_depth("content", content)
    try:
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise Invalid(
            "consolidatedAnnotation.content has a character or number that cannot be written"
        ) from None
