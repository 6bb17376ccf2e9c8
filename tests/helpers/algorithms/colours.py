"""Plain pictures that a small classifier tells apart by their colour, and the lightest classification training."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from helpers.algorithms.container import CLASSIFICATION, Pair, Platform, jpeg, make_container, train_here
from helpers.algorithms.forms import entry, lay_out

COLOURS = ((200, 40, 40), (40, 180, 60), (40, 60, 200))
SIDE = 12
LIGHT = {
    "num_classes": "3",
    "num_training_samples": "6",
    "num_layers": "20",
    "image_shape": "3,8,8",
    "mini_batch_size": "3",
    "learning_rate": "0.05",
    "epochs": "1",
}


def picture(class_id: int, side: int = SIDE) -> Image.Image:
    return Image.new("RGB", (side, side), COLOURS[class_id])


def coloured(*labels: object) -> list[Pair]:
    """A picture for each label, with the label as a manifest would deliver it; its colour is that of the first class."""
    pairs = []
    for place, label in enumerate(labels):
        class_id = label if isinstance(label, int) and label < len(COLOURS) else place % len(COLOURS)
        text = label if isinstance(label, str) else json.dumps(label)
        pairs.append((jpeg(picture(class_id)), text.encode()))
    return pairs


SIX = (0, 1, 2, 0, 1, 2)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def failure(root: Path) -> str:
    return (root / "output" / "failure").read_text()


def classified(
    root: Path,
    pairs: Sequence[Pair] | bytes,
    validation: Sequence[Pair] | None = None,
    content_type: str = "application/x-recordio",
    **changes: str,
) -> int:
    """The exit code of a training on the lines of an augmented manifest."""
    settings: Mapping[str, str] = {**LIGHT, **changes}
    make_container(root, settings)
    channels = ["train"] if validation is None else ["train", "validation"]
    lay_out(root, settings, dict.fromkeys(channels, entry("Pipe", content_type, "RecordIO")))
    streams = {"train": pairs} if validation is None else {"train": pairs, "validation": validation}
    with Platform(root, streams):
        return train_here(root, CLASSIFICATION)


def listed(
    root: Path,
    images: Mapping[str, bytes],
    lst: str | bytes,
    content_type: str = "application/x-image",
    **changes: str,
) -> int:
    """The exit code of a training on image files and a .lst."""
    names = ("train", "train_lst")
    lay_out(root, {**LIGHT, **changes}, dict.fromkeys(names, entry("File", content_type)))
    for name in names:
        (root / "input" / "data" / name).mkdir()
    for path, content in images.items():
        file = root / "input" / "data" / "train" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    content = lst if isinstance(lst, bytes) else lst.encode()
    (root / "input" / "data" / "train_lst" / "train.lst").write_bytes(content)
    return train_here(root, CLASSIFICATION)
