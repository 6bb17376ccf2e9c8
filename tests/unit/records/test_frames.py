"""Boxes and the size of their image: every way into training takes the same decision."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from trigpoint.algorithms.common.sources import InvalidSample
from trigpoint.algorithms.object_detection.samples import Sample, read_sample
from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import Complaints
from trigpoint.datasets.pack_items import items_of_manifest
from trigpoint.datasets.packing import PackOptions, pack, records_of
from trigpoint.datasets.places import Places
from trigpoint.records.labels.frames import frame_of_label, unturned
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.stream import AugmentedManifest, ImageBatches

Boxes = list[list[float]]
RED = (20, 10, 60, 50)
"""Left, top, right and bottom of the red block on the stored pixels, which are 200 x 100."""


@dataclass(frozen=True)
class Picture:
    """An encoded picture of 200 x 100 pixels with a red block, and its size."""

    data: bytes
    size: tuple[int, int] = (200, 100)


def picture(orientation: int = 1, size: tuple[int, int] = (200, 100)) -> Picture:
    image = Image.new("RGB", (200, 100), "white")
    ImageDraw.Draw(image).rectangle((RED[0], RED[1], RED[2] - 1, RED[3] - 1), fill="red")
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    image.resize(size, Image.Resampling.NEAREST).save(out, "PNG", exif=exif)
    return Picture(out.getvalue(), size)


def label_of(size: tuple[int, int] | None, *boxes: Sequence[float]) -> dict[str, Any]:
    names = ("left", "top", "width", "height")
    label: dict[str, Any] = {
        "annotations": [{"class_id": 0, **dict(zip(names, box, strict=True))} for box in boxes]
    }
    if size is not None:
        label["image_size"] = [{"width": size[0], "height": size[1], "depth": 3}]
    return label


def manifest_of(folder: Path, image: Picture, label: dict[str, Any]) -> Path:
    (folder / "1.png").write_bytes(image.data)
    manifest = folder / "a.manifest"
    metadata = {"type": "groundtruth/object-detection", "class-map": {"0": "block"}}
    manifest.write_text(json.dumps({"source-ref": "1.png", "box": label, "box-metadata": metadata}) + "\n")
    return manifest


def as_lists(sample: Sample) -> Boxes:
    return [[float(value) for value in box] for box in sample.boxes_xyxy]


def by_pipe_or_json(image: Picture, label: dict[str, Any], _folder: Path) -> Boxes:
    return as_lists(read_sample(image.data, json.dumps(label).encode(), 1, 60, 300))


def by_record(options: PackOptions) -> Callable[[Picture, dict[str, Any], Path], Boxes]:
    def read(image: Picture, label: dict[str, Any], folder: Path) -> Boxes:
        complaints = Complaints(skip=False)
        items = items_of_manifest(str(manifest_of(folder, image, label)), None, None, Places(), complaints)
        pack(items, folder / "a.rec", options, Places(), complaints)
        header, encoded = next(records_of(str(folder / "a.rec"), Places()))
        return as_lists(read_sample(encoded, header.label, 1, 60, 300))

    return read


def by_stream(image: Picture, label: dict[str, Any], folder: Path) -> Boxes:
    records = AugmentedManifest(manifest_of(folder, image, label), ["source-ref", "box"])
    batch = next(iter(ImageBatches(records, size=(50, 400), batch_size=1, boxes=["box"])))
    sides = ("left", "top", "width", "height")
    found = [[box[side] for side in sides] for box in batch["box"][0]["annotations"]]
    return [[x / 400, y / 50, (x + w) / 400, (y + h) / 50] for x, y, w, h in found]


READERS = {
    "Pipe, and images with JSON": by_pipe_or_json,
    "recordio pack": by_record(PackOptions()),
    "recordio pack --resize": by_record(PackOptions(resize=40)),
    "trigpoint.stream": by_stream,
}
every_reader = pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())

BLOCK = (20, 10, 40, 40)
AS_STORED = [[0.1, 0.1, 0.3, 0.5]]
PLACED: dict[str, tuple[Picture, dict[str, Any], Boxes]] = {
    "the size of the picture": (picture(), label_of((200, 100), BLOCK), AS_STORED),
    "no size": (picture(), label_of(None, BLOCK), AS_STORED),
    "made smaller after labeling": (picture(), label_of((2000, 1000), (200, 100, 400, 400)), AS_STORED),
    "made larger after labeling": (picture(), label_of((50, 25), (5, 2.5, 10, 10)), AS_STORED),
    "made smaller, rounded down": (picture(size=(133, 66)), label_of((200, 100), BLOCK), AS_STORED),
    "made smaller, rounded up": (picture(size=(133, 67)), label_of((200, 100), BLOCK), AS_STORED),
    "a stored size with an orientation": (picture(6), label_of((200, 100), BLOCK), AS_STORED),
    "a mirrored photo": (picture(2), label_of((200, 100), BLOCK), AS_STORED),
    "an orientation and no size": (picture(6), label_of(None, BLOCK), AS_STORED),
    "a shown size": (picture(6), label_of((100, 200), (50, 20, 40, 40)), AS_STORED),
    "a shown size, then made smaller": (picture(6), label_of((1000, 2000), (500, 200, 400, 400)), AS_STORED),
    "partly outside": (picture(), label_of((200, 100), (-20, -10, 60, 30)), [[0, 0, 0.2, 0.2]]),
    "partly outside on the other side": (picture(), label_of((200, 100), (150, 50, 500, 500)), [[0.75, 0.5, 1, 1]]),
    "outside and empty ones among others": (
        picture(),
        label_of((200, 100), (300, 10, 20, 20), BLOCK, (10, 10, 0, 5), (10, 10, 5, 0), (-30, 0, 30, 9), (9, 9, -5, 5)),
        AS_STORED,
    ),
    "nothing inside": (picture(), label_of((200, 100), (300, 10, 20, 20)), []),
    "no boxes": (picture(), label_of((200, 100)), []),
}  # fmt: skip


@every_reader
@pytest.mark.parametrize(("image", "label", "expected"), PLACED.values(), ids=PLACED.keys())
def test_boxes_are_on_the_stored_pixels_in_every_reader(
    image: Picture,
    label: dict[str, Any],
    expected: Boxes,
    read: Callable[[Picture, dict[str, Any], Path], Boxes],
    tmp_path: Path,
) -> None:
    assert read(image, label, tmp_path) == [pytest.approx(box, abs=1e-6) for box in expected]


OTHER: dict[str, tuple[Picture, tuple[int, int]]] = {
    "squeezed or cropped": (picture(), (200, 150)),
    "a shown size without an orientation": (picture(), (100, 200)),
    "a shown size of an orientation that keeps it": (picture(3), (100, 200)),
    "neither the stored nor the shown size": (picture(6), (150, 200)),
}


@every_reader
@pytest.mark.parametrize(("image", "declared"), OTHER.values(), ids=OTHER.keys())
def test_a_label_of_an_image_of_another_shape_is_refused_with_both_sizes(
    image: Picture,
    declared: tuple[int, int],
    read: Callable[[Picture, dict[str, Any], Path], Boxes],
    tmp_path: Path,
) -> None:
    both = rf"image_size is {declared[0]} x {declared[1]}, but the image has 200 x 100 pixels"
    with pytest.raises((Invalid, InvalidSample), match=both):
        read(image, label_of(declared, BLOCK), tmp_path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_around_the_shown_block_is_around_the_stored_block(orientation: int) -> None:
    stored = Image.open(io.BytesIO(picture(orientation).data))
    shown = np.asarray(ImageOps.exif_transpose(stored))[:, :, 1] == 0
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    box = (columns[0], rows[0], len(columns), len(rows))
    left, top, width, height = unturned(box, orientation, 200, 100)
    assert (left, top, left + width, top + height) == RED


sides = st.integers(1, 4000)


@given(sides, sides, st.floats(0.05, 20))
def test_an_image_that_was_resized_by_any_factor_keeps_its_boxes(width: int, height: int, by: float) -> None:
    stored = ImageSize(max(1, round(width * by)), max(1, round(height * by)))
    if min(stored.width, stored.height, width, height) > 1:  # a side of 1 pixel has no shape
        assert frame_of_label(ImageSize(width, height), stored, lambda: 1).size == ImageSize(width, height)


@given(sides, sides, st.integers(5, 8))
def test_a_shown_size_is_never_taken_for_a_resized_one(width: int, height: int, orientation: int) -> None:
    frame = frame_of_label(ImageSize(height, width), ImageSize(width, height), lambda: orientation)
    assert frame.orientation == (1 if width == height else orientation)
