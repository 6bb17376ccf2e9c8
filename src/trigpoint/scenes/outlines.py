"""Closed outlines in metres, written as text and smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

Point = tuple[float, float]


def smoothed(points: Sequence[Point], rounds: int) -> list[Point]:
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
def path(text: str, smooth: int = 0) -> Sequence[Point]:
    """A closed outline written as ``x,y x,y ...`` in metres, its corners cut off `smooth` times."""
    pairs = (pair.split(",") for pair in text.split())
    return smoothed([(float(x), float(y)) for x, y in pairs], smooth)
