"""A small set of pictures to try labeling with: street scenes as JPEG files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from trigpoint.scenes.scene import draw_scene

PHOTOS: Final = 24
LICENSE: Final = """These pictures were drawn by Trigpoint. They show no real place and no real person.

They are in the public domain (CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/): use them for anything.
"""
_SEED: Final = 11
_QUALITY: Final = 85


def sample_photos() -> Iterator[tuple[str, bytes]]:
    """Name and JPEG of each picture, about 25 KB; the same at each call."""
    for number in range(PHOTOS):
        encoded = io.BytesIO()
        draw_scene(_SEED, number).image.save(encoded, "JPEG", quality=_QUALITY)
        yield f"street-{number + 1:02d}.jpg", encoded.getvalue()
