"""Lines of YOLO's label files: class, centre x, centre y, width, height, as fractions of the image.

A sixth number is a confidence. Polygons and rotated boxes have pairs of numbers instead. Pose labels have keypoints after
the box; as many as `kpt_shape` in data.yaml says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.model import BadEntry
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.values import read_number

_NAMES: Final = ("x", "y", "width", "height", "confidence")
_POLYGON: Final = "polygon or rotated box"


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads the lines of a set's label files.

    keypoint_numbers: how many numbers of keypoints follow each box.
    """

    classes: ClassTable
    keypoint_numbers: int = 0

    def read(self, line: str, where: str, size: ImageSize) -> Box:
        """The box of a line, in pixels of an image of that size. Raises: BadEntry: no box, or a wrong number."""
        class_id, *fields = line.split()
        if self.keypoint_numbers and len(fields) == 4 + self.keypoint_numbers:
            fields = fields[:4]
        if len(fields) not in (4, 5):
            raise _no_box(len(fields) + 1, where)
        x, y, width, height, *confidence = (
            _number(text, name, where) for name, text in zip(_NAMES, fields, strict=False)
        )
        _check_fractions((x, y, width, height), fields, where)
        if confidence and not 0 <= confidence[0] <= 1:
            raise BadEntry(where, f"the sixth number is a confidence from 0 to 1, not {fields[4]}")
        return Box(
            self.classes.use(class_id, where),
            (x - width / 2) * size.width,
            (y - height / 2) * size.height,
            width * size.width,
            height * size.height,
            confidence[0] if confidence else 1.0,
        )


def _no_box(count: int, where: str) -> BadEntry:
    needed = "class, x, y, width and height are needed"
    if count > 6 and count % 2:
        return BadEntry(where, f"{needed}; {count} numbers are a polygon; only boxes are converted", _POLYGON)
    return BadEntry(where, f"{needed}; {count} numbers are wrong")


def _number(text: str, name: str, where: str) -> float:
    try:
        return read_number(text, name, numeric_text=True)
    except Invalid as problem:
        raise BadEntry(where, problem.message) from None


def _check_fractions(values: tuple[float, float, float, float], fields: list[str], where: str) -> None:
    """Decision: a box may reach out of the image by the width of the image; pixels are further away."""
    if not all(-1 <= value <= 2 for value in values) or values[2] < 0 or values[3] < 0:
        raise BadEntry(
            where, f"x, y, width and height must be fractions of the image, not {' '.join(fields[:4])}"
        )
