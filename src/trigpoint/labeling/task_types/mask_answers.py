"""What crowd-semantic-segmentation submits: reading and writing it."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.consolidation.packed_masks import PackedMask
from trigpoint.labeling.model import DataObject, Job
from trigpoint.labeling.task_types.answer_limits import AnswerLimits, shown_name
from trigpoint.labeling.task_types.image_facts import image_size_of
from trigpoint.labeling.task_types.mask_pixels import read_colored_mask
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import (
    BACKGROUND,
    BACKGROUND_COLOR,
    class_colors,
    opened_mask,
    read_color,
    write_mask,
)

MASK_LIMITS: Final = AnswerLimits(entries=1_000, size_bytes=8 * 2**20)
"""Decision: AWS documents no limit. A detailed mask of 100 million pixels needs about 3 MiB."""

MOST_OBJECTS: Final = 20_000
"""Of a job, as on AWS."""

_ELEMENT: Final = "crowd-semantic-segmentation"
_LONGEST_QUOTE: Final = 80


@dataclass(frozen=True, slots=True)
class MaskAnswer:
    """A worker's mask, with class numbers from 1 in the order of the job's labels.

    is_modified: whether they changed the mask that they were given; False if they were given none.
    """

    mask: PackedMask
    is_modified: bool = False


def read_answer(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> MaskAnswer:
    """The mask of an answer.

    Decision: inputImageProperties is not read; the mask itself must have the size of the image.

    Raises: Invalid: the answer cannot be used; names the field and the rule.
    """
    name, element = _element(answer)
    colors = _read_colors(element.get("labelMappings"), f"{name}.labelMappings")
    for label in colors:
        if label not in job.labels:
            raise Invalid(f"{name}.labelMappings: {_no_label(label)}")
    return _read_mask(job, data_object, name, element, colors)


def read_adjusted_answer(job: Job, data_object: DataObject, answer: Mapping[str, Any]) -> MaskAnswer:
    """The mask of an answer that was made from another mask.

    Decision: labelMappings may have labels of the other mask that the job does not have, if no pixel is left that has
    them. Otherwise nobody could submit a mask from which they erased such a label.

    Raises: Invalid: as `read_answer`.
    """
    name, element = _element(answer)
    colors = _read_colors(element.get("labelMappings"), f"{name}.labelMappings")
    return _read_mask(job, data_object, name, element, colors)


def _read_mask(
    job: Job, data_object: DataObject, name: str, element: Mapping[str, Any], colors: Mapping[str, str]
) -> MaskAnswer:
    where = f"{name}.labeledImage.pngImageData"
    png = _read_base64(element["labeledImage"].get("pngImageData"), where)
    modified = element.get("initialValueModified", False)
    if not isinstance(modified, bool):
        raise Invalid(f"{name}.initialValueModified must be true or false")
    numbers = {colors[label]: number for number, label in enumerate(job.labels, 1) if label in colors}
    reasons = {color: _no_label(label) for label, color in colors.items() if label not in job.labels}
    return MaskAnswer(read_colored_mask(png, image_size_of(data_object), numbers, where, reasons), modified)


def write_answer(
    class_numbers: bytes, size: ImageSize, labels: Sequence[str], is_modified: bool | None = None
) -> dict[str, Any]:
    """The answer with this mask, as crowd-form submits it: a PNG with an alpha channel, as a browser's canvas gives.

    is_modified: None where the worker was given no mask.
    """
    used = set(class_numbers)
    colors = dict(zip(labels, class_colors(len(labels)), strict=True))
    value: dict[str, Any] = {
        "inputImageProperties": {"height": size.height, "width": size.width},
        "labelMappings": {
            label: {"color": colors[label]} for number, label in enumerate(labels, 1) if number in used
        },
        "labeledImage": {"pngImageData": base64.b64encode(_canvas(class_numbers, size)).decode()},
    }
    if is_modified is not None:
        value["initialValueModified"] = is_modified
    return {_ELEMENT: value}


def _element(answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Name, for messages, and value of the element that the mask was painted in."""
    # the usual name first, the others in their order
    for name in sorted(answer, key=lambda name: name != _ELEMENT):
        value = answer[name]
        if isinstance(value, Mapping) and isinstance(value.get("labeledImage"), Mapping):
            return shown_name(name), value
    raise Invalid("the answer has no element with a labeledImage")


def _read_colors(mappings: Any, where: str) -> dict[str, str]:
    """The colour of each label in the labelMappings of an answer."""
    if not isinstance(mappings, Mapping):
        raise Invalid(f'{where} must be an object like {{"cat": {{"color": "#2ca02c"}}}}')
    colors: dict[str, str] = {}
    labels: dict[str, str] = {}
    for label, entry in mappings.items():
        place = f"{where}.{shown_name(label)}"
        color = read_color(entry.get("color") if isinstance(entry, Mapping) else None, f"{place}.color")
        if label == BACKGROUND and color == BACKGROUND_COLOR:
            continue
        if color == BACKGROUND_COLOR:
            raise Invalid(f"{place}.color must not be {BACKGROUND_COLOR}, which is the background's")
        if color in labels:
            raise Invalid(f"{place}.color: {shown_name(labels[color])} has the colour {color} as well")
        colors[label], labels[color] = color, label
    return colors


def _read_base64(text: Any, where: str) -> bytes:
    if not isinstance(text, str) or not text:
        raise Invalid(f"{where} is missing; it must be a PNG in base64")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(f"{where} is not base64") from None


def _no_label(label: str) -> str:
    return f"the job has no label {label[:_LONGEST_QUOTE]!r}"


def _canvas(class_numbers: bytes, size: ImageSize) -> bytes:
    """The PNG with transparent background that a browser's canvas gives."""
    file = io.BytesIO()
    with opened_mask(write_mask(class_numbers, size)) as image:
        image.info["transparency"] = 0
        image.convert("RGBA").save(file, "PNG", compress_level=1)
    return file.getvalue()
