"""The label that a verification or adjustment job reviews: which attribute of a manifest line it is.

CreateLabelingJob has no field for it. AWS knows it from the task template only, which reads the attribute from
`task.input.manifestLine`.

Decision: `auditLabelAttributeName` in the label category file names the attribute. AWS uses this key for video and
point cloud jobs. Without it, it is the one label of the reviewed kind that the template reads from the first line that
has it. If the template reads none or several, a line's reviewed label is the one of the kind that the task type reviews;
the kind is in the label's metadata, or shows in the label itself. If a line has several, it is the one that was made
last, because in a chain of jobs each reviews the job before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Job
from trigpoint.records.labels.attributes import METADATA, metadata_of

ATTRIBUTE_KEY: Final = "auditLabelAttributeName"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A label of an earlier job. `metadata` is empty if the line has none."""

    attribute: str
    value: Any
    metadata: Mapping[str, Any]


def reviewed_label(job: Job, line: Mapping[str, Any], label_type: str) -> Reviewed:
    """The label of a line that the job reviews.

    Args:   label_type: what the metadata of such labels has as `type`, such as "groundtruth/object-detection".
    Raises: Invalid: the line has no such label; says what it lacks.
    """
    named = job.category_file.get(ATTRIBUTE_KEY)
    if named is not None:
        return _label(line, _named_attribute(named, job, line))
    found = _labels_of_type(job, line, label_type)
    if not found:
        raise Invalid(
            f"the manifest line has no label to review: no attribute has metadata of the type {label_type!r}; give "
            "the job the output manifest of the job that it reviews"
        )
    made_last = max(range(len(found)), key=lambda k: (_creation_date(line, found[k]), k))
    return _label(line, found[made_last])


def with_shown_attribute(
    job: Job, line: Mapping[str, Any], label_type: str, shown: Set[str]
) -> Mapping[str, Any] | None:
    """The job's label category file, with the attribute of the label that the template shows.

    Args:    shown: the names in a manifest line that the template reads.
    Returns: None if the template shows no label of the type in this line, or several.
    Raises:  Invalid: the category file names another attribute.
    """
    names = {name.removesuffix(METADATA) for name in shown}
    found = [name for name in _labels_of_type(job, line, label_type) if name in names]
    if len(found) != 1:
        return None
    named = job.category_file.get(ATTRIBUTE_KEY, found[0])
    if named != found[0]:
        raise Invalid(
            f"the task template shows the label {found[0]!r}, but {ATTRIBUTE_KEY} in the label category file names "
            f"{str(named)[:127]!r}; name the same label in both"
        )
    return {**job.category_file, ATTRIBUTE_KEY: named}


def _labels_of_type(job: Job, line: Mapping[str, Any], label_type: str) -> list[str]:
    return [name for name in line if _is_other_label(name, job) and _is_of_type(line, name, label_type)]


def _named_attribute(named: Any, job: Job, line: Mapping[str, Any]) -> str:
    if not isinstance(named, str) or not named or named == job.spec.label_attribute:
        raise Invalid(
            f"{ATTRIBUTE_KEY} in the label category file must be the label attribute of another job, not "
            f"{str(named)[:80]!r}"
        )
    if line.get(named) is None:
        raise Invalid(
            f"the manifest line has no label to review: it lacks the attribute {named[:127]!r}, which "
            f"{ATTRIBUTE_KEY} in the label category file or the task template names"
        )
    return named


def _label(line: Mapping[str, Any], attribute: str) -> Reviewed:
    return Reviewed(attribute, line[attribute], metadata_of(line, attribute))


def _is_other_label(name: str, job: Job) -> bool:
    """Known labels are for measuring workers; workers do not see them."""
    own = (job.spec.label_attribute, job.spec.gold_attribute, "source", "source-ref")
    return name not in own and not name.endswith(METADATA)


def _is_of_type(line: Mapping[str, Any], name: str, label_type: str) -> bool:
    """Labels that were not made by Ground Truth may lack `type`."""
    value, metadata = line[name], metadata_of(line, name)
    if value is None:
        return False
    if "type" in metadata:
        return bool(metadata["type"] == label_type)
    if label_type.endswith("/object-detection"):
        return isinstance(value, Mapping) and isinstance(value.get("annotations"), list)
    return isinstance(value, str) and "internal-color-map" in metadata


def _creation_date(line: Mapping[str, Any], name: str) -> str:
    """In ISO 8601 and UTC, so that the text of a later one is greater; "" when it is unknown."""
    return str(metadata_of(line, name).get("creation-date", ""))
