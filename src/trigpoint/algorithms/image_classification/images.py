"""Images of the network's size: decoded, turned upright, resized and cropped.

Source: training.md 7.2, 7.7.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from trigpoint.algorithms.common.harness import CustomerError
from trigpoint.algorithms.common.sources import InvalidSample
from trigpoint.algorithms.images import UndecodableImage, decode_rgb
from trigpoint.core.errors import Invalid
from trigpoint.records.images.head import read_head
from trigpoint.records.images.opening import MAX_PIXELS

Array = np.ndarray[Any, np.dtype[Any]]

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns the stored pixels upright, by EXIF orientation."""


def decode(encoded: bytes, at_least_px: int | None) -> Image.Image:
    """The image in mode RGB as viewers show it.

    Decision: it is turned by its EXIF orientation, unlike in object detection, whose boxes are in the coordinates of the
    stored pixels. People label what they see, and a photo on its side is another picture for the network.

    at_least_px: when given, a large JPEG may come back smaller, if both sides keep so many pixels.
    Raises: UndecodableImage.
    """
    image, _ = decode_rgb(encoded, at_least_px)
    try:
        orientation = read_head(encoded).orientation
    except Invalid:  # the pixels could be read, so that only the metadata are damaged
        return image
    turn = _UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def resize_shorter(image: Image.Image, side_px: int | None) -> Image.Image:
    """The image with its shorter side of so many pixels, in its own proportions; unchanged when None.

    Raises: InvalidSample: it would be too large, as a thin image can be, or with a very large `side_px`.
    """
    if side_px is None or min(image.size) == side_px:
        return image
    scale = side_px / min(image.size)
    width, height = (max(side_px, round(side * scale)) for side in image.size)
    if width * height > MAX_PIXELS:
        raise InvalidSample(
            f"resize {side_px} makes {width} x {height} pixels of its {image.width} x {image.height}, more than "
            f"{MAX_PIXELS // 10**6} million"
        )
    return image.resize((width, height), Image.Resampling.BILINEAR)


def check_large_enough(image: Image.Image, image_shape: tuple[int, int, int]) -> None:
    """Raises: CustomerError: a side is smaller than that of image_shape."""
    _, height, width = image_shape
    if image.width < width or image.height < height:
        shape = ",".join(map(str, image_shape))
        raise CustomerError(
            f"The image has {image.width} x {image.height} pixels (width x height), fewer than image_shape {shape} "
            f"(channels, height, width) needs; set resize to {max(height, width)} or more, or image_shape to "
            "the size of the smallest image"
        )


def centre_crop(image: Image.Image, height: int, width: int) -> Image.Image:
    """The middle of the image."""
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def squeeze(image: Image.Image, height: int, width: int) -> Image.Image:
    """The whole image in this size, whatever its proportions."""
    return image.resize((width, height), Image.Resampling.BILINEAR)


def pixels(image: Image.Image, channels: int) -> Array:
    """(H, W, C) uint8; grey for one channel."""
    array = np.asarray(image.convert("L") if channels == 1 else image)
    return array.reshape(image.height, image.width, channels)


__all__ = [
    "UndecodableImage",
    "centre_crop",
    "check_large_enough",
    "decode",
    "pixels",
    "resize_shorter",
    "squeeze",
]
