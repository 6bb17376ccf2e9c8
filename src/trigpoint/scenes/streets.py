"""The two kinds of street: where road, houses, vehicles and people are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from trigpoint.scenes.canvas import Camera, Canvas, Pen
from trigpoint.scenes.colours import Colour, shade
from trigpoint.scenes.outlines import Point
from trigpoint.scenes.people import person
from trigpoint.scenes.scenery import facade, houses, lamp_post, tree
from trigpoint.scenes.vehicles import car_end, car_side, van_end, van_side

MIN_HEIGHT_PX = 40
"""Things that would be drawn smaller are left out."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to stand in the street: how to draw it, where, and its rough size for spacing things out."""

    label: str  # "" for scenery
    draw: Callable[[Pen, Random], None]
    x: float
    z: float
    half_width_m: float
    height_m: float
    flipped: bool = False


def _scenery(draw: Callable[[Pen], None]) -> Callable[[Pen, Random], None]:
    return lambda pen, _rng: draw(pen)


_SIDE = {"car": (car_side, 2.15, 1.6), "van": (van_side, 2.66, 2.36)}
_END = {"car": (car_end, 1.0, 1.55), "van": (van_end, 1.05, 2.42)}


def _vehicle(
    views: Mapping[str, tuple[Callable[[Pen, Random], None], float, float]], x: float, z: float, rng: Random
) -> Thing:
    label = "van" if rng.random() < 0.42 else "car"
    draw, half_width_m, height_m = views[label]
    return Thing(label, draw, x, z, half_width_m, height_m, rng.random() < 0.5)


def _walker(x: float, z: float) -> Thing:
    return Thing("person", person, x, z, 0.4, 1.78)


def street_across(canvas: Canvas, camera: Camera, rng: Random) -> list[Thing]:
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

    houses(canvas, front, -reach * rng.uniform(0.55, 0.7), reach * 0.7, rng, 1.0)
    paving: Colour = rng.choice(((190, 184, 174), (176, 176, 176), (200, 188, 168)))
    road: Colour = rng.choice(((92, 94, 100), (104, 104, 106), (80, 84, 94)))
    canvas.gradient((0, row(wall), width, row(far)), canvas.lit(shade(paving, 0.9)), canvas.lit(paving))
    canvas.gradient(
        (0, row(far), width, row(near)), canvas.lit(shade(road, 0.92)), canvas.lit(shade(road, 1.06))
    )
    canvas.gradient((0, row(near), width, height), canvas.lit(paving), canvas.lit(shade(paving, 0.84)))
    for z in (far, near):
        y, kerb = row(z), max(1.5, 0.14 * camera.scale(z))
        canvas.polygon([(0, y - kerb), (width, y - kerb), (width, y), (0, y)], shade(paving, 0.7))
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

    things: list[Thing] = []
    for _ in range(rng.randint(1, 3)):
        z = (wall + far) / 2 * 1.02
        draw = tree if rng.random() < 0.6 else _scenery(lamp_post)
        things.append(Thing("", draw, spot(z), z, 1.0, 4.5, rng.random() < 0.5))
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


def street_along(canvas: Canvas, camera: Camera, rng: Random) -> list[Thing]:
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
            shade((136, 148, 166), rng.uniform(0.9, 1.15)),
        )
    paving: Colour = rng.choice(((190, 184, 174), (176, 176, 176), (200, 188, 168)))
    road: Colour = rng.choice(((92, 94, 100), (104, 104, 106), (80, 84, 94)))
    canvas.gradient((0, skyline, width, height), canvas.lit(shade(paving, 0.86)), canvas.lit(paving))

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
        strip(side * half_road, side * (half_road + 0.28), 1.0, far, shade(paving, 0.7))
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
            facade(canvas, wall, z0, z1, rng, 1.0 if side > 0 else 0.86)

    things: list[Thing] = []
    for side in (-1, 1):
        for z in (rng.uniform(7, 12), rng.uniform(16, 26), rng.uniform(30, 45)):
            draw = tree if rng.random() < 0.5 else _scenery(lamp_post)
            things.append(Thing("", draw, side * (half_road + 0.8), z, 1.0, 4.5, side > 0))
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


def spread(things: Sequence[Thing], camera: Camera, width: int) -> list[Thing]:
    """The things without those too small, outside, or hidden behind or hiding another; far ones first."""
    kept: list[tuple[Thing, tuple[float, float, float, float]]] = []
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
