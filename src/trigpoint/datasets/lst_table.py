"""The .lst of MXNet's im2rec as a labeled set. Each row is a record with an index, so rows may share an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, class_ids_to, names_in
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.text_file import LARGEST_SET_BYTES, read_lines
from trigpoint.records.labels.boxes import Box
from trigpoint.records.lst import BadRow, LstRow, is_detection, parse_rows
from trigpoint.records.recordio import unpack_detection_label


def read_lst(
    source: Path, pictures: Pictures, complaints: Complaints, names: Sequence[str] | None
) -> LabeledSet:
    """The set of a .lst; without names, classes are named by number. Raises: BadEntry: by way of `complaints`."""
    labeled = LabeledSet(images_may_repeat=True)
    rows: list[LstRow] = []
    for row in parse_rows(read_lines(source, LARGEST_SET_BYTES)):
        labeled.report.images.read += 1
        if isinstance(row, BadRow):
            complaints.add(BadEntry(f"{source}, line {row.number}", row.why), labeled.report.images)
        else:
            rows.append(row)
    labeled.several_classes = any(len(row.label) > 1 and not is_detection(row.label) for row in rows)
    for row in rows:
        where = f"{source}: index {row.index}"
        try:
            labeled.images.append(_image(row, where, pictures, names, labeled.several_classes))
        except Invalid as problem:
            complaints.leave_out(problem, where, labeled.report.images)
    labeled.class_names = list(names) if names else numbered(labeled.images)
    return labeled


def numbered(images: Sequence[LabeledImage]) -> list[str]:
    """All class numbers up to the highest, so that ids do not change."""
    last = max((int(name) for name in names_in(images)), default=-1)
    return [str(number) for number in class_ids_to(last)]


def _image(
    row: LstRow, where: str, pictures: Pictures, names: Sequence[str] | None, multi_hot: bool
) -> LabeledImage:
    name = pictures.find(row.path, where)
    if not is_detection(row.label):
        ids = [k for k, value in enumerate(row.label) if value] if multi_hot else list(row.label)
        return LabeledImage(where, name, classes=tuple(numbered_class(each, names, where) for each in ids))
    size = pictures.size_of_fractions(name, where)
    boxes = []
    for each in unpack_detection_label(row.label):
        x1, y1, x2, y2 = each.box_xyxy
        sides = (x1 * size.width, y1 * size.height, (x2 - x1) * size.width, (y2 - y1) * size.height)
        boxes.append(Box(numbered_class(each.class_id, names, where), *sides))
    return pictures.placed(LabeledImage(where, name, size, tuple(boxes)))


def numbered_class(number: float, names: Sequence[str] | None, where: str) -> str:
    """The class of that number: its name, or the number itself. Raises: BadEntry: there is no such class."""
    if number != int(number) or number < 0 or (names and number >= len(names)):
        raise BadEntry(where, f"class {number:g} is not among the classes")
    return names[int(number)] if names else str(int(number))
