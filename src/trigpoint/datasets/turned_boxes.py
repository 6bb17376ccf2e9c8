"""Rectangles that were drawn turned by an angle, as upright boxes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from trigpoint.records.labels.boxes import Box

ROTATED: Final = "rotated boxes that became the upright boxes around them"
"""The note that is counted for them."""


def upright(box: Box, degrees: float) -> Box:
    """The smallest upright box around the box turned clockwise about its centre."""
    if not degrees % 180:
        return box
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    width, height = box.width * cos + box.height * sin, box.width * sin + box.height * cos
    left, top = box.left + (box.width - width) / 2, box.top + (box.height - height) / 2
    return replace(box, left=left, top=top, width=width, height=height)
