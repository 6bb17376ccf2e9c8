"""The formats of other tools that a labeled set can be written in."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.coco import write_coco
from trigpoint.datasets.model import LabeledSet
from trigpoint.datasets.table_writing import write_table
from trigpoint.datasets.voc import write_voc
from trigpoint.datasets.yolo import write_yolo


class Format(StrEnum):
    """A format that can be written."""

    COCO = "coco"
    YOLO = "yolo"
    VOC = "voc"
    CSV = "csv"


OF_BOXES: Final = tuple(Format)
OF_CLASSES: Final = (Format.CSV,)
_FILES: Final = {Format.COCO: "annotations.json", Format.CSV: "labels.csv"}
"""The formats that are one file, and its usual name."""


def export(labeled: LabeledSet, target_format: Format, output: Path) -> Iterator[Path]:
    """Writes the set below the folder `output`, or into it if it is to be a file; yields what is written, bit by bit.

    Raises: Invalid: the format cannot hold these labels, or two images would share a name.
    """
    if target_format not in OF_CLASSES and any(image.boxes is None for image in labeled.images):
        raise Invalid(f"the label is a classification; {target_format} can only be written from boxes")
    if output.is_file() and target_format not in _FILES:
        raise Invalid(f"{output} is a file; -o needs the name of a folder")
    if target_format in _FILES and output.is_dir():
        output = output / _FILES[target_format]
    match target_format:
        case Format.COCO:
            yield write_coco(labeled.images, labeled.class_names, output)
        case Format.CSV:
            yield write_table(labeled.images, output)
        case Format.VOC:
            yield from write_voc(labeled.images, output)
        case Format.YOLO:
            yield from write_yolo(labeled.images, labeled.class_names, output)
