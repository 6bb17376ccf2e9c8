"""What does the demo look at? Street scenes, drawn here, with the exact boxes of what stands in them.

A scene is a pinhole camera in a small street measured in metres: facades, pavement, road, then cars, vans
and people from far to near, so that near things hide far ones. Each labeled thing is drawn twice, in colour
and with its number into a mask of the same size; its box is the extent of the pixels that are still its own
at the end. Boxes are therefore exact by construction: clipped to the image, and only as large as the
visible part.

Everything is drawn at twice the size and halved, which smooths the edges. The same (seed, index) gives the
same picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageOps

Colour = tuple[int, int, int]
Point = tuple[float, float]
Projection = Callable[[float, float], Point]

LABELS = ("car", "van", "person")
SUPERSAMPLING = 2
MIN_VISIBLE_FRACTION = 0.35  # of its own drawn pixels; less than that and nobody would ask for a box
MIN_SIDE_PX = 8
MIN_HEIGHT_PX = 40  # what would be drawn smaller is left out


@dataclass(frozen=True, slots=True)
class SceneBox:
    """Visible extent of one thing, whole pixels of the image, origin top-left."""

    label: str
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is in it."""

    image: Image.Image
    boxes: list[SceneBox]


@dataclass(frozen=True, slots=True)
class _Light:
    """A time of day: the sky, what the light does to every colour, and whether lamps are on."""

    sky_top: Colour
    sky_bottom: Colour
    tint: tuple[float, float, float]
    lamps_on: bool
    disc: Colour | None


_LIGHTS = (
    _Light((94, 160, 224), (222, 238, 246), (1.0, 1.0, 1.0), False, (255, 247, 214)),
    _Light((126, 178, 214), (246, 226, 198), (1.0, 0.96, 0.88), False, (255, 236, 190)),
    _Light((148, 160, 172), (214, 218, 220), (0.88, 0.90, 0.92), False, None),
    _Light((78, 84, 140), (250, 170, 120), (0.92, 0.78, 0.74), True, (255, 196, 130)),
    _Light((22, 28, 58), (70, 76, 118), (0.56, 0.58, 0.74), True, (240, 240, 220)),
)
_LIGHT_WEIGHTS = (5, 4, 3, 3, 2)

_PAINTS: tuple[Colour, ...] = (
    (198, 44, 48), (36, 92, 172), (236, 238, 240), (44, 48, 56), (150, 158, 166), (232, 178, 44),
    (38, 122, 92), (226, 108, 46), (112, 168, 204), (120, 40, 64), (206, 196, 172),
)  # fmt: skip
_VAN_PAINTS: tuple[Colour, ...] = (
    (244, 244, 240), (246, 200, 60), (58, 128, 188), (214, 78, 62), (92, 150, 108),
    (178, 184, 190), (240, 226, 196),
)  # fmt: skip
_TOPS: tuple[Colour, ...] = (
    (214, 60, 70), (52, 104, 190), (242, 200, 72), (60, 150, 110), (240, 240, 240), (60, 62, 76),
    (226, 126, 60), (142, 92, 170), (232, 150, 170), (90, 170, 190),
)  # fmt: skip
_TROUSERS: tuple[Colour, ...] = ((44, 56, 92), (52, 52, 58), (122, 104, 84), (88, 112, 146), (92, 72, 66))
_SKINS: tuple[Colour, ...] = ((246, 208, 178), (226, 178, 140), (190, 136, 98), (142, 96, 68), (98, 66, 48))
_HAIRS: tuple[Colour, ...] = (
    (42, 32, 28),
    (96, 62, 38),
    (168, 120, 66),
    (210, 180, 120),
    (130, 130, 134),
    (120, 50, 30),
)
_WALLS: tuple[Colour, ...] = (
    (196, 122, 96), (222, 204, 172), (172, 184, 178), (206, 164, 124), (150, 162, 182), (232, 220, 204),
    (184, 148, 140), (158, 172, 142), (214, 184, 142), (140, 110, 104),
)  # fmt: skip
_AWNINGS: tuple[Colour, ...] = ((178, 56, 56), (46, 108, 96), (48, 82, 138), (214, 150, 52), (110, 76, 120))
_GLASS: Colour = (64, 84, 104)
_TYRE: Colour = (30, 31, 34)


def _smooth(points: Sequence[Point], rounds: int) -> list[Point]:
    """The closed outline with its corners cut off `rounds` times (Chaikin)."""
    outline = list(points)
    for _ in range(rounds):
        cut: list[Point] = []
        for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
            cut.append((0.8 * x0 + 0.2 * x1, 0.8 * y0 + 0.2 * y1))
            cut.append((0.2 * x0 + 0.8 * x1, 0.2 * y0 + 0.8 * y1))
        outline = cut
    return outline


@cache
def _path(text: str, smooth: int = 0) -> Sequence[Point]:
    """A closed outline written as ``x,y x,y ...`` in metres, its corners cut off `smooth` times."""
    pairs = (pair.split(",") for pair in text.split())
    return _smooth([(float(x), float(y)) for x, y in pairs], smooth)


def _shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (factor < 1) or mixed with white (factor > 1)."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    mix = min(1.0, factor - 1)
    return (
        int(colour[0] + (255 - colour[0]) * mix),
        int(colour[1] + (255 - colour[1]) * mix),
        int(colour[2] + (255 - colour[2]) * mix),
    )


class _Canvas:
    """The picture and the mask of whose pixel is whose, both at SUPERSAMPLING times the final size."""

    def __init__(self, size: tuple[int, int], light: _Light) -> None:
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
class _Camera:
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
class _Pen:
    """Draws in metres around a point on the ground: x right (or left, when flipped), y up."""

    canvas: _Canvas
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


# ---- vehicles seen from the side, nose to the right ----


@dataclass(frozen=True, slots=True)
class _CarShape:
    """Outline and windows of a car in metres, and where its axles are."""

    outline: Sequence[Point]
    windows: tuple[Sequence[Point], ...]
    axles: tuple[float, float]
    wheel_r: float
    nose: float
    tail: float


_CAR_SHAPES = (
    _CarShape(  # saloon
        _path(
            "-2.1,0.3 -2.16,0.8 -2,1 -1.5,1.02 -0.95,1.44 0.2,1.46 0.95,1.02 1.85,0.9 2.14,0.72 2.14,0.3",
            smooth=2,
        ),
        (_path("-1.3,1 -0.85,1.34 -0.32,1.36 -0.32,1"), _path("-0.22,1 -0.22,1.36 0.16,1.36 0.76,1")),
        (-1.3, 1.36),
        0.34,
        2.12,
        -2.12,
    ),
    _CarShape(  # hatchback
        _path(
            "-1.82,0.3 -1.9,0.86 -1.78,1.12 -1.45,1.5 0.15,1.54 0.85,1.06 1.62,0.94 1.86,0.72 1.86,0.3",
            smooth=2,
        ),
        (_path("-1.55,1.06 -1.28,1.42 -0.5,1.43 -0.5,1.06"), _path("-0.4,1.06 -0.4,1.43 0.1,1.42 0.66,1.06")),
        (-1.18, 1.18),
        0.33,
        1.84,
        -1.86,
    ),
    _CarShape(  # estate car, high
        _path(
            "-2.14,0.38 -2.2,1 -2.08,1.2 -1.84,1.66 0.3,1.7 0.98,1.2 1.9,1.06 2.16,0.84 2.16,0.38", smooth=2
        ),
        (
            _path("-1.86,1.16 -1.66,1.56 -0.98,1.57 -0.98,1.16"),
            _path("-0.88,1.16 -0.88,1.57 -0.2,1.57 -0.2,1.16"),
            _path("-0.1,1.16 -0.1,1.57 0.24,1.56 0.76,1.16"),
        ),
        (-1.34, 1.36),
        0.38,
        2.14,
        -2.17,
    ),
)


def _wheel(pen: _Pen, x: float, r: float) -> None:
    pen.disc(x, r + 0.03, r * 1.16, (24, 25, 29))
    pen.disc(x, r, r, _TYRE)
    pen.disc(x, r, r * 0.62, (176, 180, 186))
    pen.disc(x, r, r * 0.5, (112, 116, 124))
    pen.disc(x, r, r * 0.16, (204, 208, 212))


def _windows(pen: _Pen, windows: Sequence[Sequence[Point]]) -> None:
    for pane in windows:
        pen.poly(pane, _GLASS)
        (x0, y0), (x1, y1) = pane[0], pane[2]
        middle = (x0 + x1) / 2
        pen.sheen(
            [(middle - 0.2, y0), (middle, y0), (middle + 0.14, y1 - 0.02), (middle - 0.02, y1 - 0.02)], 60
        )


def _beam(pen: _Pen, x: float, y: float) -> None:
    if pen.canvas.light.lamps_on:
        pen.glow(x, y, 0.55, (255, 240, 190))


def _car_side(pen: _Pen, rng: Random) -> None:
    shape = rng.choice(_CAR_SHAPES)
    paint = rng.choice(_PAINTS)
    pen.shadow((shape.nose - shape.tail) * 0.54, 0.17)
    pen.poly(shape.outline, paint)
    sill = 0.52
    pen.poly(
        [(shape.tail, 0.32), (shape.tail - 0.02, sill), (shape.nose, sill), (shape.nose, 0.32)],
        _shade(paint, 0.72),
    )
    pen.sheen(
        [
            (shape.tail + 0.12, 0.86),
            (shape.nose - 0.3, 0.8),
            (shape.nose - 0.3, 0.87),
            (shape.tail + 0.12, 0.94),
        ],
        70,
    )
    _windows(pen, shape.windows)
    door = shape.windows[0][2][0] + 0.05
    pen.rect(door - 0.012, 0.45, door + 0.012, 0.98, _shade(paint, 0.6))
    pen.rect(door - 0.3, 0.84, door - 0.12, 0.88, _shade(paint, 0.5))
    pen.rect(door + 0.12, 0.84, door + 0.3, 0.88, _shade(paint, 0.5))
    pen.rect(
        shape.nose - 0.24, 0.66, shape.nose - 0.02, 0.8, (255, 244, 204), glows=pen.canvas.light.lamps_on
    )
    pen.rect(shape.tail + 0.02, 0.72, shape.tail + 0.18, 0.92, (206, 34, 40), glows=pen.canvas.light.lamps_on)
    for axle in shape.axles:
        _wheel(pen, axle, shape.wheel_r)
    _beam(pen, shape.nose - 0.05, 0.73)


_VAN_OUTLINE = _path(
    "-2.62,0.38 -2.64,2.2 -2.5,2.36 1,2.36 1.45,2.18 2,1.36 2.52,1.18 2.66,0.9 2.66,0.38", smooth=2
)


def _van_side(pen: _Pen, rng: Random) -> None:
    paint = rng.choice(_VAN_PAINTS)
    accent = rng.choice(_PAINTS)
    pen.shadow(2.8, 0.2)
    pen.poly(_VAN_OUTLINE, paint)
    pen.poly(_path("-2.62,0.38 -2.62,0.62 2.64,0.62 2.64,0.38"), _shade(paint, 0.7))
    pen.rect(-2.6, 2.16, 1.1, 2.22, _shade(paint, 0.86))
    if rng.random() < 0.7:
        pen.rect(-2.61, 1.02, 0.5, 1.2, accent)
        pen.disc(-1.5, 1.66, 0.28, accent)
        pen.rect(-1.1, 1.58, -0.1, 1.74, accent)
    else:
        _windows(
            pen,
            [
                _path("-2.3,1.4 -2.3,1.98 -1.3,1.98 -1.3,1.4"),
                _path("-1.15,1.4 -1.15,1.98 0.35,1.98 0.35,1.4"),
            ],
        )
    _windows(pen, [_path("0.62,1.32 0.62,2 1.2,2 1.75,1.32")])
    pen.rect(0.53, 0.6, 0.555, 2.1, _shade(paint, 0.66))
    pen.rect(0.66, 1.12, 0.86, 1.17, _shade(paint, 0.5))
    pen.rect(2.4, 0.86, 2.64, 1.04, (255, 244, 204), glows=pen.canvas.light.lamps_on)
    pen.rect(-2.62, 0.9, -2.5, 1.36, (206, 34, 40), glows=pen.canvas.light.lamps_on)
    for axle in (-1.62, 1.72):
        _wheel(pen, axle, 0.38)
    _beam(pen, 2.6, 0.95)


# ---- vehicles seen from the front or the back ----


def _car_end(pen: _Pen, rng: Random) -> None:
    paint = rng.choice(_PAINTS)
    top = rng.choice((1.45, 1.52, 1.68))
    rear = rng.random() < 0.5
    pen.shadow(1.05, 0.2)
    for side in (-0.84, 0.56):
        pen.rect(side, 0.0, side + 0.28, 0.5, _TYRE)
    pen.poly(
        _smooth(
            [
                (-0.92, 0.24),
                (-0.95, 0.8),
                (-0.86, 1.0),
                (-0.66, top),
                (0.66, top),
                (0.86, 1.0),
                (0.95, 0.8),
                (0.92, 0.24),
            ],
            2,
        ),
        paint,
    )
    pen.poly([(-0.76, 1.0), (-0.6, top - 0.1), (0.6, top - 0.1), (0.76, 1.0)], _GLASS)
    pen.sheen([(-0.4, 1.0), (-0.16, 1.0), (0.04, top - 0.12), (-0.14, top - 0.12)], 60)
    pen.sheen(_path("-0.84,0.9 0.84,0.9 0.82,0.96 -0.82,0.96"), 70)
    pen.rect(-0.9, 0.28, 0.9, 0.48, _shade(paint, 0.66))
    for mirror in (-1.0, 0.86):
        pen.oval(mirror + 0.07, 1.02, 0.1, 0.075, _shade(paint, 0.8))
    lamp: Colour = (210, 36, 40) if rear else (255, 246, 210)
    for side in (-0.86, 0.52):
        pen.rect(side, 0.62, side + 0.34, 0.82, lamp, glows=pen.canvas.light.lamps_on)
    if not rear:
        pen.rect(-0.44, 0.58, 0.44, 0.78, _shade(paint, 0.36))
    pen.rect(-0.26, 0.44, 0.26, 0.56, (240, 240, 228))
    if not rear:
        _beam(pen, -0.7, 0.72)
        _beam(pen, 0.7, 0.72)


def _van_end(pen: _Pen, rng: Random) -> None:
    paint = rng.choice(_VAN_PAINTS)
    rear = rng.random() < 0.5
    pen.shadow(1.15, 0.22)
    for side in (-0.94, 0.64):
        pen.rect(side, 0.0, side + 0.3, 0.5, _TYRE)
    pen.poly(
        _path("-1,0.26 -1.05,1.2 -0.98,2.3 -0.86,2.42 0.86,2.42 0.98,2.3 1.05,1.2 1,0.26", smooth=2),
        paint,
    )
    pen.rect(-0.99, 0.3, 0.99, 0.56, _shade(paint, 0.66))
    if rear:
        for side in (-0.84, 0.08):
            pen.rect(side, 1.42, side + 0.76, 2.1, _GLASS)
            pen.sheen([(side + 0.2, 1.42), (side + 0.36, 1.42), (side + 0.5, 2.1), (side + 0.38, 2.1)], 60)
        pen.rect(-0.015, 0.56, 0.015, 2.3, _shade(paint, 0.6))
    else:
        pen.poly(_path("-0.88,1.32 -0.8,2.12 0.8,2.12 0.88,1.32"), _GLASS)
        pen.sheen(_path("-0.4,1.32 -0.1,1.32 0.16,2.12 -0.06,2.12"), 60)
        pen.rect(-0.5, 0.62, 0.5, 0.92, _shade(paint, 0.4))
    lamp: Colour = (210, 36, 40) if rear else (255, 246, 210)
    for side in (-0.96, 0.7):
        pen.rect(side, 0.7, side + 0.26, 1.06, lamp, glows=pen.canvas.light.lamps_on)
    pen.rect(-0.27, 0.4, 0.27, 0.52, (240, 240, 228))
    if not rear:
        _beam(pen, -0.82, 0.88)
        _beam(pen, 0.82, 0.88)


# ---- people ----


def _person(pen: _Pen, rng: Random) -> None:
    size = rng.uniform(0.92, 1.06) if rng.random() < 0.86 else rng.uniform(0.66, 0.78)
    body = _Pen(pen.canvas, pen.foot, pen.unit * size, rng.random() < 0.5)
    skin, hair, top = rng.choice(_SKINS), rng.choice(_HAIRS), rng.choice(_TOPS)
    bottom = rng.choice(_TROUSERS)
    stride = rng.uniform(0.08, 0.34)
    swing = rng.uniform(0.1, 0.34)
    body.shadow(0.42, 0.09)
    knee = stride * 0.45
    back, front = (-stride, 0.06), (stride, 0.06)
    if rng.random() < 0.3:
        body.poly(
            _path("-0.26,0.98 -0.26,1.52 -0.5,1.5 -0.52,1", smooth=2),
            _shade(rng.choice(_TOPS), 0.8),
        )
    body.limb((-0.02, 1.36), (-0.06 - swing, 0.92), 0.13, 0.1, _shade(top, 0.74))
    body.disc(-0.07 - swing, 0.88, 0.055, _shade(skin, 0.86))
    for hip, joint, ankle, tone in (
        ((-0.06, 0.86), (-knee, 0.46), back, 0.78),
        ((0.06, 0.86), (knee + 0.04, 0.46), front, 1.0),
    ):
        body.limb(hip, joint, 0.21, 0.16, _shade(bottom, tone))
        body.limb(joint, ankle, 0.16, 0.12, _shade(bottom, tone))
        body.poly(
            [(ankle[0] - 0.08, 0.0), (ankle[0] + 0.2, 0.0), (ankle[0] + 0.16, 0.09), (ankle[0] - 0.08, 0.12)],
            (46, 38, 36),
        )
    body.poly(_path("-0.2,0.8 -0.24,1.4 -0.12,1.5 0.12,1.5 0.24,1.4 0.2,0.8", smooth=2), top)
    body.poly(_path("-0.2,0.8 -0.24,1.4 -0.14,1.48 -0.06,1.2 -0.08,0.8", smooth=1), _shade(top, 0.86))
    if rng.random() < 0.25:
        body.poly(_path("-0.2,0.95 -0.34,0.56 0.34,0.56 0.2,0.95", smooth=1), _shade(top, 0.9))
    body.limb((0.04, 1.38), (0.08 + swing, 0.94), 0.13, 0.1, _shade(top, 0.92))
    body.disc(0.09 + swing, 0.9, 0.055, skin)
    if rng.random() < 0.25:
        body.poly(
            [(swing, 0.84), (swing + 0.26, 0.84), (swing + 0.3, 0.5), (swing - 0.04, 0.5)],
            rng.choice(_AWNINGS),
        )
    body.rect(-0.05, 1.46, 0.05, 1.56, _shade(skin, 0.84))
    body.oval(0.0, 1.66, 0.115, 0.14, skin)
    if rng.random() < 0.4:
        body.poly(
            _path("-0.15,1.4 -0.14,1.74 -0.02,1.83 0.11,1.76 -0.02,1.72 -0.06,1.42", smooth=2),
            hair,
        )
    else:
        body.poly(
            _path("-0.13,1.62 -0.14,1.76 -0.02,1.84 0.12,1.77 0.11,1.71 -0.06,1.72", smooth=2),
            hair,
        )
    if rng.random() < 0.15:
        cap = rng.choice(_TOPS)
        body.poly(_path("-0.14,1.74 -0.11,1.86 0.06,1.87 0.13,1.76 0.24,1.73", smooth=1), cap)


# ---- the street ----


def _quad(surface: Projection, u0: float, v0: float, u1: float, v1: float) -> list[Point]:
    return [surface(u0, v0), surface(u1, v0), surface(u1, v1), surface(u0, v1)]


def _facade(canvas: _Canvas, surface: Projection, u0: float, u1: float, rng: Random, toned: float) -> None:
    """One house on a surface that maps (metres along the street, metres up) to pixels."""
    wall = _shade(rng.choice(_WALLS), toned)
    floors = rng.randint(2, 5)
    storey = rng.uniform(2.9, 3.4)
    top = 3.6 + floors * storey
    canvas.polygon(_quad(surface, u0, 0, u1, top), wall)
    canvas.polygon(_quad(surface, u0, top - 0.35, u1, top), _shade(wall, 0.74))
    canvas.polygon(_quad(surface, u0, 3.35, u1, 3.6), _shade(wall, 0.82))
    count = max(2, int((u1 - u0) / rng.uniform(1.9, 2.6)))
    step = (u1 - u0) / count
    frame = _shade(wall, 1.45)
    for floor in range(floors):
        base = 3.6 + floor * storey + 0.8
        for column in range(count):
            left = u0 + (column + 0.5) * step
            lamp = canvas.light.lamps_on and rng.random() < 0.45
            pane: Colour = (255, 216, 140) if lamp else _shade((98, 122, 144), rng.uniform(0.8, 1.15))
            canvas.polygon(_quad(surface, left - 0.62, base - 0.12, left + 0.62, base + 1.72), frame)
            canvas.polygon(_quad(surface, left - 0.5, base, left + 0.5, base + 1.6), pane, glows=lamp)
            canvas.polygon(_quad(surface, left - 0.03, base, left + 0.03, base + 1.6), frame)
    shop = rng.random() < 0.7
    glow = canvas.light.lamps_on and shop
    canvas.polygon(_quad(surface, u0 + 0.5, 0, u0 + 1.6, 2.4), _shade(wall, 0.45))
    pane = (255, 226, 160) if glow else _shade((88, 110, 128), 0.95)
    canvas.polygon(_quad(surface, u0 + 2.1, 0.55, u1 - 0.5, 2.6), frame)
    canvas.polygon(_quad(surface, u0 + 2.22, 0.67, u1 - 0.62, 2.48), pane, glows=glow)
    if shop:
        cloth = rng.choice(_AWNINGS)
        stripes = max(3, int((u1 - u0 - 2.4) / 0.55))
        width = (u1 - u0 - 2.4) / stripes
        for stripe in range(stripes):
            tone = cloth if stripe % 2 else (238, 234, 224)
            left = u0 + 2.0 + stripe * width
            canvas.polygon(_quad(surface, left, 2.45, left + width, 3.05), tone)


def _houses(
    canvas: _Canvas, surface: Projection, start: float, end: float, rng: Random, toned: float
) -> None:
    along = start
    while along < end:
        width = rng.uniform(6.5, 11)
        _facade(canvas, surface, along, along + width, rng, toned)
        along += width


def _sky(canvas: _Canvas, horizon: float, rng: Random) -> None:
    width = canvas.size[0]
    canvas.gradient(
        (0, 0, width, horizon + 0.12 * canvas.size[1]), canvas.light.sky_top, canvas.light.sky_bottom
    )
    if canvas.light.disc is not None:
        x, y, r = rng.uniform(0.1, 0.9) * width, rng.uniform(0.12, 0.45) * horizon, width * 0.028
        for share, alpha in ((3.2, 26), (2.0, 40)):
            canvas.veil_ellipse((x, y), (r * share, r * share), canvas.light.disc, alpha)
        canvas.ellipse((x, y), (r, r), canvas.light.disc, glows=True)
    for _ in range(rng.randint(0, 4)):
        x, y, r = rng.uniform(0, width), rng.uniform(0.05, 0.6) * horizon, rng.uniform(0.02, 0.05) * width
        for puff in range(4):
            canvas.veil_ellipse(
                (x + puff * r * 1.1, y + rng.uniform(-0.3, 0.3) * r), (r * 1.2, r * 0.6), (255, 255, 255), 70
            )


def _tree(pen: _Pen, rng: Random) -> None:
    green = rng.choice(((74, 128, 66), (96, 146, 72), (58, 112, 78), (150, 138, 62)))
    pen.shadow(1.0, 0.12)
    pen.limb((0, 0), (0.05, 2.2), 0.26, 0.18, (92, 70, 54))
    crown = [(rng.uniform(-0.9, 0.9), rng.uniform(2.5, 4.0), rng.uniform(0.7, 1.1)) for _ in range(6)]
    for x, y, r in crown:
        pen.disc(x, y, r, _shade(green, 0.78))
    for x, y, r in crown:
        pen.disc(x + 0.14, y + 0.18, r * 0.76, green)
    for x, y, r in crown[:3]:
        pen.disc(x + 0.26, y + 0.34, r * 0.4, _shade(green, 1.15))


def _lamp_post(pen: _Pen) -> None:
    pen.limb((0, 0), (0, 4.6), 0.13, 0.09, (58, 62, 70))
    pen.limb((0, 4.6), (0.8, 4.75), 0.08, 0.08, (58, 62, 70))
    pen.rect(
        0.5, 4.6, 1.0, 4.72, (255, 236, 170) if pen.canvas.light.lamps_on else (210, 212, 208), glows=True
    )
    if pen.canvas.light.lamps_on:
        pen.glow(0.75, 4.6, 1.3, (255, 226, 150))


@dataclass(frozen=True, slots=True)
class _Thing:
    """Something to stand in the street: how to draw it, where, and its rough size for spacing things out."""

    label: str  # "" for scenery
    draw: Callable[[_Pen, Random], None]
    x: float
    z: float
    half_width_m: float
    height_m: float
    flipped: bool = False


def _scenery(draw: Callable[[_Pen], None]) -> Callable[[_Pen, Random], None]:
    return lambda pen, _rng: draw(pen)


_SIDE = {"car": (_car_side, 2.15, 1.6), "van": (_van_side, 2.66, 2.36)}
_END = {"car": (_car_end, 1.0, 1.55), "van": (_van_end, 1.05, 2.42)}


def _vehicle(
    views: Mapping[str, tuple[Callable[[_Pen, Random], None], float, float]], x: float, z: float, rng: Random
) -> _Thing:
    label = "van" if rng.random() < 0.42 else "car"
    draw, half_width_m, height_m = views[label]
    return _Thing(label, draw, x, z, half_width_m, height_m, rng.random() < 0.5)


def _walker(x: float, z: float) -> _Thing:
    return _Thing("person", _person, x, z, 0.4, 1.78)


def _across(canvas: _Canvas, camera: _Camera, rng: Random) -> list[_Thing]:
    """A street that runs from left to right: facades behind, two lanes, pavement on both sides."""
    width, height = canvas.size
    wall = camera.focal * camera.height_m / (height * rng.uniform(0.17, 0.22))  # metres to the facades
    near = camera.focal * camera.height_m / (height * rng.uniform(0.44, 0.54))  # metres to the near kerb
    far = wall * 0.86
    lane = (far - near) / 2
    reach = width / camera.scale(wall)

    def front(u: float, v: float) -> Point:
        return camera.project(u, v, wall)

    def row(z: float) -> float:
        return camera.project(0, 0, z)[1]

    _houses(canvas, front, -reach * rng.uniform(0.55, 0.7), reach * 0.7, rng, 1.0)
    paving: Colour = rng.choice(((190, 184, 174), (176, 176, 176), (200, 188, 168)))
    road: Colour = rng.choice(((92, 94, 100), (104, 104, 106), (80, 84, 94)))
    canvas.gradient((0, row(wall), width, row(far)), canvas.lit(_shade(paving, 0.9)), canvas.lit(paving))
    canvas.gradient(
        (0, row(far), width, row(near)), canvas.lit(_shade(road, 0.92)), canvas.lit(_shade(road, 1.06))
    )
    canvas.gradient((0, row(near), width, height), canvas.lit(paving), canvas.lit(_shade(paving, 0.84)))
    for z in (far, near):
        y, kerb = row(z), max(1.5, 0.14 * camera.scale(z))
        canvas.polygon([(0, y - kerb), (width, y - kerb), (width, y), (0, y)], _shade(paving, 0.7))
    middle, dash = near + lane, 2.4
    shift = rng.uniform(0, dash)
    for k in range(-14, 15):
        x = k * dash * 1.6 + shift
        canvas.polygon(
            [camera.project(x, 0, middle * 1.012), camera.project(x + dash, 0, middle * 1.012),
             camera.project(x + dash, 0, middle * 0.988), camera.project(x, 0, middle * 0.988)],
            (232, 228, 214),
        )  # fmt: skip

    def spot(z: float) -> float:
        return rng.uniform(-0.5, 0.5) * width / camera.scale(z)

    things: list[_Thing] = []
    for _ in range(rng.randint(1, 3)):
        z = (wall + far) / 2 * 1.02
        draw = _tree if rng.random() < 0.6 else _scenery(_lamp_post)
        things.append(_Thing("", draw, spot(z), z, 1.0, 4.5, rng.random() < 0.5))
    for _ in range(rng.randint(2, 4)):
        z = far * 0.97 - lane * rng.uniform(0.15, 0.3)
        things.append(_vehicle(_SIDE, spot(z), z, rng))
    for _ in range(rng.randint(0, 2)):
        z = near + lane * rng.uniform(0.2, 0.45)
        things.append(_vehicle(_SIDE, spot(z), z, rng))
    for _ in range(rng.randint(1, 4)):
        z = far + (wall - far) * rng.uniform(0.1, 0.5)
        things.append(_walker(spot(z), z))
    for _ in range(rng.randint(1, 4)):
        z = near * rng.uniform(0.8, 0.98)
        things.append(_walker(spot(z), z))
    return things


def _along(canvas: _Canvas, camera: _Camera, rng: Random) -> list[_Thing]:
    """A street that runs away from the camera, houses on both sides."""
    width, height = canvas.size
    half_road, pavement = rng.uniform(4.2, 5.4), rng.uniform(3.0, 4.2)
    edge, far = half_road + pavement, 90.0
    skyline = camera.project(0, 0, far)[1]
    for _ in range(9):
        x, w = rng.uniform(0, width), rng.uniform(0.04, 0.09) * width
        y = skyline - rng.uniform(0.06, 0.2) * height
        canvas.polygon(
            [(x, skyline + 1), (x, y), (x + w, y), (x + w, skyline + 1)],
            _shade((136, 148, 166), rng.uniform(0.9, 1.15)),
        )
    paving: Colour = rng.choice(((190, 184, 174), (176, 176, 176), (200, 188, 168)))
    road: Colour = rng.choice(((92, 94, 100), (104, 104, 106), (80, 84, 94)))
    canvas.gradient((0, skyline, width, height), canvas.lit(_shade(paving, 0.86)), canvas.lit(paving))

    def strip(x0: float, x1: float, z0: float, z1: float, colour: Colour) -> None:
        canvas.polygon(
            [
                camera.project(x0, 0, z0),
                camera.project(x1, 0, z0),
                camera.project(x1, 0, z1),
                camera.project(x0, 0, z1),
            ],
            colour,
        )

    strip(-half_road, half_road, 1.0, far, road)
    for side in (-1, 1):
        strip(side * half_road, side * (half_road + 0.28), 1.0, far, _shade(paving, 0.7))
    shift = rng.uniform(0, 5)
    for k in range(14):
        strip(-0.09, 0.09, 2.0 + k * 5 + shift, 4.4 + k * 5 + shift, (232, 228, 214))
    if rng.random() < 0.35:
        z = rng.uniform(9, 14)
        for k in range(-4, 5):
            strip(k * 1.05 - 0.28, k * 1.05 + 0.28, z, z + 3.2, (232, 228, 214))

    for side in (-1, 1):
        start = rng.uniform(2.5, 6)
        houses: list[tuple[float, float]] = []
        while start < far * 0.7:
            depth = rng.uniform(6.5, 11)
            houses.append((start, start + depth))
            start += depth

        def wall(u: float, v: float, side: int = side) -> Point:
            return camera.project(side * edge, v, u)

        for z0, z1 in reversed(houses):
            _facade(canvas, wall, z0, z1, rng, 1.0 if side > 0 else 0.86)

    things: list[_Thing] = []
    for side in (-1, 1):
        for z in (rng.uniform(7, 12), rng.uniform(16, 26), rng.uniform(30, 45)):
            draw = _tree if rng.random() < 0.5 else _scenery(_lamp_post)
            things.append(_Thing("", draw, side * (half_road + 0.8), z, 1.0, 4.5, side > 0))
    for _ in range(rng.randint(3, 5)):
        z = rng.uniform(7, 19)
        lane = rng.choice((-0.5, 0.5)) * half_road
        things.append(_vehicle(_END, lane + rng.uniform(-0.5, 0.5), z, rng))
    if rng.random() < 0.35:
        z = rng.uniform(13, 20)
        things.append(_vehicle(_SIDE, rng.uniform(-0.4, 0.4) * half_road, z, rng))
    for _ in range(rng.randint(3, 6)):
        z = rng.uniform(6, 12.5)
        side = rng.choice((-1, 1))
        things.append(_walker(side * (half_road + rng.uniform(0.4, pavement - 0.6)), z))
    if rng.random() < 0.3:
        things.append(_walker(rng.uniform(-0.8, 0.8) * half_road, rng.uniform(7.5, 12)))
    return things


def _spread(things: Sequence[_Thing], camera: _Camera, width: int) -> list[_Thing]:
    """The things without those too small, outside, or hidden behind or hiding another; far ones first."""
    kept: list[tuple[_Thing, tuple[float, float, float, float]]] = []
    for thing in sorted(things, key=lambda t: -t.z):
        x0, y0 = camera.project(thing.x - thing.half_width_m, thing.height_m, thing.z)
        x1, y1 = camera.project(thing.x + thing.half_width_m, 0, thing.z)
        box = (x0, y0, x1, y1)
        if thing.label == "":
            kept.append((thing, box))
            continue
        inside = (min(x1, width) - max(x0, 0)) / (x1 - x0)
        if inside < 0.5 or y1 - y0 < MIN_HEIGHT_PX:
            continue
        if all(other.label == "" or _hidden_share(box, rival) < 0.42 for other, rival in kept):
            kept.append((thing, box))
    return [thing for thing, _ in kept]


def _hidden_share(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Overlap of two boxes as a share of the smaller one."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return w * h / smaller


def draw_scene(seed: int, index: int, size: tuple[int, int] = (480, 360)) -> Scene:
    """The street scene number `index` of the series `seed`, and the boxes of its cars, vans and people.

    The same arguments give the same picture. Every scene has at least one box; a thing of which less than
    MIN_VISIBLE_FRACTION is to be seen has none.
    """
    rng = Random(f"{seed}:{index}")
    for _ in range(20):
        scene = _draw_once(rng, size)
        if scene.boxes:
            return scene
    raise AssertionError(f"no scene with a box in 20 attempts (seed {seed}, index {index}, size {size})")


def _draw_once(rng: Random, size: tuple[int, int]) -> Scene:
    light = rng.choices(_LIGHTS, _LIGHT_WEIGHTS)[0]
    canvas = _Canvas(size, light)
    width, height = size
    camera = _Camera(
        centre_x=width * rng.uniform(0.4, 0.6),
        horizon=height * rng.uniform(0.34, 0.44),
        height_m=rng.uniform(2.3, 3.1),
        focal=height * rng.uniform(1.0, 1.2),
    )
    _sky(canvas, camera.horizon, rng)
    layout = _across if rng.random() < 0.55 else _along
    things = _spread(layout(canvas, camera, rng), camera, width)
    drawn: list[tuple[int, str, int]] = []  # number in the mask, label, pixels when nothing hid it yet
    for number, thing in enumerate(things, start=1):
        canvas.owner = number if thing.label else 0
        pen = _Pen(canvas, camera.project(thing.x, 0, thing.z), camera.scale(thing.z), thing.flipped)
        thing.draw(pen, rng)
        if thing.label:
            drawn.append((number, thing.label, canvas.extent(number)[0]))
    return Scene(canvas.finished(), _boxes(canvas, drawn))


def _boxes(canvas: _Canvas, drawn: Sequence[tuple[int, str, int]]) -> list[SceneBox]:
    boxes = []
    for number, label, whole in drawn:
        visible, bounds = canvas.extent(number)
        if bounds is None or visible < whole * MIN_VISIBLE_FRACTION:
            continue
        left, top, right, bottom = bounds
        if min(right - left, bottom - top) >= MIN_SIDE_PX:
            boxes.append(SceneBox(label, left, top, right - left, bottom - top))
    return boxes
