"""The mask of an earlier job that workers verify or adjust: checking it, and showing it to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.labeling.task_types.image_facts import image_size_of_facts, measure_image
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.mask_files import MaskFile, mask_file, read_mask_file
from trigpoint.labeling.task_types.mask_pixels import read_colored_mask
from trigpoint.labeling.task_types.reviewed import reviewed_label
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import SEMANTIC_SEGMENTATION


def reviewed_mask(job: Job, line: Mapping[str, Any]) -> MaskFile:
    """The mask of a manifest line that the job reviews.

    Raises: Invalid: there is none, or its metadata do not give each class a name and a colour.
    """
    label = reviewed_label(job, line, SEMANTIC_SEGMENTATION)
    return mask_file(label.attribute, label.value, label.metadata, _where(label.attribute))


def measure(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """Size and channels of the image, after a check that there is a mask of that size with the colours of its classes.

    Raises: Invalid, NotFound: why the object cannot be labeled.
    """
    mask = reviewed_mask(job, data_object.content)
    facts = measure_image(objects, job, data_object)
    png = read_mask_file(objects, mask, _where(mask.attribute))
    _check(png, mask, image_size_of_facts(facts))
    return facts


def task_input(job: Job, data_object: DataObject) -> Mapping[str, Any]:
    """As for other task types, and `reviewed`: the label attribute, its class names, their colours, and the mask's URI.

    `reviewed` is None for an object without a mask to review, which no worker is shown.
    """
    try:
        mask = reviewed_mask(job, data_object.content)
    except Invalid:
        return {**line_input(job, data_object), "reviewed": None}
    reviewed = {
        "attribute": mask.attribute,
        "labels": list(mask.colors),
        "labelMappings": {name: {"color": color} for name, color in mask.colors.items()},
        "src": mask.uri,
    }
    return {**line_input(job, data_object), "reviewed": reviewed}


def _check(png: bytes, mask: MaskFile, size: ImageSize) -> None:
    """Raises: Invalid: the mask has another size, or a pixel whose colour is in no entry of the map."""
    numbers = {color: number for number, color in enumerate(mask.colors.values(), 1)}
    read_colored_mask(png, size, numbers, f"the label to review, {mask.attribute!r}: {mask.uri}")


def _where(attribute: str) -> str:
    return f"the label to review, {attribute!r}, cannot be read"
