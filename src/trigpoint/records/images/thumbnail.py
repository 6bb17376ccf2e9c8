"""Small pictures of images and of masks, for pages that show many."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, cast

from trigpoint.records.images.opening import opened

if TYPE_CHECKING:
    from PIL import Image

SIDE: Final = 320
"""Pixels of the longer side of a thumbnail."""
_QUALITY: Final = 80


def thumbnail(data: bytes, side: int = SIDE) -> bytes:
    """The image as a JPEG whose longer side has at most `side` pixels.

    The stored pixels are shown: EXIF orientation is ignored, as in the labeling tool, so that labels fit. Transparent
    parts are white. A JPEG is decoded at a fraction of its size.

    Raises: UnreadableImage: no image, a damaged one, or one that is too large.
    """
    from PIL import Image

    with opened(data) as image:
        image.draft("RGB", (side, side))
        small = _in_eight_bits(image) if image.mode[:1] in "IF" else image
        if small.mode in ("1", "P", "PA", "LA") or "transparency" in small.info:
            small = small.convert("RGBA")
        small.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2.0)
        if small.mode == "RGBA":
            small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
        file = io.BytesIO()
        small.convert("RGB").save(file, "JPEG", quality=_QUALITY)
        return file.getvalue()


def mask_thumbnail(png: bytes, side: int = SIDE) -> bytes:
    """A mask as a PNG whose longer side has at most `side` pixels; its background is transparent.

    The background is the class number 0, or what is transparent already.
    Raises: UnreadableImage: no PNG, or a damaged one.
    """
    from PIL import Image

    with opened(png, ("PNG",)) as mask:
        mask.load()
        share = min(1.0, side / max(mask.width, mask.height))
        size = (max(1, round(mask.width * share)), max(1, round(mask.height * share)))
        small = mask.resize(size, Image.Resampling.NEAREST)
        if mask.mode == "P":
            small.info["transparency"] = mask.info.get("transparency", 0)
        file = io.BytesIO()
        small.convert("RGBA").save(file, "PNG")
        return file.getvalue()


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grey pixels of more bits, stretched from the darkest to the brightest one."""
    low, high = cast("tuple[float, float]", image.convert("F").getextrema())
    scale = 255 / (high - low) if high > low else 0
    return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")
