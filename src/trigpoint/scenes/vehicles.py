"""Cars and vans, seen from the side and from either end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from trigpoint.scenes.canvas import Pen
from trigpoint.scenes.colours import GLASS, PAINTS, TYRE, VAN_PAINTS, Colour, shade
from trigpoint.scenes.outlines import Point, path, smoothed


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
        path(
            "-2.1,0.3 -2.16,0.8 -2,1 -1.5,1.02 -0.95,1.44 0.2,1.46 0.95,1.02 1.85,0.9 2.14,0.72 2.14,0.3",
            smooth=2,
        ),
        (path("-1.3,1 -0.85,1.34 -0.32,1.36 -0.32,1"), path("-0.22,1 -0.22,1.36 0.16,1.36 0.76,1")),
        (-1.3, 1.36),
        0.34,
        2.12,
        -2.12,
    ),
    _CarShape(  # hatchback
        path(
            "-1.82,0.3 -1.9,0.86 -1.78,1.12 -1.45,1.5 0.15,1.54 0.85,1.06 1.62,0.94 1.86,0.72 1.86,0.3",
            smooth=2,
        ),
        (path("-1.55,1.06 -1.28,1.42 -0.5,1.43 -0.5,1.06"), path("-0.4,1.06 -0.4,1.43 0.1,1.42 0.66,1.06")),
        (-1.18, 1.18),
        0.33,
        1.84,
        -1.86,
    ),
    _CarShape(  # estate car, high
        path(
            "-2.14,0.38 -2.2,1 -2.08,1.2 -1.84,1.66 0.3,1.7 0.98,1.2 1.9,1.06 2.16,0.84 2.16,0.38", smooth=2
        ),
        (
            path("-1.86,1.16 -1.66,1.56 -0.98,1.57 -0.98,1.16"),
            path("-0.88,1.16 -0.88,1.57 -0.2,1.57 -0.2,1.16"),
            path("-0.1,1.16 -0.1,1.57 0.24,1.56 0.76,1.16"),
        ),
        (-1.34, 1.36),
        0.38,
        2.14,
        -2.17,
    ),
)


def _wheel(pen: Pen, x: float, r: float) -> None:
    pen.disc(x, r + 0.03, r * 1.16, (24, 25, 29))
    pen.disc(x, r, r, TYRE)
    pen.disc(x, r, r * 0.62, (176, 180, 186))
    pen.disc(x, r, r * 0.5, (112, 116, 124))
    pen.disc(x, r, r * 0.16, (204, 208, 212))


def _windows(pen: Pen, windows: Sequence[Sequence[Point]]) -> None:
    for pane in windows:
        pen.poly(pane, GLASS)
        (x0, y0), (x1, y1) = pane[0], pane[2]
        middle = (x0 + x1) / 2
        pen.sheen(
            [(middle - 0.2, y0), (middle, y0), (middle + 0.14, y1 - 0.02), (middle - 0.02, y1 - 0.02)], 60
        )


def _beam(pen: Pen, x: float, y: float) -> None:
    if pen.canvas.light.lamps_on:
        pen.glow(x, y, 0.55, (255, 240, 190))


def car_side(pen: Pen, rng: Random) -> None:
    shape = rng.choice(_CAR_SHAPES)
    paint = rng.choice(PAINTS)
    pen.shadow((shape.nose - shape.tail) * 0.54, 0.17)
    pen.poly(shape.outline, paint)
    sill = 0.52
    pen.poly(
        [(shape.tail, 0.32), (shape.tail - 0.02, sill), (shape.nose, sill), (shape.nose, 0.32)],
        shade(paint, 0.72),
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
    pen.rect(door - 0.012, 0.45, door + 0.012, 0.98, shade(paint, 0.6))
    pen.rect(door - 0.3, 0.84, door - 0.12, 0.88, shade(paint, 0.5))
    pen.rect(door + 0.12, 0.84, door + 0.3, 0.88, shade(paint, 0.5))
    pen.rect(
        shape.nose - 0.24, 0.66, shape.nose - 0.02, 0.8, (255, 244, 204), glows=pen.canvas.light.lamps_on
    )
    pen.rect(shape.tail + 0.02, 0.72, shape.tail + 0.18, 0.92, (206, 34, 40), glows=pen.canvas.light.lamps_on)
    for axle in shape.axles:
        _wheel(pen, axle, shape.wheel_r)
    _beam(pen, shape.nose - 0.05, 0.73)


_VAN_OUTLINE = path(
    "-2.62,0.38 -2.64,2.2 -2.5,2.36 1,2.36 1.45,2.18 2,1.36 2.52,1.18 2.66,0.9 2.66,0.38", smooth=2
)


def van_side(pen: Pen, rng: Random) -> None:
    paint = rng.choice(VAN_PAINTS)
    accent = rng.choice(PAINTS)
    pen.shadow(2.8, 0.2)
    pen.poly(_VAN_OUTLINE, paint)
    pen.poly(path("-2.62,0.38 -2.62,0.62 2.64,0.62 2.64,0.38"), shade(paint, 0.7))
    pen.rect(-2.6, 2.16, 1.1, 2.22, shade(paint, 0.86))
    if rng.random() < 0.7:
        pen.rect(-2.61, 1.02, 0.5, 1.2, accent)
        pen.disc(-1.5, 1.66, 0.28, accent)
        pen.rect(-1.1, 1.58, -0.1, 1.74, accent)
    else:
        _windows(
            pen,
            [
                path("-2.3,1.4 -2.3,1.98 -1.3,1.98 -1.3,1.4"),
                path("-1.15,1.4 -1.15,1.98 0.35,1.98 0.35,1.4"),
            ],
        )
    _windows(pen, [path("0.62,1.32 0.62,2 1.2,2 1.75,1.32")])
    pen.rect(0.53, 0.6, 0.555, 2.1, shade(paint, 0.66))
    pen.rect(0.66, 1.12, 0.86, 1.17, shade(paint, 0.5))
    pen.rect(2.4, 0.86, 2.64, 1.04, (255, 244, 204), glows=pen.canvas.light.lamps_on)
    pen.rect(-2.62, 0.9, -2.5, 1.36, (206, 34, 40), glows=pen.canvas.light.lamps_on)
    for axle in (-1.62, 1.72):
        _wheel(pen, axle, 0.38)
    _beam(pen, 2.6, 0.95)


# ---- vehicles seen from the front or the back ----


def car_end(pen: Pen, rng: Random) -> None:
    paint = rng.choice(PAINTS)
    top = rng.choice((1.45, 1.52, 1.68))
    rear = rng.random() < 0.5
    pen.shadow(1.05, 0.2)
    for side in (-0.84, 0.56):
        pen.rect(side, 0.0, side + 0.28, 0.5, TYRE)
    pen.poly(
        smoothed(
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
    pen.poly([(-0.76, 1.0), (-0.6, top - 0.1), (0.6, top - 0.1), (0.76, 1.0)], GLASS)
    pen.sheen([(-0.4, 1.0), (-0.16, 1.0), (0.04, top - 0.12), (-0.14, top - 0.12)], 60)
    pen.sheen(path("-0.84,0.9 0.84,0.9 0.82,0.96 -0.82,0.96"), 70)
    pen.rect(-0.9, 0.28, 0.9, 0.48, shade(paint, 0.66))
    for mirror in (-1.0, 0.86):
        pen.oval(mirror + 0.07, 1.02, 0.1, 0.075, shade(paint, 0.8))
    lamp: Colour = (210, 36, 40) if rear else (255, 246, 210)
    for side in (-0.86, 0.52):
        pen.rect(side, 0.62, side + 0.34, 0.82, lamp, glows=pen.canvas.light.lamps_on)
    if not rear:
        pen.rect(-0.44, 0.58, 0.44, 0.78, shade(paint, 0.36))
    pen.rect(-0.26, 0.44, 0.26, 0.56, (240, 240, 228))
    if not rear:
        _beam(pen, -0.7, 0.72)
        _beam(pen, 0.7, 0.72)


def van_end(pen: Pen, rng: Random) -> None:
    paint = rng.choice(VAN_PAINTS)
    rear = rng.random() < 0.5
    pen.shadow(1.15, 0.22)
    for side in (-0.94, 0.64):
        pen.rect(side, 0.0, side + 0.3, 0.5, TYRE)
    pen.poly(
        path("-1,0.26 -1.05,1.2 -0.98,2.3 -0.86,2.42 0.86,2.42 0.98,2.3 1.05,1.2 1,0.26", smooth=2),
        paint,
    )
    pen.rect(-0.99, 0.3, 0.99, 0.56, shade(paint, 0.66))
    if rear:
        for side in (-0.84, 0.08):
            pen.rect(side, 1.42, side + 0.76, 2.1, GLASS)
            pen.sheen([(side + 0.2, 1.42), (side + 0.36, 1.42), (side + 0.5, 2.1), (side + 0.38, 2.1)], 60)
        pen.rect(-0.015, 0.56, 0.015, 2.3, shade(paint, 0.6))
    else:
        pen.poly(path("-0.88,1.32 -0.8,2.12 0.8,2.12 0.88,1.32"), GLASS)
        pen.sheen(path("-0.4,1.32 -0.1,1.32 0.16,2.12 -0.06,2.12"), 60)
        pen.rect(-0.5, 0.62, 0.5, 0.92, shade(paint, 0.4))
    lamp: Colour = (210, 36, 40) if rear else (255, 246, 210)
    for side in (-0.96, 0.7):
        pen.rect(side, 0.7, side + 0.26, 1.06, lamp, glows=pen.canvas.light.lamps_on)
    pen.rect(-0.27, 0.4, 0.27, 0.52, (240, 240, 228))
    if not rear:
        _beam(pen, -0.82, 0.88)
        _beam(pen, 0.82, 0.88)
