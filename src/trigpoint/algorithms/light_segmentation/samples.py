"""Training examples: an image and its mask, both of the network's size; varied while training.

The mask is a PNG in which each pixel has the number of its class, as in labels of Ground Truth: 0 is the background. Pixels of
255 are of no class, and are not learned from.

Coordinates are those of the stored pixels: EXIF orientation is ignored, as in the labeling tool.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from trigpoint.algorithms.common.augmentation import Window, jitter_colour
from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.sources import InvalidSample, Raw
from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.core.errors import Invalid
from trigpoint.records.labels.masks import read_mask

Array = np.ndarray[Any, np.dtype[Any]]

IGNORED = 255
COLOUR_P, MIRROR_P, CROP_P = 0.5, 0.5, 0.5
LEAST_SEEN = 0.6
"""The shortest side of a part that is cut out, as a share of the image's."""


@dataclass(frozen=True, slots=True)
class Example:
    """pixels: (S, S, 3) uint8. classes: (S, S) uint8, the number of each pixel's class, or IGNORED."""

    pixels: Array
    classes: Array


def read_example(raw: Raw, num_classes: int, side_px: int, rng: Random | None) -> Example:
    """The example; a variation of it with `rng`.

    Raises: InvalidSample: the image or the mask cannot be read, or they do not belong together.
            CustomerError: the mask has a class that the model does not have.
    """
    if not isinstance(raw.label, bytes):
        raise InvalidSample(
            "its label is a number, not a mask; name the attribute of the mask, such as mask-ref"
        )
    try:
        size, numbers = read_mask(raw.label)
    except Invalid as error:
        raise InvalidSample(f"the mask cannot be read: {error.message}") from None
    try:
        image, stored_size = decode_rgb(raw.image, at_least_px=side_px)
    except UndecodableImage as error:
        raise InvalidSample(f"the image cannot be decoded: {error}") from None
    if stored_size != size.sides:
        width, height = stored_size
        raise InvalidSample(f"the mask has {size} pixels, the image {width} x {height}")
    mask = Image.frombytes("L", size.sides, numbers)
    _check_classes(mask, num_classes)
    return _seen(image, mask, side_px, rng)


def _check_classes(mask: Image.Image, num_classes: int) -> None:
    for number, pixels in enumerate(mask.histogram()):
        if pixels and number >= num_classes and number != IGNORED:
            raise CustomerError(
                f"A mask has the class {number}, but num_classes is {num_classes}: the classes are 0 (the background) to "
                f"{num_classes - 1}"
            )


def _seen(image: Image.Image, mask: Image.Image, side_px: int, rng: Random | None) -> Example:
    window: Window = (0.0, 0.0, 1.0, 1.0)
    mirrored = False
    if rng is not None:
        image = jitter_colour(image, COLOUR_P, rng)
        mirrored = rng.random() < MIRROR_P
        if rng.random() < CROP_P:
            window = _part(rng)
    side = (side_px, side_px)
    pixels, classes = (
        np.asarray(each.resize(side, how, box=_box(each, window)))
        for each, how in ((image, Image.Resampling.BILINEAR), (mask, Image.Resampling.NEAREST))
    )
    if mirrored:
        pixels, classes = pixels[:, ::-1], classes[:, ::-1]
    return Example(np.ascontiguousarray(pixels), np.ascontiguousarray(classes))


def _part(rng: Random) -> Window:
    width, height = rng.uniform(LEAST_SEEN, 1), rng.uniform(LEAST_SEEN, 1)
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return left, top, left + width, top + height


def _box(image: Image.Image, window: Window) -> Window:
    left, top, right, bottom = window
    return left * image.width, top * image.height, right * image.width, bottom * image.height
