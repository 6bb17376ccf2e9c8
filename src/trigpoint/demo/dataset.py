"""The demo's pictures: drawn street scenes, or the user's own folder, served as a bucket without a copy."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from trigpoint.core.errors import Invalid
from trigpoint.demo.task_set import TaskSet
from trigpoint.demo.truth import find_images, find_truth, labels_of
from trigpoint.labeling.task_types.bounding_box import BOUNDING_BOX
from trigpoint.labeling.task_types.bounding_box.labels import write_label
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.scenes import draw_scene

SCENES_LABELED = 150
SCENES_HELD_OUT = 40
HELD_OUT_SHARE = 0.2
MOST_LABELED = 400
FALLBACK_LABEL = "object"


@dataclass(frozen=True, slots=True)
class Picture:
    """One image of the demo; `boxes` is None where its true boxes are not known."""

    uri: str
    width: int
    height: int
    boxes: tuple[Box, ...] | None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures to label, pictures held out to measure the model, and the label categories."""

    labels: tuple[str, ...]
    labeled: tuple[Picture, ...]
    held_out: tuple[Picture, ...]

    def tasks(self) -> TaskSet:
        """The pictures to label. Where the boxes of any are known, a picture without boxes is one without objects."""
        truths = {
            picture.uri: write_label(
                picture.boxes or (), self.labels, ImageSize(picture.width, picture.height)
            )
            for picture in self.labeled
        }
        return TaskSet(
            task_type=BOUNDING_BOX,
            categories=tuple({"label": label} for label in self.labels),
            label_attribute="boxes",
            lines=tuple({"source-ref": picture.uri} for picture in self.labeled),
            truths=truths if self.has_truth else {},
            title="Boxes in {count} pictures",
            description="Draw a box around each object of the listed kinds",
            keywords=("Images", "Boxes"),
        )

    @property
    def has_truth(self) -> bool:
        """Whether the true boxes of any picture are known, so that simulated workers can answer."""
        return any(picture.boxes is not None for picture in self.labeled)


def drawn_scenes(s3: Any, bucket: str, prefix: str, seed: int, advance: Callable[[], None]) -> Dataset:
    """Draws street scenes and uploads them; `advance` is called after each."""
    pictures = []
    for index in range(SCENES_LABELED + SCENES_HELD_OUT):
        scene = draw_scene(seed, index)
        encoded = io.BytesIO()
        scene.image.save(encoded, "JPEG", quality=90)
        key = f"{prefix}/scene-{index:04d}.jpg"
        s3.put_object(Bucket=bucket, Key=key, Body=encoded.getvalue(), ContentType="image/jpeg")
        boxes = tuple(Box(b.label, b.left, b.top, b.width, b.height) for b in scene.boxes)
        pictures.append(Picture(f"s3://{bucket}/{key}", scene.image.width, scene.image.height, boxes))
        advance()
    return Dataset(
        ("car", "van", "person"), tuple(pictures[:SCENES_LABELED]), tuple(pictures[SCENES_LABELED:])
    )


def own_folder(folder: Path, bucket: str) -> Dataset:
    """The pictures of a folder that is linked as `bucket`, with the annotations next to them.

    Pictures that cannot be opened are left out. Where annotations exist, only annotated pictures are used; a fifth
    of them is held out. Without annotations nothing is held out.
    Raises: Invalid: no image can be read.
    """
    images = find_images(folder)
    truth = find_truth(folder, images)
    chosen = [image for image in images if image in truth] if truth else images
    random.Random(7).shuffle(chosen)
    pictures = [picture for image in chosen if (picture := _picture(image, folder, bucket, truth.get(image)))]
    if not pictures:
        raise Invalid(f"--images {folder}: none of its {len(images)} images can be read")
    labels = tuple(labels_of(truth)) or (FALLBACK_LABEL,)
    held_out = max(1, round(len(pictures) * HELD_OUT_SHARE)) if truth and len(pictures) > 1 else 0
    labeled = sorted(pictures[held_out:][:MOST_LABELED], key=lambda picture: picture.uri)
    return Dataset(labels, tuple(labeled), tuple(pictures[:held_out]))


def bucket_name_of(folder: Path) -> str:
    """A legal bucket name for a folder, the same at each call."""
    readable = "".join(c for c in folder.name.lower() if c.isascii() and c.isalnum())[:30]
    return f"demo-{readable or 'images'}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"


def _picture(image: Path, folder: Path, bucket: str, boxes: tuple[Box, ...] | None) -> Picture | None:
    try:
        with Image.open(image) as opened:
            width, height = opened.size
    except OSError:
        return None
    return Picture(f"s3://{bucket}/{image.relative_to(folder).as_posix()}", width, height, boxes)
