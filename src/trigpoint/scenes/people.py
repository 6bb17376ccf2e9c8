"""People who walk."""

from __future__ import annotations

from random import Random

from trigpoint.scenes.canvas import Pen
from trigpoint.scenes.colours import AWNINGS, HAIRS, SKINS, TOPS, TROUSERS, shade
from trigpoint.scenes.outlines import path


def person(pen: Pen, rng: Random) -> None:
    size = rng.uniform(0.92, 1.06) if rng.random() < 0.86 else rng.uniform(0.66, 0.78)
    body = Pen(pen.canvas, pen.foot, pen.unit * size, rng.random() < 0.5)
    skin, hair, top = rng.choice(SKINS), rng.choice(HAIRS), rng.choice(TOPS)
    bottom = rng.choice(TROUSERS)
    stride = rng.uniform(0.08, 0.34)
    swing = rng.uniform(0.1, 0.34)
    body.shadow(0.42, 0.09)
    knee = stride * 0.45
    back, front = (-stride, 0.06), (stride, 0.06)
    if rng.random() < 0.3:
        body.poly(
            path("-0.26,0.98 -0.26,1.52 -0.5,1.5 -0.52,1", smooth=2),
            shade(rng.choice(TOPS), 0.8),
        )
    body.limb((-0.02, 1.36), (-0.06 - swing, 0.92), 0.13, 0.1, shade(top, 0.74))
    body.disc(-0.07 - swing, 0.88, 0.055, shade(skin, 0.86))
    for hip, joint, ankle, tone in (
        ((-0.06, 0.86), (-knee, 0.46), back, 0.78),
        ((0.06, 0.86), (knee + 0.04, 0.46), front, 1.0),
    ):
        body.limb(hip, joint, 0.21, 0.16, shade(bottom, tone))
        body.limb(joint, ankle, 0.16, 0.12, shade(bottom, tone))
        body.poly(
            [(ankle[0] - 0.08, 0.0), (ankle[0] + 0.2, 0.0), (ankle[0] + 0.16, 0.09), (ankle[0] - 0.08, 0.12)],
            (46, 38, 36),
        )
    body.poly(path("-0.2,0.8 -0.24,1.4 -0.12,1.5 0.12,1.5 0.24,1.4 0.2,0.8", smooth=2), top)
    body.poly(path("-0.2,0.8 -0.24,1.4 -0.14,1.48 -0.06,1.2 -0.08,0.8", smooth=1), shade(top, 0.86))
    if rng.random() < 0.25:
        body.poly(path("-0.2,0.95 -0.34,0.56 0.34,0.56 0.2,0.95", smooth=1), shade(top, 0.9))
    body.limb((0.04, 1.38), (0.08 + swing, 0.94), 0.13, 0.1, shade(top, 0.92))
    body.disc(0.09 + swing, 0.9, 0.055, skin)
    if rng.random() < 0.25:
        body.poly(
            [(swing, 0.84), (swing + 0.26, 0.84), (swing + 0.3, 0.5), (swing - 0.04, 0.5)],
            rng.choice(AWNINGS),
        )
    body.rect(-0.05, 1.46, 0.05, 1.56, shade(skin, 0.84))
    body.oval(0.0, 1.66, 0.115, 0.14, skin)
    if rng.random() < 0.4:
        body.poly(
            path("-0.15,1.4 -0.14,1.74 -0.02,1.83 0.11,1.76 -0.02,1.72 -0.06,1.42", smooth=2),
            hair,
        )
    else:
        body.poly(
            path("-0.13,1.62 -0.14,1.76 -0.02,1.84 0.12,1.77 0.11,1.71 -0.06,1.72", smooth=2),
            hair,
        )
    if rng.random() < 0.15:
        cap = rng.choice(TOPS)
        body.poly(path("-0.14,1.74 -0.11,1.86 0.06,1.87 0.13,1.76 0.24,1.73", smooth=1), cap)
