"""Labeled images as lines of a manifest, the way Ground Truth writes them.

Decision: the confidence of a converted label is 1: one person drew it, and nobody else was asked.

Source: ground-truth.md 3.3-3.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import LabeledImage
from trigpoint.datasets.rounding import rounded
from trigpoint.records.labels.attributes import METADATA, check_attribute_name, common_metadata
from trigpoint.records.labels.boxes import OBJECT_DETECTION, Box, write_box_label, write_box_metadata
from trigpoint.records.labels.classes import (
    IMAGE_CLASSIFICATION,
    IMAGE_CLASSIFICATION_MULTILABEL,
    class_id,
    write_class_metadata,
    write_classes,
    write_classes_metadata,
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """The name of the label attribute, and the job and time that the metadata names."""

    name: str
    job_name: str
    created_at: datetime

    def __post_init__(self) -> None:
        check_attribute_name(self.name)

    def members(self, label: Any, own: Mapping[str, Any], label_type: str) -> dict[str, Any]:
        """The label and its metadata, as members of a line; `own` are the metadata that only its kind has."""
        metadata = {**own, **common_metadata(label_type, self.job_name, self.created_at)}
        return {self.name: label, self.name + METADATA: metadata}


def manifest_line(
    image: LabeledImage, reference: str, ids: Mapping[str, int], attribute: Attribute, several: bool = False
) -> dict[str, Any]:
    """The line of an image; without boxes and classes, of an image that is still to be labeled.

    several: write a list of classes even when there is one.
    Raises: Invalid: boxes, but no image size; a class that has no id.
    """
    return {"source-ref": reference, **_label_members(image, ids, attribute, several)}


def _label_members(
    image: LabeledImage, ids: Mapping[str, int], attribute: Attribute, several: bool
) -> dict[str, Any]:
    if image.boxes is not None:
        if image.size is None:
            raise Invalid(f"{image.where}: the size of the image is not known")
        boxes = [_rounded(box) for box in image.boxes]
        label = write_box_label(boxes, ids, image.size)
        return attribute.members(label, write_box_metadata(boxes, ids), OBJECT_DETECTION)
    if image.classes and several:
        own = write_classes_metadata(dict.fromkeys(image.classes, 1.0), ids)
        return attribute.members(write_classes(image.classes, ids), own, IMAGE_CLASSIFICATION_MULTILABEL)
    if image.classes:
        name = image.classes[0]
        return attribute.members(class_id(name, ids), write_class_metadata(name, 1), IMAGE_CLASSIFICATION)
    return {}


def _rounded(box: Box) -> Box:
    return replace(
        box,
        left=rounded(box.left),
        top=rounded(box.top),
        width=rounded(box.width),
        height=rounded(box.height),
        confidence=rounded(box.confidence),
    )
