"""Folders with photos and an augmented manifest, for readers of streams."""

from __future__ import annotations

import io
import json
from pathlib import Path

from PIL import Image


def photo(number: int, size: tuple[int, int] = (60, 40)) -> bytes:
    """A JPEG of (width, height) with soft colours that depend on its number."""
    tile = Image.new("RGB", (3, 2))
    tile.putdata([((number * 37 + 60 * k) % 256, (40 * k) % 256, (number * 11) % 256) for k in range(6)])
    file = io.BytesIO()
    tile.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=92)
    return file.getvalue()


def photo_folder(folder: Path, count: int, size: tuple[int, int] = (60, 40)) -> Path:
    """Writes photos and `train.manifest` with source-ref, class and boxes. Returns the manifest's path."""
    (folder / "photos").mkdir(parents=True)
    lines = []
    for number in range(count):
        (folder / "photos" / f"{number}.jpg").write_bytes(photo(number, size))
        box = {"class_id": 0, "left": 30, "top": 10, "width": 12, "height": 20}
        line = {"source-ref": f"photos/{number}.jpg", "class": number, "boxes": {"annotations": [box]}}
        lines.append(json.dumps(line))
    manifest = folder / "train.manifest"
    manifest.write_text("".join(f"{line}\n" for line in lines))
    return manifest
