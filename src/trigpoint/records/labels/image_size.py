"""The `image_size` member of labels that refer to pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.values import quoted, read_number


@dataclass(frozen=True, slots=True)
class ImageSize:
    """Width and height in pixels; depth is the number of channels."""

    width: int
    height: int
    depth: int = 3

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height, in which sizes are compared; labels often lack the depth, or have a wrong one."""
        return self.width, self.height

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


def read_image_size(value: Any) -> ImageSize | None:
    """The size in a parsed `image_size` member, a list of one object; None for null.

    Raises: Invalid: another shape, or a side below 1 pixel; the message names the field.
    """
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], Mapping):
        raise Invalid(f"image_size must be a list of one object with width and height, not {quoted(value)}")
    width, height, depth = (
        read_number(value[0].get(name, default), f"image_size[0].{name}")
        for name, default in (("width", None), ("height", None), ("depth", 3))
    )
    if width < 1 or height < 1:
        raise Invalid(f"image_size[0] is {width:g} x {height:g}; both must be at least 1 pixel")
    return ImageSize(int(width), int(height), int(depth))


def write_image_size(size: ImageSize) -> list[dict[str, int]]:
    """The `image_size` member."""
    return [{"width": size.width, "height": size.height, "depth": size.depth}]
