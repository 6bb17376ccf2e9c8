"""What workers are shown who verify a mask: the image, and the mask of the reviewed label with its colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import DataObject, Facts, Job
from trigpoint.labeling.task_types.image_facts import MAX_IMAGE_BYTES, measure_image
from trigpoint.labeling.task_types.line_input import line_input
from trigpoint.labeling.task_types.reviewed import reviewed_label
from trigpoint.objects import ObjectStore
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.images.opening import UnreadableImage
from trigpoint.records.labels.attributes import METADATA
from trigpoint.records.labels.masks import BACKGROUND, SEMANTIC_SEGMENTATION, opened_mask, read_color_map


def measure(objects: ObjectStore, job: Job, data_object: DataObject) -> Facts:
    """Size and channels of the image, after a check that there is a mask of this size to verify.

    Raises: Invalid, NotFound: why the object cannot be labeled.
    """
    uri = _reviewed_mask(job, data_object.content)["mask"]
    facts = measure_image(objects, job, data_object)
    _check_size(objects, uri, (facts["width"], facts["height"]))
    return facts


def _check_size(objects: ObjectStore, uri: str, size: tuple[int, int]) -> None:
    if (size_bytes := objects.head_uri(uri).size_bytes) > MAX_IMAGE_BYTES:
        raise Invalid(f"{uri} has {size_bytes} bytes; masks may have at most {MAX_IMAGE_BYTES} (40 MB)")
    try:
        with opened_mask(objects.read_uri(uri)) as mask:
            found = mask.size
    except UnreadableImage as problem:
        raise problem.of(uri) from None
    if found != size:
        raise Invalid(
            f"the mask {uri} has {found[0]} x {found[1]} pixels, and the image {size[0]} x {size[1]}; both must be equal"
        )


def task_input(job: Job, data_object: DataObject) -> Mapping[str, Any]:
    """As for other task types, and `reviewed`: the label attribute, its class names and their colours, and the mask.

    `reviewed` is None for an object without a label to review, which no worker is shown.
    """
    try:
        reviewed = _reviewed_mask(job, data_object.content)
    except Invalid:
        reviewed = None
    return {**line_input(job, data_object), "reviewed": reviewed}


def _reviewed_mask(job: Job, line: Mapping[str, Any]) -> dict[str, Any]:
    """`reviewed` of the task input. Raises: Invalid: there is none, or it is malformed."""
    found = reviewed_label(job, line, SEMANTIC_SEGMENTATION)
    try:
        if not isinstance(found.value, str):
            raise Invalid("it must be the URI of a mask")
        _, key = parse_s3_uri(found.value)
        if not key:
            raise Invalid(f"{found.value!r} names a bucket, not an object")
        classes = read_color_map(found.metadata, f"{found.attribute}{METADATA}").values()
    except Invalid as problem:
        raise Invalid(
            f"the label to review, {found.attribute!r}, cannot be read: {problem.message}"
        ) from None
    shown = [each for each in classes if each.name != BACKGROUND]
    return {
        "attribute": found.attribute,
        "labels": [each.name for each in shown],
        "labelMappings": {each.name: {"color": each.color} for each in shown},
        "mask": found.value,
    }
