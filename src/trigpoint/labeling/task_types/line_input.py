"""The template input that most built-in PRE-* functions make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.labeling.model import DataObject, Job


def line_input(job: Job, data_object: DataObject) -> Mapping[str, Any]:
    """The data object's URI or text, the label categories, and the whole manifest line."""
    content = data_object.content
    return {
        "taskObject": content.get("source-ref", content.get("source")),
        "labels": list(job.labels),
        "manifestLine": content,
    }
