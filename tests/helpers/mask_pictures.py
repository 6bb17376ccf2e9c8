"""Small pictures with things of two classes that are easy to tell apart, and their masks."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw

from helpers.algorithms.container import Pair, jpeg
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.masks import write_mask

SIZE = ImageSize(96, 72)


def picture(number: int) -> Pair:
    """A JPEG with a red disc (class 1) and a blue square (class 2) on a grey ground, and the PNG of its mask."""
    image, mask = Image.new("RGB", SIZE.sides, (120, 125, 118)), drawn(number)
    for kind, colour in ((1, (210, 30, 30)), (2, (30, 40, 210))):
        image.paste(colour, mask=mask.point([255 if value == kind else 0 for value in range(256)]))
    return jpeg(image), write_mask(mask.tobytes(), SIZE)


def drawn(number: int) -> Image.Image:
    """The mask of a picture: class numbers in mode L."""
    dice, mask = Random(number), Image.new("L", SIZE.sides)
    for kind in (1, 2):
        left, top, size = (
            4 + 46 * (kind - 1) + dice.randrange(12),
            dice.randrange(4, 30),
            dice.randrange(24, 34),
        )
        draw = ImageDraw.Draw(mask)
        (draw.ellipse if kind == 1 else draw.rectangle)((left, top, left + size, top + size), fill=kind)
    return mask
