"""The surface that scenes are drawn on, and the camera and pen that draw on it.

Each labeled thing is drawn twice: in colour into the image, and as its number into a mask of the same size. At the
end the mask shows which pixels of each thing are visible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from trigpoint.scenes.colours import Colour, Light
from trigpoint.scenes.outlines import Point

SUPERSAMPLING = 2
"""Everything is drawn at this multiple of the final size, then reduced, which smooths the edges."""


class Canvas:
    """The picture and the mask of whose pixel is whose, both at SUPERSAMPLING times the final size."""

    def __init__(self, size: tuple[int, int], light: Light) -> None:
        self.size = size
        self.light = light
        large = (size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING)
        self.image = Image.new("RGB", large)
        self.mask = Image.new("L", large, 0)
        self._draw = ImageDraw.Draw(self.image)
        self._blend = ImageDraw.Draw(self.image, "RGBA")
        self._own = ImageDraw.Draw(self.mask)
        self.owner = 0  # number written into the mask: 0 = scenery

    def lit(self, colour: Colour) -> Colour:
        """The colour under this time of day."""
        tint = self.light.tint
        return (int(colour[0] * tint[0]), int(colour[1] * tint[1]), int(colour[2] * tint[2]))

    def polygon(self, points: Sequence[Point], colour: Colour, glows: bool = False) -> None:
        large = [(x * SUPERSAMPLING, y * SUPERSAMPLING) for x, y in points]
        self._draw.polygon(large, fill=colour if glows else self.lit(colour))
        self._own.polygon(large, fill=self.owner)

    def ellipse(self, centre: Point, radii: Point, colour: Colour, glows: bool = False) -> None:
        large = self._corners(centre, radii)
        self._draw.ellipse(large, fill=colour if glows else self.lit(colour))
        self._own.ellipse(large, fill=self.owner)

    def veil_ellipse(self, centre: Point, radii: Point, colour: Colour, alpha: int) -> None:
        """A translucent ellipse that belongs to nobody: shadows, glows, clouds."""
        self._blend.ellipse(self._corners(centre, radii), fill=(*colour, alpha))

    def veil_polygon(self, points: Sequence[Point], colour: Colour, alpha: int) -> None:
        """A translucent polygon that belongs to nobody: reflections, light cones."""
        self._blend.polygon(
            [(x * SUPERSAMPLING, y * SUPERSAMPLING) for x, y in points], fill=(*colour, alpha)
        )

    def gradient(self, box: tuple[float, float, float, float], top: Colour, bottom: Colour) -> None:
        """Fills the box (left, top, right, bottom) from one colour down to the other."""
        left, upper, right, lower = (round(v * SUPERSAMPLING) for v in box)
        if right <= left or lower <= upper:
            return
        ramp = Image.linear_gradient("L").resize((1, lower - upper), Image.Resampling.BILINEAR)
        column = ImageOps.colorize(ramp, black=top, white=bottom)
        self.image.paste(column.resize((right - left, lower - upper)), (left, upper))

    def finished(self) -> Image.Image:
        return self.image.reduce(SUPERSAMPLING)

    def extent(self, owner: int) -> tuple[int, tuple[int, int, int, int] | None]:
        """Count of the mask's pixels that belong to `owner`, and their bounds in final pixels."""
        own = self.mask.point([255 if value == owner else 0 for value in range(256)])
        bounds = own.getbbox()
        if bounds is None:
            return 0, None
        count = own.crop(bounds).histogram()[255]
        left, top = bounds[0] // SUPERSAMPLING, bounds[1] // SUPERSAMPLING
        right, bottom = -(-bounds[2] // SUPERSAMPLING), -(-bounds[3] // SUPERSAMPLING)
        return count, (left, top, right, bottom)

    @staticmethod
    def _corners(centre: Point, radii: Point) -> tuple[float, float, float, float]:
        (x, y), (rx, ry) = centre, radii
        return (
            (x - rx) * SUPERSAMPLING,
            (y - ry) * SUPERSAMPLING,
            (x + rx) * SUPERSAMPLING,
            (y + ry) * SUPERSAMPLING,
        )


@dataclass(frozen=True, slots=True)
class Camera:
    """Pinhole camera: X right, Y up, Z away, metres; the horizon and the focal length in pixels."""

    centre_x: float
    horizon: float
    height_m: float
    focal: float

    def project(self, x: float, y: float, z: float) -> Point:
        scale = self.focal / max(z, 0.5)
        return self.centre_x + x * scale, self.horizon + (self.height_m - y) * scale

    def scale(self, z: float) -> float:
        """Pixels a metre at distance z."""
        return self.focal / max(z, 0.5)


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws in metres around a point on the ground: x right (or left, when flipped), y up."""

    canvas: Canvas
    foot: Point
    unit: float
    flipped: bool = False

    def at(self, x: float, y: float) -> Point:
        return self.foot[0] + (-x if self.flipped else x) * self.unit, self.foot[1] - y * self.unit

    def poly(self, points: Sequence[Point], colour: Colour, glows: bool = False) -> None:
        self.canvas.polygon([self.at(x, y) for x, y in points], colour, glows)

    def rect(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, glows: bool = False) -> None:
        self.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, glows)

    def disc(self, x: float, y: float, r: float, colour: Colour, glows: bool = False) -> None:
        self.canvas.ellipse(self.at(x, y), (r * self.unit, r * self.unit), colour, glows)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        self.canvas.ellipse(self.at(x, y), (rx * self.unit, ry * self.unit), colour)

    def limb(self, start: Point, end: Point, w0: float, w1: float, colour: Colour) -> None:
        """A tapered stroke with round ends."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = math.hypot(dx, dy) or 1e-6
        nx, ny = -dy / length / 2, dx / length / 2
        self.poly(
            [
                (start[0] + nx * w0, start[1] + ny * w0),
                (end[0] + nx * w1, end[1] + ny * w1),
                (end[0] - nx * w1, end[1] - ny * w1),
                (start[0] - nx * w0, start[1] - ny * w0),
            ],
            colour,
        )
        self.disc(start[0], start[1], w0 / 2, colour)
        self.disc(end[0], end[1], w1 / 2, colour)

    def shadow(self, half_width: float, half_depth: float) -> None:
        self.canvas.veil_ellipse(
            (self.foot[0], self.foot[1]), (half_width * self.unit, half_depth * self.unit), (10, 12, 24), 110
        )

    def sheen(self, points: Sequence[Point], alpha: int) -> None:
        self.canvas.veil_polygon([self.at(x, y) for x, y in points], (255, 255, 255), alpha)

    def glow(self, x: float, y: float, r: float, colour: Colour) -> None:
        for share, alpha in ((1.0, 28), (0.6, 46), (0.3, 90)):
            self.canvas.veil_ellipse(self.at(x, y), (r * share * self.unit,) * 2, colour, alpha)
