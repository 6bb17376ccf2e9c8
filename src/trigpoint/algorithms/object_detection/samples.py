"""What is one training example, and how does it come out of a record pair [image, annotation JSON]?"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from trigpoint.algorithms.harness import CustomerError
from trigpoint.algorithms.images import UndecodableImage, decode_rgb


class InvalidSample(Exception):
    """This one example cannot be used; the message says why. The training goes on without it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and its objects; boxes are fractions of the image, x1 < x2 and y1 < y2, inside [0, 1]."""

    image: Image.Image  # RGB; a large photo may have been reduced while it was decoded
    boxes_xyxy: np.ndarray[Any, np.dtype[np.float32]]  # (G, 4)
    classes: np.ndarray[Any, np.dtype[np.int64]]  # (G,)
    image_size: tuple[int, int]  # (width, height) as stored


def read_sample(
    encoded: bytes, annotation: bytes, num_classes: int, max_boxes: int, image_shape: int
) -> Sample:
    """The example of one line of an augmented manifest.

    Boxes are clipped to the image; those with nothing left are dropped. No box at all is legal.

    Raises: InvalidSample: undecodable image or annotation.
            CustomerError: a class id outside the model, or more boxes than `label_width` has room for: the
            configuration does not belong to these data, so the training must not go on.
    """
    label = _parse_annotation(annotation)
    try:
        image, size = decode_rgb(encoded, at_least_px=image_shape * 2)
    except UndecodableImage as error:
        raise InvalidSample(f"the image cannot be decoded: {error}") from None
    objects = label.get("annotations", [])
    if not isinstance(objects, list):
        raise InvalidSample('the annotation has no list "annotations"')
    frame = _frame(label, size)
    boxes, classes = [], []
    for k, entry in enumerate(objects):
        class_id, box = _parse_object(entry, k, frame)
        if not 0 <= class_id < num_classes:
            raise CustomerError(f"Label {class_id} is out of range, num_classes is {num_classes}")
        if box is not None:
            boxes.append(box)
            classes.append(class_id)
    if len(boxes) > max_boxes:
        raise CustomerError(
            "Invalid parameter value 'label_width'. Please ensure that the value of parameter 'label_width' "
            f"is at least {len(boxes) * 5 + 2}: an image has {len(boxes)} objects of 5 numbers each, "
            "and 2 more are needed"
        )
    return Sample(
        image,
        np.asarray(boxes, dtype=np.float32).reshape(-1, 4),
        np.asarray(classes, dtype=np.int64),
        size,
    )


def _parse_annotation(annotation: bytes) -> dict[str, Any]:
    try:
        label = json.loads(annotation)
    except ValueError as error:
        raise InvalidSample(f"the annotation is not JSON: {error}") from None
    if not isinstance(label, dict):
        raise InvalidSample(f"the annotation is not a JSON object but a {type(label).__name__}")
    return label


def _frame(label: dict[str, Any], size: tuple[int, int]) -> tuple[float, float]:
    """(width, height) that the boxes are measured in: the annotation's image_size, else the decoded image's.

    Decision: image_size counts only when it agrees with the decoded image; boxes are pixels of what was
    labeled.
    """
    entries = label.get("image_size")
    if isinstance(entries, list) and entries and isinstance(entries[0], dict):
        width, height = entries[0].get("width"), entries[0].get("height")
        if (width, height) == size:
            return float(size[0]), float(size[1])
    return float(size[0]), float(size[1])


def _parse_object(
    entry: Any, k: int, frame: tuple[float, float]
) -> tuple[int, tuple[float, float, float, float] | None]:
    """Class id and clipped corners, None when nothing of the box is inside the image."""
    try:
        class_id = float(entry["class_id"])
        left, top, width, height = (float(entry[key]) for key in ("left", "top", "width", "height"))
    except (KeyError, TypeError, ValueError):
        raise InvalidSample(
            f"object {k} needs numbers for class_id, left, top, width and height, but is "
            f"{json.dumps(entry)[:200]}"
        ) from None
    if not (class_id.is_integer() and all(math.isfinite(value) for value in (left, top, width, height))):
        raise InvalidSample(f"object {k} has numbers that mean nothing: {entry}")
    x1, x2 = (min(max(x / frame[0], 0.0), 1.0) for x in (left, left + width))
    y1, y2 = (min(max(y / frame[1], 0.0), 1.0) for y in (top, top + height))
    if x2 - x1 < 1e-6 or y2 - y1 < 1e-6:
        return int(class_id), None
    return int(class_id), (x1, y1, x2, y2)
