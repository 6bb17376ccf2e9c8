"""Mask labels: a PNG in which each pixel has the number of its class, and the map of these numbers in the metadata.

The PNG has a palette and 8 bits per pixel. So it shows the documented colours, and is read as class numbers in training.
The `internal-color-map` gives each number a class name and a colour. Number 0 is the background.

Decision: a class has the same number and colour in all masks of a job: its place in the label category file, from 1.
The map therefore lists all classes of the job, also those that an image does not show.

Source: ground-truth.md 3.7.
"""

from __future__ import annotations

import colorsys
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.records.images.opening import BrokenImage, opened
from trigpoint.records.labels.classes import parse_class_id
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.values import quoted, write_number

if TYPE_CHECKING:
    from PIL import Image

SEMANTIC_SEGMENTATION: Final = "groundtruth/semantic-segmentation"
COLOR_MAP: Final = "internal-color-map"
BACKGROUND: Final = "BACKGROUND"
BACKGROUND_COLOR: Final = "#ffffff"
MOST_CLASSES: Final = 255
"""A pixel has 8 bits, and one value is the background."""

_FIRST_COLORS: Final = (
    "#2ca02c", "#1f77b4", "#ff7f0e", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
)  # fmt: skip
_GOLDEN_RATIO: Final = 0.6180339887498949
_LIGHTNESSES: Final = (0.35, 0.5, 0.65)
_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_BIT_DEPTH_AT: Final = 24
_CONFIDENCE_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class MaskClass:
    """The name and the colour of a number in a mask; the colour is `#rrggbb` in lower case."""

    name: str
    color: str


@cache
def class_colors(count: int) -> tuple[str, ...]:
    """The colours of the classes with the numbers 1 to `count`: no two are the same, and none is the background's.

    The first ten are those that Ground Truth uses. The others go around the colour circle by the golden ratio, so that
    neighbours in the list differ much.
    """
    colors = list(_FIRST_COLORS[:count])
    step = 0
    while len(colors) < count:
        hue, lightness = step * _GOLDEN_RATIO % 1, _LIGHTNESSES[step % len(_LIGHTNESSES)]
        color = "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, lightness, 0.8))
        if color not in colors:
            colors.append(color)
        step += 1
    return tuple(colors)


def read_color(value: Any, where: str) -> str:
    """A colour `#rrggbb`, in lower case. Raises: Invalid: something else; the message begins with `where`."""
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise Invalid(f"{where} must be a colour like #2ca02c, not {quoted(value)}")
    return value.lower()


def write_color_map(names: Sequence[str], confidence: float) -> dict[str, Any]:
    """The metadata's own members for a mask of these classes, whose numbers are their places in `names` from 1.

    confidence: that of the mask; each entry repeats it.
    """
    named = zip((BACKGROUND, *names), (BACKGROUND_COLOR, *class_colors(len(names))), strict=True)
    shown = write_number(round(confidence, _CONFIDENCE_DIGITS))
    return {
        COLOR_MAP: {
            str(number): {"class-name": name, "hex-color": color, "confidence": shown}
            for number, (name, color) in enumerate(named)
        }
    }


def read_color_map(metadata: Mapping[str, Any], where: str) -> dict[int, MaskClass]:
    """The classes of a mask by their number in its metadata.

    Raises: Invalid: there is no map, or an entry has no name or colour; the message begins with `where`.
    """
    entries = metadata.get(COLOR_MAP)
    if not isinstance(entries, Mapping) or not entries:
        raise Invalid(
            f"{where}: {COLOR_MAP} is missing; it must have a class-name and a hex-color for each class"
        )
    if len(entries) > MOST_CLASSES + 1:
        raise Invalid(
            f"{where}: {COLOR_MAP} has {len(entries)} classes; at most {MOST_CLASSES + 1} are possible"
        )
    return dict(_read_entry(key, entry, f"{where}: {COLOR_MAP}") for key, entry in entries.items())


def _read_entry(key: Any, entry: Any, where: str) -> tuple[int, MaskClass]:
    number = parse_class_id(key, where)
    if number > MOST_CLASSES:
        raise Invalid(f"{where}: the number of a class must be at most {MOST_CLASSES}, not {number}")
    name = entry.get("class-name") if isinstance(entry, Mapping) else None
    if not isinstance(name, str):
        raise Invalid(f"{where}[{number}]: class-name is missing")
    return number, MaskClass(name, read_color(entry.get("hex-color"), f"{where}[{number}]: hex-color"))


def write_mask(class_numbers: bytes | bytearray, size: ImageSize) -> bytes:
    """The PNG of a mask, given the class number of each pixel, row by row.

    The palette has the colours of the maps that `write_color_map` writes. The same pixels always give the same bytes.
    """
    from PIL import Image

    image = Image.frombuffer("L", size.sides, class_numbers, "raw", "L", 0, 1)
    # always all colours: for a short palette Pillow would write fewer than 8 bits per pixel
    image.putpalette(b"".join(bytes.fromhex(c[1:]) for c in (BACKGROUND_COLOR, *class_colors(MOST_CLASSES))))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def read_mask(png: bytes) -> tuple[ImageSize, bytes]:
    """The size of a mask, and the class number of each pixel, row by row.

    Raises: UnreadableImage, a kind of Invalid: it is no PNG, is damaged, or its pixels are not numbers of 8 bits. The
            message is a predicate for the name of the mask.
    """
    with opened_mask(png) as image:
        if image.mode not in ("P", "L"):
            raise BrokenImage(f"its pixels are colours ({image.mode}), not class numbers")
        image.load()
        return ImageSize(image.width, image.height, 1), image.tobytes()


@contextmanager
def opened_mask(png: bytes) -> Iterator[Image.Image]:
    """A mask as an image, of which only the header was read: a PNG with one frame and at most 8 bits per channel.

    Raises: UnreadableImage, also while it is decoded within the context.
    """
    with opened(png, ("PNG",)) as image:
        if getattr(image, "is_animated", False):
            raise BrokenImage("it is an animation; a mask has one frame")
        if png[_BIT_DEPTH_AT] > 8:
            raise BrokenImage(f"it has {png[_BIT_DEPTH_AT]} bits per channel; a mask has at most 8")
        yield image
