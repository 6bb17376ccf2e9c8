"""Bounding box labels.

The label holds the image's size and the boxes with class ids; the metadata holds one entry per box in `objects`,
and the names of the classes.

Decision: what other formats say about a box and Ground Truth has no member for (difficult, truncated, occluded,
iscrowd) is written into the entries of `objects`, so that the streamed label stays as Ground Truth writes it.

Source: ground-truth.md 3.6; training.md 1.3, 6.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.attributes import METADATA, metadata_of
from trigpoint.records.labels.classes import (
    class_id,
    class_name,
    parse_class_id,
    read_class_map,
    write_class_map,
)
from trigpoint.records.labels.image_size import ImageSize, read_image_size, write_image_size
from trigpoint.records.labels.values import quoted, read_number, write_number

OBJECT_DETECTION: Final = "groundtruth/object-detection"

FLAGS: Final = ("difficult", "truncated", "occluded", "iscrowd")

BoxLtwh = tuple[float, float, float, float]
"""Left, top, width, height in pixels of the stored image, origin top left."""

Corners = tuple[float, float, float, float]
"""x1, y1, x2, y2 as fractions of the image."""


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A box with its class: pixels of the stored image, origin top left, right and bottom edge exclusive.

    `flags` are those of FLAGS that are true for it.
    """

    class_name: str
    left: float
    top: float
    width: float
    height: float
    confidence: float = 1.0
    flags: frozenset[str] = frozenset()

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def ltwh(self) -> BoxLtwh:
        return self.left, self.top, self.width, self.height


@dataclass(frozen=True, slots=True)
class BoxLabel:
    """A label without its metadata, as training streams it: only the ids of the classes are known.

    `class_ids[k]` belongs to `boxes_ltwh[k]`. `image_size` is None when the label has none.
    """

    image_size: ImageSize | None
    class_ids: tuple[int, ...]
    boxes_ltwh: tuple[BoxLtwh, ...]


def parse_box_label(value: Any) -> BoxLabel:
    """The label in a parsed attribute value, or in its bytes from a stream.

    Class ids may be numbers or numeric strings. A label without boxes is legal.
    Raises: Invalid: something else; the message names the field.
    """
    if isinstance(value, bytes | str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise Invalid(f"the annotation is not JSON: {error}") from None
    if value is None:
        raise Invalid("the annotation is null; it must be a JSON object with image_size and annotations")
    if not isinstance(value, Mapping):
        raise Invalid(
            f"the annotation must be a JSON object with image_size and annotations, not {quoted(value)}"
        )
    entries = value.get("annotations")
    if not isinstance(entries, list):
        raise Invalid(f"annotations must be a list of boxes, not {quoted(entries)}")
    parsed = [_parse_entry(entry, f"annotations[{k}]") for k, entry in enumerate(entries)]
    return BoxLabel(
        read_image_size(value.get("image_size")),
        tuple(found for found, _ in parsed),
        tuple(box for _, box in parsed),
    )


def _parse_entry(entry: Any, where: str) -> tuple[int, BoxLtwh]:
    if not isinstance(entry, Mapping):
        raise Invalid(
            f"{where} must be an object with class_id, left, top, width and height, not {quoted(entry)}"
        )
    left, top, width, height = (
        read_number(entry.get(name), f"{where}.{name}") for name in ("left", "top", "width", "height")
    )
    return parse_class_id(entry.get("class_id"), f"{where}.class_id"), (left, top, width, height)


def clip_to_fractions(box: BoxLtwh, size: ImageSize) -> Corners | None:
    """The corners x1, y1, x2, y2 as fractions of the image, within [0, 1]; None when no area is inside."""
    left, top, width, height = box
    x1, x2 = (min(max(x / size.width, 0.0), 1.0) for x in (left, left + width))
    y1, y2 = (min(max(y / size.height, 0.0), 1.0) for y in (top, top + height))
    return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


def read_boxes(
    line: Mapping[str, Any], attribute: str, names: Mapping[int, str]
) -> tuple[ImageSize | None, tuple[Box, ...]]:
    """The image size and the boxes of a line's label, with class names, confidences and flags from its metadata.

    names: the names of ids that the line's own class-map does not have; `class-<id>` where both have none.
    Raises: Invalid: the label or its metadata are malformed (names the field).
    """
    label = parse_box_label(line[attribute])
    own = read_class_map(line, attribute)
    objects = _objects(line, attribute, len(label.class_ids))
    boxes = tuple(
        Box(
            class_name(found, own, names),
            *ltwh,
            _confidence(entry, f"{attribute}{METADATA}: objects[{k}].confidence"),
            frozenset(flag for flag in FLAGS if entry.get(flag)),
        )
        for k, (found, ltwh, entry) in enumerate(zip(label.class_ids, label.boxes_ltwh, objects, strict=True))
    )
    return label.image_size, boxes


def _objects(line: Mapping[str, Any], attribute: str, count: int) -> Sequence[Mapping[str, Any]]:
    objects = metadata_of(line, attribute).get("objects")
    if objects is None:
        return [{}] * count
    if not isinstance(objects, list) or not all(isinstance(each, Mapping) for each in objects):
        raise Invalid(f"{attribute}{METADATA}: objects must be a list of objects")
    if len(objects) != count:
        raise Invalid(
            f"{attribute}{METADATA}: objects has {len(objects)} entries, but there are {count} annotations"
        )
    return objects


def _confidence(entry: Mapping[str, Any], where: str) -> float:
    value = entry.get("confidence", 1)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"{where} must be a number, not {value!r}")
    return float(value)


def write_box_label(boxes: Sequence[Box], ids: Mapping[str, int], size: ImageSize) -> dict[str, Any]:
    """The label, with the boxes in their order.

    Raises: Invalid: a class that has no id.
    """
    return {
        "image_size": write_image_size(size),
        "annotations": [
            {
                "class_id": class_id(box.class_name, ids),
                "left": write_number(box.left),
                "top": write_number(box.top),
                "width": write_number(box.width),
                "height": write_number(box.height),
            }
            for box in boxes
        ],
    }


def write_box_metadata(boxes: Sequence[Box], ids: Mapping[str, int]) -> dict[str, Any]:
    """The metadata's own members: one entry of `objects` per box, and the map of the classes that occur."""
    used = sorted({box.class_name for box in boxes}, key=lambda name: class_id(name, ids))
    return {
        "objects": [
            {"confidence": write_number(box.confidence), **{flag: 1 for flag in FLAGS if flag in box.flags}}
            for box in boxes
        ],
        "class-map": write_class_map(used, ids),
    }
