"""The mask of an earlier job that workers verify or adjust: checking it, and showing it to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.labeling.task_types.image_facts import MAX_IMAGE_BYTES, image_size_of_facts, measure_image
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.mask_pixels import read_colored_mask
from trigpoint.labeling.task_types.reviewed import reviewed_label
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import BACKGROUND, SEMANTIC_SEGMENTATION, read_color_map


@dataclass(frozen=True, slots=True)
class ReviewedMask:
    """The label attribute, the URI of the mask, and the colour of each class in it by the class's name."""

    attribute: str
    uri: str
    colors: Mapping[str, str]


def reviewed_mask(job: Job, line: Mapping[str, Any]) -> ReviewedMask:
    """The mask of a manifest line that the job reviews.

    Raises: Invalid: there is none, or its metadata do not give each class a name and a colour.
    """
    label = reviewed_label(job, line, SEMANTIC_SEGMENTATION)
    where = f"the label to review, {label.attribute!r}, cannot be read"
    if not isinstance(label.value, str):
        raise Invalid(f"{where}: it must be the URI of a mask")
    try:
        _, key = parse_s3_uri(label.value)
    except Invalid as problem:
        raise Invalid(f"{where}: {problem.message}") from None
    if not key:
        raise Invalid(f"{where}: {label.value!r} names a bucket, not an object")
    colors: dict[str, str] = {}
    for found in read_color_map(label.metadata, where).values():
        if found.name == BACKGROUND:
            continue
        if found.name in colors or found.color in colors.values():
            raise Invalid(f"{where}: two classes have the name {found.name!r} or the colour {found.color}")
        colors[found.name] = found.color
    return ReviewedMask(label.attribute, label.value, colors)


def measure(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """Size and channels of the image, after a check that there is a mask of that size with the colours of its classes.

    Raises: Invalid, NotFound: why the object cannot be labeled.
    """
    mask = reviewed_mask(job, data_object.content)
    facts = measure_image(objects, job, data_object)
    _check(_read(objects, mask), mask, image_size_of_facts(facts))
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


def _read(objects: ObjectStore, mask: ReviewedMask) -> bytes:
    where = f"the label to review, {mask.attribute!r}, cannot be read"
    try:
        found = objects.open_object(*parse_s3_uri(mask.uri))
    except NotFound as problem:
        raise NotFound(f"{where}: {problem.message}") from None
    with found.file as file:
        if found.info.size_bytes > MAX_IMAGE_BYTES:
            raise Invalid(
                f"{where}: {mask.uri} has {found.info.size_bytes} bytes; at most {MAX_IMAGE_BYTES} are allowed"
            )
        return file.read()


def _check(png: bytes, mask: ReviewedMask, size: ImageSize) -> None:
    """Raises: Invalid: the mask has another size, or a pixel whose colour is in no entry of the map."""
    numbers = {color: number for number, color in enumerate(mask.colors.values(), 1)}
    read_colored_mask(png, size, numbers, f"the label to review, {mask.attribute!r}: {mask.uri}")
