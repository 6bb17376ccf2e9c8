"""Colours of the scenes: what things are painted in, and what the time of day does to it."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Light:
    """A time of day: the sky, what the light does to every colour, and whether lamps are on."""

    sky_top: Colour
    sky_bottom: Colour
    tint: tuple[float, float, float]
    lamps_on: bool
    disc: Colour | None


LIGHTS = (
    Light((94, 160, 224), (222, 238, 246), (1.0, 1.0, 1.0), False, (255, 247, 214)),
    Light((126, 178, 214), (246, 226, 198), (1.0, 0.96, 0.88), False, (255, 236, 190)),
    Light((148, 160, 172), (214, 218, 220), (0.88, 0.90, 0.92), False, None),
    Light((78, 84, 140), (250, 170, 120), (0.92, 0.78, 0.74), True, (255, 196, 130)),
    Light((22, 28, 58), (70, 76, 118), (0.56, 0.58, 0.74), True, (240, 240, 220)),
)
LIGHT_WEIGHTS = (5, 4, 3, 3, 2)

PAINTS: tuple[Colour, ...] = (
    (198, 44, 48), (36, 92, 172), (236, 238, 240), (44, 48, 56), (150, 158, 166), (232, 178, 44),
    (38, 122, 92), (226, 108, 46), (112, 168, 204), (120, 40, 64), (206, 196, 172),
)  # fmt: skip
VAN_PAINTS: tuple[Colour, ...] = (
    (244, 244, 240), (246, 200, 60), (58, 128, 188), (214, 78, 62), (92, 150, 108),
    (178, 184, 190), (240, 226, 196),
)  # fmt: skip
TOPS: tuple[Colour, ...] = (
    (214, 60, 70), (52, 104, 190), (242, 200, 72), (60, 150, 110), (240, 240, 240), (60, 62, 76),
    (226, 126, 60), (142, 92, 170), (232, 150, 170), (90, 170, 190),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = ((44, 56, 92), (52, 52, 58), (122, 104, 84), (88, 112, 146), (92, 72, 66))
SKINS: tuple[Colour, ...] = ((246, 208, 178), (226, 178, 140), (190, 136, 98), (142, 96, 68), (98, 66, 48))
HAIRS: tuple[Colour, ...] = (
    (42, 32, 28),
    (96, 62, 38),
    (168, 120, 66),
    (210, 180, 120),
    (130, 130, 134),
    (120, 50, 30),
)
WALLS: tuple[Colour, ...] = (
    (196, 122, 96), (222, 204, 172), (172, 184, 178), (206, 164, 124), (150, 162, 182), (232, 220, 204),
    (184, 148, 140), (158, 172, 142), (214, 184, 142), (140, 110, 104),
)  # fmt: skip
AWNINGS: tuple[Colour, ...] = ((178, 56, 56), (46, 108, 96), (48, 82, 138), (214, 150, 52), (110, 76, 120))
GLASS: Colour = (64, 84, 104)
TYRE: Colour = (30, 31, 34)


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (factor < 1) or mixed with white (factor > 1)."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    mix = min(1.0, factor - 1)
    return (
        int(colour[0] + (255 - colour[0]) * mix),
        int(colour[1] + (255 - colour[1]) * mix),
        int(colour[2] + (255 - colour[2]) * mix),
    )
