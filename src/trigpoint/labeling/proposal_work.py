"""The work on images and masks of a proposal, which is done in another process: its results can be pickled.

Images come from anybody and masks from a model, so both are decoded within limits of time and memory.
"""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from trigpoint.records.images.opening import UnreadableImage, opened

if TYPE_CHECKING:
    from PIL import Image

REQUEST_TYPE: Final = "application/json"
REPLY_TYPE: Final = "image/png"
MOST_SIDE: Final = 1024
"""The longer side of the image that the model gets, in pixels."""
MOST_REPLY_BYTES: Final = 4 * 1024 * 1024
MOST_RUNS: Final = 200_000
"""Real masks of 1024 x 1024 pixels have less than a tenth of it."""
_MARGIN: Final = 0.5
"""Around the box, as a share of its sides: what the object is not."""
_LEAST_MARGIN: Final = 16
_QUALITY: Final = 92


@dataclass(frozen=True, slots=True)
class Point:
    """A place, in pixels of the image. `is_object`: whether the object is there."""

    x: float
    y: float
    is_object: bool = True


@dataclass(frozen=True, slots=True)
class Pointing:
    """What a worker says about an object, in pixels of the image.

    left, top, right, bottom: a rough box around it.
    outline: its four outermost points, or nothing. hints: where they have brushed.
    """

    left: float
    top: float
    right: float
    bottom: float
    outline: tuple[Point, ...] = ()
    hints: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of the image in whole pixels, and the size at which the model sees it."""

    left: int
    top: int
    width: int
    height: int
    sent_width: int
    sent_height: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The body of the request to the model, and the part of the image in it."""

    body: bytes
    part: Part


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mask of the part, at the size that was sent: the lengths of runs of pixels in reading order.

    The first run is outside of the object and may be 0 long, the next one inside, and so on.
    """

    part: Part
    runs: list[int]


def prepare(content: bytes, pointing: Pointing) -> Prepared | str:
    """The request to the model, or why there is none."""
    try:
        with opened(content) as image:
            part = _part(image.size, pointing)
            if part is None:
                return "the box is outside of the image, or has no size"
            return Prepared(_body(_jpeg(image, part), part, pointing), part)
    except UnreadableImage as problem:
        return f"the image {problem.message}"


def read(png: bytes, part: Part) -> Proposal | str:
    """The mask in the model's reply, or what is wrong with it."""
    if len(png) > MOST_REPLY_BYTES:
        return f"the mask has {len(png)} bytes; it may have at most {MOST_REPLY_BYTES}"
    try:
        with opened(png, ("PNG",)) as image:
            if image.size != (part.sent_width, part.sent_height):
                wanted = f"{part.sent_width} x {part.sent_height}"
                return f"the mask has {image.width} x {image.height} pixels; the image that was sent has {wanted}"
            mask = np.asarray(image.convert("L")).ravel() > 127
    except UnreadableImage as problem:
        return f"the mask {problem.message}; the reply must be a PNG"
    if not mask.any():
        return "the mask is empty"
    changes = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    edges = [0, *([0] if mask[0] else []), *changes.tolist(), mask.size]
    runs = np.diff(edges).tolist()
    if len(runs) > MOST_RUNS:
        return f"the mask has {len(runs)} runs of pixels; it may have at most {MOST_RUNS}"
    return Proposal(part, runs)


def _part(size: tuple[int, int], pointing: Pointing) -> Part | None:
    """The box and the hints with a margin, inside the image."""
    width, height = size
    left, right = (min(max(each, 0.0), float(width)) for each in (pointing.left, pointing.right))
    top, bottom = (min(max(each, 0.0), float(height)) for each in (pointing.top, pointing.bottom))
    if right - left < 1 or bottom - top < 1:
        return None
    across = max(_LEAST_MARGIN, _MARGIN * (right - left))
    down = max(_LEAST_MARGIN, _MARGIN * (bottom - top))
    xs = [left, right, *(min(max(hint.x, 0.0), float(width)) for hint in pointing.hints)]
    ys = [top, bottom, *(min(max(hint.y, 0.0), float(height)) for hint in pointing.hints)]
    from_x, to_x = int(max(0, min(xs) - across)), int(min(width, max(xs) + across + 1))
    from_y, to_y = int(max(0, min(ys) - down)), int(min(height, max(ys) + down + 1))
    scale = min(1.0, MOST_SIDE / max(to_x - from_x, to_y - from_y))
    sent = (max(1, round((to_x - from_x) * scale)), max(1, round((to_y - from_y) * scale)))
    return Part(from_x, from_y, to_x - from_x, to_y - from_y, *sent)


def _jpeg(image: Image.Image, part: Part) -> bytes:
    # The rectangle is cut out first, so that only it is converted: the whole image may take 400 MB.
    cut = image.crop((part.left, part.top, part.left + part.width, part.top + part.height)).convert("RGB")
    if cut.size != (part.sent_width, part.sent_height):
        cut = cut.resize((part.sent_width, part.sent_height))
    out = io.BytesIO()
    cut.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _body(jpeg: bytes, part: Part, pointing: Pointing) -> bytes:
    def x(value: float) -> float:
        return round((value - part.left) * part.sent_width / part.width, 1)

    def y(value: float) -> float:
        return round((value - part.top) * part.sent_height / part.height, 1)

    content = {
        "image": base64.b64encode(jpeg).decode(),
        "width": part.sent_width,
        "height": part.sent_height,
        "box": [x(pointing.left), y(pointing.top), x(pointing.right), y(pointing.bottom)],
        "outline": [[x(point.x), y(point.y)] for point in pointing.outline],
        "hints": [[x(hint.x), y(hint.y), int(hint.is_object)] for hint in pointing.hints],
    }
    return json.dumps(content).encode()
