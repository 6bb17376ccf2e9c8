"""A labeled set as a .csv: one row per box, or one row per image with its classes. `table` reads it again."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import LabeledImage
from trigpoint.datasets.rounding import rounded
from trigpoint.datasets.table_classes import SEPARATOR
from trigpoint.records.labels.boxes import FLAGS

_BOX_COLUMNS: Final = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax", "confidence")


def write_table(images: Iterable[LabeledImage], target: Path) -> Path:
    """Writes the set as one file. An image without boxes or classes has one row with an empty class.

    Columns of flags, such as `difficult`, are written if a box has one.
    Raises: Invalid: some images have boxes and others have classes; or a class name has a bar, in a table of classes.
    """
    found = list(images)
    target.parent.mkdir(parents=True, exist_ok=True)
    has_boxes = any(image.boxes is not None for image in found)
    if has_boxes and (other := next((each for each in found if each.boxes is None), None)):
        raise Invalid(f"{other.where}: the label is a classification, and other images have boxes")
    flags = [flag for flag in FLAGS if any(flag in box.flags for each in found for box in each.boxes or ())]
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*_BOX_COLUMNS, *flags) if has_boxes else ("filename", "class"))
        for image in found:
            writer.writerows(_box_rows(image, flags) if has_boxes else [_class_row(image)])
    return target


def _class_row(image: LabeledImage) -> tuple[str, str]:
    classes = image.classes or ()
    if bad := next((name for name in classes if SEPARATOR in name), None):
        raise Invalid(
            f"{image.where}: the class {bad!r} has a bar, which separates the classes of an image in a table"
        )
    return image.image, SEPARATOR.join(classes)


def _box_rows(image: LabeledImage, flags: list[str]) -> Iterator[list[Any]]:
    size = [image.size.width, image.size.height] if image.size else ["", ""]
    if not image.boxes:
        yield [image.image, *size, *[""] * (len(_BOX_COLUMNS) - 3 + len(flags))]
    for box in image.boxes or ():
        corners = [rounded(side) for side in (box.left, box.top, box.right, box.bottom)]
        marked = [int(flag in box.flags) for flag in flags]
        yield [image.image, *size, box.class_name, *corners, rounded(box.confidence), *marked]
