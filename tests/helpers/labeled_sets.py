"""Small labeled sets on disk, and calls of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from PIL import ExifTags, Image

from trigpoint.cli import main
from trigpoint.core.errors import TrigpointError
from trigpoint.datasets.model import Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.settling import settle
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize


def trigpoint(*arguments: str | Path) -> Result:
    """Runs the command in this process. The result holds stdout and stderr separately."""
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


def draw(path: Path, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Path:
    """Writes an image file. The extension decides its format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, 90).save(path)
    return path


def draw_turned(path: Path, orientation: int, size: tuple[int, int] = (60, 40)) -> Path:
    """Writes an image file of that stored size with an EXIF orientation."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.new("RGB", size, 90).save(path, exif=exif)
    return path


def write_lines(path: Path, lines: Sequence[dict[str, Any] | bytes]) -> Path:
    """Writes a manifest of lines, given as objects or as bytes."""
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def check_counts(read: Callable[[Path, Complaints], LabeledSet], folder: Path) -> None:
    """Reads with and without skipping bad entries. What was read is what was converted and what was left out."""
    for complaints in (Complaints(skip=False), Complaints(skip=True)):
        try:
            labeled = read(folder, complaints)
            settle(labeled, complaints)
        except TrigpointError:
            continue
        images, labels = labeled.totals()
        assert images.read == labeled.report.images.read
        assert labels.read == labeled.report.labels.read


def a_set(folder: Path) -> LabeledSet:
    """Three images of two classes, one without an object, with all flags somewhere."""
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        draw(folder / name)
    size = ImageSize(60, 40, 3)
    return LabeledSet(
        [
            LabeledImage(
                "1",
                "a.jpg",
                size,
                (Box("dog", 1, 2, 10, 20, flags=frozenset({"difficult"})), Box("cat", 0, 0, 60, 40)),
            ),
            LabeledImage("2", "b.jpg", size, ()),
            LabeledImage("3", "c.jpg", size, (Box("cat", 2.5, 3.25, 4, 5, flags=frozenset({"truncated"})),)),
        ],
        ["cat", "dog"],
    )
