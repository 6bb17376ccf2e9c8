"""Training examples, read from encoded images and their labels.

A label is a JSON annotation with boxes in pixels (augmented manifests, image + JSON), or the numbers in the header
of an image record (.rec) with boxes in fractions of the image. Both give the same example.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.sources import InvalidSample, Numbers
from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.core.errors import Invalid
from trigpoint.records.images.head import read_head
from trigpoint.records.labels.boxes import BoxLabel, parse_box_label
from trigpoint.records.labels.detection_rules import check_classes, check_count
from trigpoint.records.labels.frames import fractions_of
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.recordio import DetectionObject, unpack_detection_label

Box = tuple[float, float, float, float]

NOT_ENOUGH_ANNOTATION = (
    "Not enough annotation packed in the list file or the RecordIO file. Each object requires at least five "
    "numbers [label_id, xmin, ymin, xmax, ymax] for annotation."
)
_LEAST_SIDE = 1e-6
_PADDING = -1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and its objects; boxes are fractions of the image, x1 < x2 and y1 < y2, inside [0, 1]."""

    image: Image.Image  # RGB; a large photo may have been reduced while it was decoded
    boxes_xyxy: np.ndarray[Any, np.dtype[np.float32]]  # (G, 4)
    classes: np.ndarray[Any, np.dtype[np.int64]]  # (G,)
    image_size: tuple[int, int]  # (width, height) as stored
    difficult: np.ndarray[Any, np.dtype[np.bool_]] | None = None  # (G,); None: none of them


@dataclass(frozen=True, slots=True)
class _Object:
    class_id: int
    box: Box | None  # None: it is outside the image
    difficult: bool = False


def read_sample(
    encoded: bytes, label: bytes | float | Numbers, num_classes: int, max_boxes: int, image_shape: int
) -> Sample:
    """The example of an image and its label: the bytes of a JSON annotation, or the numbers of an image record.

    Boxes are clipped to the image; those outside it are dropped. A label without boxes is allowed.

    Raises: InvalidSample: undecodable image or annotation.
            CustomerError: a class id outside the model, more boxes than `label_width` has room for, or an image
            record without boxes. The configuration does not fit the data, so the training must end.
    """
    parsed = _parse(label)
    try:
        image, size = decode_rgb(encoded, at_least_px=image_shape * 2)
    except UndecodableImage as error:
        raise InvalidSample(f"the image cannot be decoded: {error}") from None
    if isinstance(parsed, BoxLabel):
        found = _annotated(parsed, size, encoded)
    else:
        found = [_recorded(each, k) for k, each in enumerate(parsed)]
    visible = [each for each in found if each.box is not None]
    try:
        check_classes((each.class_id for each in found), num_classes)
        check_count(len(visible), max_boxes)
    except Invalid as error:
        raise CustomerError(error.message) from None
    return _sample(image, size, visible)


def _sample(image: Image.Image, size: tuple[int, int], objects: Sequence[_Object]) -> Sample:
    return Sample(
        image,
        np.asarray([each.box for each in objects], dtype=np.float32).reshape(-1, 4),
        np.asarray([each.class_id for each in objects], dtype=np.int64),
        size,
        np.asarray([each.difficult for each in objects], dtype=bool)
        if any(each.difficult for each in objects)
        else None,
    )


def _parse(label: bytes | float | Numbers) -> BoxLabel | list[DetectionObject]:
    if isinstance(label, bytes):
        try:
            return parse_box_label(label)
        except Invalid as error:
            raise InvalidSample(error.message) from None
    if not isinstance(label, tuple):
        raise CustomerError(f"{NOT_ENOUGH_ANNOTATION} The label is the single number {label:g}")
    for place, number in enumerate(label):
        if not math.isfinite(number):
            raise InvalidSample(f"number {place} of its label is {number}")
    try:
        return unpack_detection_label(_without_padding(label))
    except Invalid as error:
        raise CustomerError(f"{NOT_ENOUGH_ANNOTATION} {error.message}") from None


def _without_padding(numbers: Numbers) -> Numbers:
    """The numbers without padding: the -1 at the end that do not make up a whole object."""
    if len(numbers) < 2 or not (numbers[0] >= 2 and numbers[1] >= 5):
        return numbers
    beyond = (len(numbers) - int(numbers[0])) % int(numbers[1])
    padded = beyond > 0 and all(value == _PADDING for value in numbers[-beyond:])
    return numbers[:-beyond] if padded else numbers


def _annotated(label: BoxLabel, size: tuple[int, int], encoded: bytes) -> list[_Object]:
    """The boxes in pixels as fractions of the stored image. Raises: InvalidSample: the label is of another image."""
    try:
        boxes = fractions_of(label, ImageSize(*size), lambda: read_head(encoded).orientation)
    except Invalid as error:
        raise InvalidSample(error.message) from None
    return [_Object(class_id, _visible(box)) for class_id, box in zip(label.class_ids, boxes, strict=True)]


def _recorded(found: DetectionObject, k: int) -> _Object:
    """One object of an image record; a sixth number other than 0 says that it is difficult (VOC)."""
    if not found.class_id.is_integer():
        raise InvalidSample(f"object {k} of the label has numbers without a meaning: {found}")
    x1, y1, x2, y2 = (min(max(value, 0.0), 1.0) for value in found.box_xyxy)
    difficult = bool(found.extra) and found.extra[0] > 0
    return _Object(int(found.class_id), _visible((x1, y1, x2, y2)), difficult)


def _visible(box: Box | None) -> Box | None:
    if box is None or box[2] - box[0] < _LEAST_SIDE or box[3] - box[1] < _LEAST_SIDE:
        return None
    return box
