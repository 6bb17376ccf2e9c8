"""Tables: a .csv with one row per box or per image, or a .lst of MXNet's im2rec.

Columns are known by their names in the first row. Without names, two columns are image and class, six are image,
x1, y1, x2, y2 and class. Rows of one image are joined; a row whose box is empty is an image without objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trigpoint.core.counted import counted
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.lst_table import read_lst
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, has_several_classes
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.repeated import each_once
from trigpoint.datasets.report import Report
from trigpoint.datasets.stored_pixels import Frame
from trigpoint.datasets.table_boxes import BoxReader, are_fractions
from trigpoint.datasets.table_classes import TableClasses, classes_of
from trigpoint.datasets.table_columns import Columns, columns_of
from trigpoint.datasets.table_rows import Row, read_rows
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

NO_BOX: Final = "class without a box"

Values = tuple[str, Mapping[str, str]]
"""The place of a row, and its cells by meaning."""


def read_table(
    source: Path,
    images: Path | None,
    complaints: Complaints,
    columns: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
    frame: Frame | None = None,
) -> LabeledSet:
    """The set of a .csv or .lst; `columns` names the columns to use (`{"image": "photo"}`).

    names: the names of class numbers; without them, such classes are named by number. frame: see `Pictures`.
    Raises: NotFound, Invalid: no such table. BadEntry: by way of `complaints`.
    """
    if not source.is_file():
        raise NotFound(f"no file {source}")
    root = images or source.parent
    pictures = Pictures(root, root, frame)
    if source.suffix.lower() == ".lst":
        return read_lst(source, pictures, complaints, names)
    table = read_rows(source)
    found = columns_of(table.first.cells, columns or {}, table.first.where)
    rows = table.others if found.has_header else [table.first, *table.others]
    labeled = LabeledSet()
    by_image = _by_image(rows, found, complaints, labeled.report)
    values = [each for of_image in by_image.values() for each in of_image]
    boxes = BoxReader(found.box, table.separator)
    if found.box:
        boxes = BoxReader(found.box, table.separator, are_fractions(_numbers(values, boxes)))
    classes = classes_of(values, found.places, names)
    reader = _Reader(pictures, boxes, classes, complaints, labeled.report)
    labeled.images = [image for name, each in by_image.items() if (image := reader.image(name, each))]
    labeled.class_names = classes.in_order(labeled.images)
    labeled.several_classes = has_several_classes(labeled.images)
    labeled.notes = [*_notes(found, boxes, classes), *_unlabeled_notes(labeled)]
    return labeled


def _by_image(
    rows: Sequence[Row], columns: Columns, complaints: Complaints, report: Report
) -> dict[str, list[Values]]:
    found: dict[str, list[Values]] = {}
    for row in rows:
        try:
            values = columns.values(row.cells, row.where)
            if not values["image"]:
                raise BadEntry(row.where, "column image: there is no name of an image")
        except Invalid as problem:
            report.images.read += 1
            complaints.leave_out(problem, row.where, report.images)
        else:
            found.setdefault(values["image"], []).append((row.where, values))
    report.images.read += len(found)
    return found


def _numbers(rows: Sequence[Values], boxes: BoxReader) -> list[list[float]]:
    """The numbers of all boxes that can be read."""
    found = []
    for where, values in rows:
        if not boxes.is_empty(values):
            try:
                found.append(boxes.numbers(values, where))
            except BadEntry:  # reported with its image
                continue
    return found


def _notes(columns: Columns, boxes: BoxReader, classes: TableClasses) -> list[str]:
    notes = classes.notes()
    if boxes.fractions:
        notes.append("the coordinates are fractions of the images; they were converted to pixels")
    if columns.unused:
        notes.append(f"columns that were not used: {', '.join(columns.unused)[:200]}")
    return notes


def _unlabeled_notes(labeled: LabeledSet) -> list[str]:
    count = sum(image.classes == () for image in labeled.images)
    one, many = (
        "image has no class, so its line has no label",
        "images have no class, so their lines have no label",
    )
    return [counted(count, one, many)] if count else []


@dataclass(frozen=True, slots=True)
class _Reader:
    """Makes the images of a table from their rows, and counts the labels."""

    pictures: Pictures
    boxes: BoxReader
    classes: TableClasses
    complaints: Complaints
    report: Report

    def image(self, name: str, rows: Sequence[Values]) -> LabeledImage | None:
        """The image with its labels; None when it is left out."""
        where = rows[0][0]
        try:
            found = self.pictures.find(name, f"{where}: column image", name)
            return self._boxed(found, rows) if self.boxes.sides else self._classified(found, rows)
        except Invalid as problem:
            self.complaints.leave_out(problem, where, self.report.images)
            return None

    def _classified(self, name: str, rows: Sequence[Values]) -> LabeledImage:
        found = [each for where, values in rows for each in self.classes.several(values, where)]
        classes = tuple(dict.fromkeys(found))
        self.report.labels.read += len(classes)
        return LabeledImage(rows[0][0], name, classes=classes)

    def _boxed(self, name: str, rows: Sequence[Values]) -> LabeledImage:
        labels = [row for row in rows if not self.boxes.is_empty(row[1])]
        unboxed = sum(self.boxes.is_empty(values) and bool(values.get("class")) for _, values in rows)
        self.report.labels.read += len(labels) + unboxed
        self.report.labels.leave_out(NO_BOX, unboxed)
        size = self._declared(rows)
        if size is None and self.boxes.fractions and labels:
            size = self._size_of_fractions(name, rows[0][0])
        boxes = [box for where, values in labels if (box := self._box(values, where, size))]
        once = each_once(boxes, self.report.labels)
        left_out = unboxed + len(labels) - len(once)
        return self.pictures.placed(LabeledImage(rows[0][0], name, size, once, left_out=left_out))

    def _box(self, values: Mapping[str, str], where: str, size: ImageSize | None) -> Box | None:
        try:
            return self.boxes.box(self.classes.of(values, where), values, where, size)
        except Invalid as problem:
            self.complaints.leave_out(problem, where, self.report.labels)
            return None

    def _declared(self, rows: Sequence[Values]) -> ImageSize | None:
        """The size of the image in its rows. Raises: BadEntry: not a size, or two sizes."""
        sizes: dict[tuple[int, int], str] = {}
        for where, values in rows:
            if values.get("width") and values.get("height"):
                width, height = (int(self.boxes.number(values, side, where)) for side in ("width", "height"))
                if width > 0 and height > 0:
                    sizes.setdefault((width, height), where)
        if len(sizes) > 1:
            (one, _), (other, where), *_ = sizes.items()
            raise BadEntry(
                where, f"the image has {other[0]} x {other[1]} pixels, but {one[0]} x {one[1]} in another row"
            )
        return ImageSize(*next(iter(sizes))) if sizes else None

    def _size_of_fractions(self, name: str, where: str) -> ImageSize:
        if not self.pictures.is_readable(name):
            raise BadEntry(
                where, "fractions need the size of the image; add the columns width and height in pixels"
            )
        return self.pictures.size_of_fractions(name, where)
