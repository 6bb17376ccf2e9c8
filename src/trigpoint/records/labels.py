"""What does a label say: the boxes of a detection annotation, and the classes of a classification label.

Source: training.md 1.3, 6.2.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Any, Literal

from trigpoint.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Pixels."""

    width: int
    height: int
    depth: int = 3


@dataclass(frozen=True, slots=True)
class LabelBox:
    """One object: its class and its box in pixels of the image, origin top left."""

    class_id: int
    left: float
    top: float
    width: float
    height: float

    def clipped_xyxy(self, size: ImageSize) -> tuple[float, float, float, float] | None:
        """The corners as fractions of the image, within [0, 1]; None when nothing of the box is inside."""
        x1, x2 = (min(max(x / size.width, 0.0), 1.0) for x in (self.left, self.left + self.width))
        y1, y2 = (min(max(y / size.height, 0.0), 1.0) for y in (self.top, self.top + self.height))
        return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None


@dataclass(frozen=True, slots=True)
class DetectionLabel:
    """The value of a bounding box attribute; `image_size` is None when it has none."""

    image_size: ImageSize | None
    boxes: tuple[LabelBox, ...]


def parse_detection(value: Any) -> DetectionLabel:
    """The label that a parsed attribute value, or its bytes in a stream, holds.

    Class ids may be numbers or numeric strings. No box is legal.
    Raises: Invalid: something else; the message names the field.
    """
    if isinstance(value, bytes | str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise Invalid(f"the annotation is not JSON: {error}") from None
    if not isinstance(value, Mapping):
        raise Invalid(
            f"the annotation must be a JSON object with image_size and annotations, not {_shown(value)}"
        )
    entries = value.get("annotations")
    if not isinstance(entries, list):
        raise Invalid(f"annotations must be a list of boxes, not {_shown(entries)}")
    boxes = tuple(_box(entry, f"annotations[{k}]") for k, entry in enumerate(entries))
    return DetectionLabel(_image_size(value.get("image_size")), boxes)


def _image_size(value: Any) -> ImageSize | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], Mapping):
        raise Invalid(f"image_size must be a list of one object with width and height, not {_shown(value)}")
    width, height, depth = (
        _number(value[0].get(name, default), f"image_size[0].{name}")
        for name, default in (("width", None), ("height", None), ("depth", 3))
    )
    if width < 1 or height < 1:
        raise Invalid(f"image_size[0] is {width:g} x {height:g}; both must be at least 1 pixel")
    return ImageSize(int(width), int(height), int(depth))


def _box(entry: Any, where: str) -> LabelBox:
    if not isinstance(entry, Mapping):
        raise Invalid(
            f"{where} must be an object with class_id, left, top, width and height, not {_shown(entry)}"
        )
    left, top, width, height = (
        _number(entry.get(name), f"{where}.{name}") for name in ("left", "top", "width", "height")
    )
    return LabelBox(parse_class_id(entry.get("class_id"), f"{where}.class_id"), left, top, width, height)


def parse_class_id(value: Any, where: str = "class_id") -> int:
    """A class id from 0, given as an integral number or as a string of one.

    Raises: Invalid.
    """
    number = _number(value, where, numeric_text=True)
    if number < 0 or number != int(number):
        raise Invalid(f"{where} must be an integer from 0, not {_shown(value)}")
    return int(number)


def _number(value: Any, where: str, *, numeric_text: bool = False) -> float:
    if numeric_text and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Invalid(f"{where} must be a number, not {_shown(value)}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Invalid(f"{where} must be a number, not {_shown(value)}")
    return float(value)


LabelFormat = Literal["multi-hot", "class-id"]


def label_format(content_type: str | None) -> LabelFormat:
    """How a channel writes labels of several classes: the parameter label-format of its content type.

    Read as a MIME type: letters' case and blanks do not matter. Default: multi-hot.
    Raises: Invalid: another label format.
    """
    message = Message()
    message["content-type"] = content_type or ""
    found = str(message.get_param("label-format", "multi-hot")).strip().lower()
    if found == "multi-hot":
        return "multi-hot"
    if found == "class-id":
        return "class-id"
    raise Invalid(f"label-format {found!r} of content type {content_type!r} must be multi-hot or class-id")


def parse_classes(value: Any, num_classes: int, form: LabelFormat) -> list[int]:
    """The sorted classes of an image, from a parsed attribute value or its bytes in a stream.

    A single number is the class itself, whatever the format.
    Raises: Invalid: the label does not fit the format (names the position).
    """
    if isinstance(value, bytes | str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise Invalid(f"the label is not a number or a list: {error}") from None
    if not isinstance(value, Sequence):
        return [_in_range(parse_class_id(value, "the label"), num_classes, "the label")]
    if form == "class-id":
        ids = [parse_class_id(each, f"the label's entry {k}") for k, each in enumerate(value)]
        return sorted({_in_range(each, num_classes, f"the label's entry {k}") for k, each in enumerate(ids)})
    if len(value) != num_classes:
        raise Invalid(
            f"a multi-hot label needs {num_classes} entries, one a class, this one has {len(value)}"
        )
    for k, each in enumerate(value):
        if isinstance(each, bool) or each not in (0, 1):
            raise Invalid(f"the label's entry {k} must be 0 or 1, not {_shown(each)}")
    return [k for k, each in enumerate(value) if each]


def _in_range(class_id: int, num_classes: int, where: str) -> int:
    if class_id >= num_classes:
        raise Invalid(f"{where} is class {class_id}, out of range: num_classes is {num_classes}")
    return class_id


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else text[:77] + "..."
