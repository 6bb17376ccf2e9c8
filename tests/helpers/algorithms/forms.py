"""The same pictures and boxes in each documented form of input, laid out as the platform does for the algorithm."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from helpers.algorithms.container import Pair, Platform, make_container
from trigpoint.records.labels.boxes import clip_to_fractions, parse_box_label
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.rec_file import RecWriter
from trigpoint.records.recordio import DetectionObject, ImageHeader, pack_detection_label, pack_image

FORMS = ("augmented manifest", "rec in File mode", "rec in FastFile mode", "rec in Pipe mode", "images in File mode", "images in FastFile mode")  # fmt: skip
DATA = ("train", "validation")


def entry(mode: str, content_type: str | None, wrapper: str = "None") -> dict[str, str]:
    """One channel of inputdataconfig.json."""
    kind = {} if content_type is None else {"ContentType": content_type}
    return {**kind, "TrainingInputMode": mode, "S3DistributionType": "FullyReplicated", "RecordWrapperType": wrapper}  # fmt: skip


def lay_out(
    root: Path, hyperparameters: Mapping[str, str], channels: Mapping[str, Mapping[str, str]]
) -> None:
    """A container with these channels, by name."""
    make_container(root, hyperparameters)
    (root / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(channels))


def rec_bytes(pairs: Sequence[Pair]) -> tuple[bytes, bytes]:
    """A .rec and its .idx of (image, JSON annotation) as im2rec writes them. Ids count from 100."""
    rec, index = io.BytesIO(), io.BytesIO()
    writer = RecWriter(rec, index)
    for number, (image, annotation) in enumerate(pairs):
        writer.write(100 + number, pack_image(ImageHeader(_numbers(annotation), 100 + number), image))
    return rec.getvalue(), index.getvalue()


def _numbers(annotation: bytes) -> tuple[float, ...]:
    label = parse_box_label(annotation)
    size = label.image_size or ImageSize(1, 1)
    objects = [
        DetectionObject(float(class_id), corners)
        for class_id, ltwh in zip(label.class_ids, label.boxes_ltwh, strict=True)
        if (corners := clip_to_fractions(ltwh, size)) is not None
    ]
    return pack_detection_label(objects or [DetectionObject(-1.0, (-1.0, -1.0, -1.0, -1.0))])


def put_images(root: Path, channel: str, pairs: Sequence[Pair]) -> None:
    """Image files, and a JSON file for each in the annotation channel; in folders, as a prefix may have them."""
    data = root / "input" / "data"
    for number, (image, annotation) in enumerate(pairs):
        name = f"street-{number % 2}/{number:03d}"
        path, json_path = (data / channel / f"{name}.jpg", data / f"{channel}_annotation" / f"{name}.json")
        for each in (path, json_path):
            each.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image)
        label = {
            "file": f"{name}.jpg",
            **json.loads(annotation),
            "categories": [{"class_id": 0, "name": "x"}],
        }
        json_path.write_text(json.dumps(label))


@contextmanager
def a_form(
    root: Path, form: str, hyperparameters: Mapping[str, str], pairs: Sequence[Pair]
) -> Iterator[Path]:
    """A container whose channels train and validation hold the pairs in this form, fed during the block."""
    if form == "augmented manifest":
        channels = {name: entry("Pipe", "application/x-recordio", "RecordIO") for name in DATA}
        lay_out(root, hyperparameters, channels)
        with Platform(root, dict.fromkeys(DATA, pairs)):
            yield root
    elif form == "rec in Pipe mode":
        lay_out(root, hyperparameters, {name: entry("Pipe", "application/x-recordio") for name in DATA})
        half = len(pairs) // 2  # two objects under the prefix
        stream = rec_bytes(pairs[:half])[0] + rec_bytes(pairs[half:])[0]
        with Platform(root, dict.fromkeys(DATA, stream)):
            yield root
    elif form.startswith("rec in"):
        mode = form.split()[2]
        lay_out(root, hyperparameters, {name: entry(mode, "application/x-recordio") for name in DATA})
        for name in DATA:
            folder = root / "input" / "data" / name
            folder.mkdir(exist_ok=True)
            for suffix, content in zip(("rec", "idx"), rec_bytes(pairs), strict=True):
                (folder / f"{name}.{suffix}").write_bytes(content)
        yield root
    else:
        mode = form.split()[2]
        names = [*DATA, *(f"{name}_annotation" for name in DATA)]
        lay_out(root, hyperparameters, {name: entry(mode, "image/jpeg") for name in names})
        for name in DATA:
            put_images(root, name, pairs)
        yield root
