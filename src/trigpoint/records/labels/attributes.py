"""Label attributes of a manifest line: their names, their kind, and the metadata that all kinds share.

Source: ground-truth.md 1.2, 3.3, 3.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from trigpoint.core.errors import Invalid

METADATA: Final = "-metadata"
"""Suffix of the attribute that describes a label."""


def check_attribute_name(name: str) -> None:
    """Raises Invalid when a label attribute may not have this name."""
    if (
        not name
        or name in ("source", "source-ref")
        or name.endswith((METADATA, "-ref"))
        or name.startswith("$")
    ):
        raise Invalid(
            f"{name!r} cannot be a label attribute: source, source-ref, names that end with -metadata or -ref, "
            "and names that begin with $ are reserved"
        )


def common_metadata(
    label_type: str, job_name: str, created_at: datetime, *, human_annotated: bool = True
) -> dict[str, Any]:
    """The members that the metadata of every label has, whatever its kind.

    label_type: such as "groundtruth/object-detection". created_at: UTC.
    """
    return {
        "type": label_type,
        "human-annotated": "yes" if human_annotated else "no",
        "creation-date": created_at.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "job-name": f"labeling-job/{job_name.lower()}",
    }


def write_adjustment_status(is_adjusted: bool) -> dict[str, str]:
    """The metadata's member of a label that was made from another: whether a worker changed that one."""
    return {"adjustment-status": "adjusted" if is_adjusted else "unadjusted"}


def metadata_of(line: Mapping[str, Any], attribute: str) -> Mapping[str, Any]:
    """The metadata of a label; empty when there is none or it is not an object."""
    found = line.get(attribute + METADATA)
    return found if isinstance(found, Mapping) else {}


def is_human_annotated(line: Mapping[str, Any], attribute: str) -> bool:
    """False when the metadata says that a model made the label; True in all other cases."""
    return metadata_of(line, attribute).get("human-annotated") != "no"


def may_be_label(name: str) -> bool:
    """False for the names of references, of text sources and of metadata."""
    return name != "source" and not name.endswith((METADATA, "-ref"))


def label_attributes(line: Mapping[str, Any]) -> list[str]:
    """The attributes of a line that are labels: those with metadata, and boxes even without."""
    return [
        name
        for name, value in line.items()
        if may_be_label(name)
        and (
            isinstance(line.get(name + METADATA), Mapping)
            or (isinstance(value, Mapping) and "annotations" in value)
        )
    ]


def missing_labels(line: Mapping[str, Any]) -> dict[str, str | None]:
    """The labels of which a line has only the metadata, with the `failure-reason` in them.

    Ground Truth writes such a line for an object that could not be labeled.
    """
    return {
        label: str(value["failure-reason"]) if "failure-reason" in value else None
        for name, value in line.items()
        if name.endswith(METADATA) and isinstance(value, Mapping)
        if (label := name.removesuffix(METADATA)) not in line
    }


def label_type(line: Mapping[str, Any], attribute: str) -> str:
    """`object-detection`, `image-classification`, ...: from the metadata, or else from the label's shape."""
    metadata = metadata_of(line, attribute)
    declared = metadata.get("type")
    if isinstance(declared, str):
        return declared.rpartition("/")[2]
    if isinstance(metadata.get("objects"), list):
        return "object-detection"
    value = line.get(attribute)
    if isinstance(value, Mapping):
        return "object-detection" if "annotations" in value else "custom"
    return "image-classification-multilabel" if isinstance(value, list) else "image-classification"
