"""What no box is drawn around: sky, houses, trees and lamp posts."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from trigpoint.scenes.canvas import Canvas, Pen
from trigpoint.scenes.colours import AWNINGS, WALLS, Colour, shade
from trigpoint.scenes.outlines import Point

Surface = Callable[[float, float], Point]
"""Maps (metres along a wall, metres up) to pixels."""


def _quad(surface: Surface, u0: float, v0: float, u1: float, v1: float) -> list[Point]:
    return [surface(u0, v0), surface(u1, v0), surface(u1, v1), surface(u0, v1)]


def facade(canvas: Canvas, surface: Surface, u0: float, u1: float, rng: Random, toned: float) -> None:
    """One house on a surface that maps (metres along the street, metres up) to pixels."""
    wall = shade(rng.choice(WALLS), toned)
    floors = rng.randint(2, 5)
    storey = rng.uniform(2.9, 3.4)
    top = 3.6 + floors * storey
    canvas.polygon(_quad(surface, u0, 0, u1, top), wall)
    canvas.polygon(_quad(surface, u0, top - 0.35, u1, top), shade(wall, 0.74))
    canvas.polygon(_quad(surface, u0, 3.35, u1, 3.6), shade(wall, 0.82))
    count = max(2, int((u1 - u0) / rng.uniform(1.9, 2.6)))
    step = (u1 - u0) / count
    frame = shade(wall, 1.45)
    for floor in range(floors):
        base = 3.6 + floor * storey + 0.8
        for column in range(count):
            left = u0 + (column + 0.5) * step
            lamp = canvas.light.lamps_on and rng.random() < 0.45
            pane: Colour = (255, 216, 140) if lamp else shade((98, 122, 144), rng.uniform(0.8, 1.15))
            canvas.polygon(_quad(surface, left - 0.62, base - 0.12, left + 0.62, base + 1.72), frame)
            canvas.polygon(_quad(surface, left - 0.5, base, left + 0.5, base + 1.6), pane, glows=lamp)
            canvas.polygon(_quad(surface, left - 0.03, base, left + 0.03, base + 1.6), frame)
    shop = rng.random() < 0.7
    glow = canvas.light.lamps_on and shop
    canvas.polygon(_quad(surface, u0 + 0.5, 0, u0 + 1.6, 2.4), shade(wall, 0.45))
    pane = (255, 226, 160) if glow else shade((88, 110, 128), 0.95)
    canvas.polygon(_quad(surface, u0 + 2.1, 0.55, u1 - 0.5, 2.6), frame)
    canvas.polygon(_quad(surface, u0 + 2.22, 0.67, u1 - 0.62, 2.48), pane, glows=glow)
    if shop:
        cloth = rng.choice(AWNINGS)
        stripes = max(3, int((u1 - u0 - 2.4) / 0.55))
        width = (u1 - u0 - 2.4) / stripes
        for stripe in range(stripes):
            tone = cloth if stripe % 2 else (238, 234, 224)
            left = u0 + 2.0 + stripe * width
            canvas.polygon(_quad(surface, left, 2.45, left + width, 3.05), tone)


def houses(canvas: Canvas, surface: Surface, start: float, end: float, rng: Random, toned: float) -> None:
    along = start
    while along < end:
        width = rng.uniform(6.5, 11)
        facade(canvas, surface, along, along + width, rng, toned)
        along += width


def sky(canvas: Canvas, horizon: float, rng: Random) -> None:
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


def tree(pen: Pen, rng: Random) -> None:
    green = rng.choice(((74, 128, 66), (96, 146, 72), (58, 112, 78), (150, 138, 62)))
    pen.shadow(1.0, 0.12)
    pen.limb((0, 0), (0.05, 2.2), 0.26, 0.18, (92, 70, 54))
    crown = [(rng.uniform(-0.9, 0.9), rng.uniform(2.5, 4.0), rng.uniform(0.7, 1.1)) for _ in range(6)]
    for x, y, r in crown:
        pen.disc(x, y, r, shade(green, 0.78))
    for x, y, r in crown:
        pen.disc(x + 0.14, y + 0.18, r * 0.76, green)
    for x, y, r in crown[:3]:
        pen.disc(x + 0.26, y + 0.34, r * 0.4, shade(green, 1.15))


def lamp_post(pen: Pen) -> None:
    pen.limb((0, 0), (0, 4.6), 0.13, 0.09, (58, 62, 70))
    pen.limb((0, 4.6), (0.8, 4.75), 0.08, 0.08, (58, 62, 70))
    pen.rect(
        0.5, 4.6, 1.0, 4.72, (255, 236, 170) if pen.canvas.light.lamps_on else (210, 212, 208), glows=True
    )
    if pen.canvas.light.lamps_on:
        pen.glow(0.75, 4.6, 1.3, (255, 226, 150))
