"""The template input of named entity jobs: the label categories with their display names, and the instructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.records.labels.values import quoted

_DISPLAY_NAMES = ("shortDisplayName", "fullDisplayName", "longDisplayName")
_INSTRUCTIONS = ("shortInstruction", "fullInstruction")


def entity_input(job: Job, data_object: DataObject) -> Mapping[str, Any]:
    """As for other texts, but `labels` are the objects of the label category file, and with its `instructions`.

    Decision: AWS requires instructions in the file. Without them the job runs nevertheless, with the general
    instructions of the template, because a requester's own template can hold better ones.

    Raises: Invalid: a display name or an instruction is not text; names the key.
    """
    return {
        **line_input(job, data_object),
        "labels": label_entries(job),
        "instructions": _instructions(job),
    }


def label_entries(job: Job) -> Sequence[Mapping[str, Any]]:
    """The label categories as the requester wrote them. Raises: Invalid: a display name is not text."""
    entries: Sequence[Mapping[str, Any]] = job.category_file.get("labels") or [
        {"label": label} for label in job.labels
    ]
    for number, entry in enumerate(entries, start=1):
        for key in _DISPLAY_NAMES:
            _check_text(f"label {number}: {key!r}", entry.get(key))
    return entries


def _instructions(job: Job) -> Mapping[str, str]:
    """The instructions of the label category file, "" where it has none."""
    written = job.category_file.get("instructions") or {}
    if not isinstance(written, Mapping):
        raise Invalid(
            f"the label category file: 'instructions' must be an object with the keys "
            f"{' and '.join(map(repr, _INSTRUCTIONS))}, not {quoted(written)}"
        )
    for key in _INSTRUCTIONS:
        _check_text(f"instructions: {key!r}", written.get(key))
    return {key: written.get(key) or "" for key in _INSTRUCTIONS}


def _check_text(where: str, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        raise Invalid(f"the label category file, {where} must be text, not {quoted(value)}")
