"""The boxes of Label Studio's rectangles: left, top, width and height in percent, turned about the upper left corner."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trigpoint.datasets.json_source import number
from trigpoint.datasets.label_studio_regions import Region
from trigpoint.datasets.model import BadEntry
from trigpoint.records.labels.boxes import Box, BoxLtwh
from trigpoint.records.labels.image_size import ImageSize


def declared_size(regions: Sequence[Region]) -> ImageSize | None:
    """The size of the image in the regions, as the browser showed it; None when they do not have it.

    Raises: BadEntry: not a size, or two sizes.
    """
    sizes = {size: region.where for region in regions if (size := _size(region)) is not None}
    if len(sizes) > 1:
        (one, _), (other, where), *_ = sizes.items()
        raise BadEntry(
            where,
            f"original_width and original_height are {other[0]} x {other[1]}, but {one[0]} x {one[1]} before",
        )
    return ImageSize(*next(iter(sizes))) if sizes else None


def _size(region: Region) -> tuple[int, int] | None:
    sides = [region.value.get(side) for side in ("original_width", "original_height")]
    if not all(sides):
        return None
    width, height = (int(number(side, "original_width and original_height", region.where)) for side in sides)
    if width <= 0 or height <= 0:
        raise BadEntry(
            region.where, f"original_width and original_height must be positive, not {width} x {height}"
        )
    return width, height


def boxes_of(region: Region, size: ImageSize) -> list[Box]:
    """The box of a rectangle in pixels of an image of that size, once for each class. Raises: BadEntry."""
    left, top, width, height = upright(region.value, size, region.where)
    return [Box(name, left, top, width, height) for name in region.classes]


def is_turned(value: Mapping[str, Any], where: str) -> bool:
    return number(value.get("rotation", 0) or 0, "value.rotation", where) % 360 != 0


def upright(value: Mapping[str, Any], size: ImageSize, where: str) -> BoxLtwh:
    """The upright box around a rectangle. A rectangle that was drawn upwards or to the left has negative sides."""
    x, y, width, height = (
        number(value.get(side), f"value.{side}", where) for side in ("x", "y", "width", "height")
    )
    left, top = x * size.width / 100, y * size.height / 100
    across, down = width * size.width / 100, height * size.height / 100
    if not is_turned(value, where):
        return left + min(across, 0), top + min(down, 0), abs(across), abs(down)
    angle = math.radians(number(value.get("rotation"), "value.rotation", where))
    cos, sin = math.cos(angle), math.sin(angle)
    xs = [left + dx * cos - dy * sin for dx in (0, across) for dy in (0, down)]
    ys = [top + dx * sin + dy * cos for dx in (0, across) for dy in (0, down)]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
