"""What the columns of a table mean, from their names in the first row or from their number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import BadEntry

_NAMES: Final[Mapping[str, str]] = {
    "image": "image filename file_name file path image_path img image_name source_ref imageid image_id",
    "class": "class label class_name classname name category labels classes region_class labelname label_name",
    "class_id": "class_id classid label_id category_id",
    "x1": "xmin x1 x_min left x bbox_x bbox_xmin bbox_x1 bbox_left roi_x1",
    "y1": "ymin y1 y_min top y bbox_y bbox_ymin bbox_y1 bbox_top roi_y1",
    "x2": "xmax x2 x_max right bbox_xmax bbox_x2 bbox_right roi_x2",
    "y2": "ymax y2 y_max bottom bbox_ymax bbox_y2 bbox_bottom roi_y2",
    "x_center": "x_center xcenter center_x x_centre centre_x cx xc",
    "y_center": "y_center ycenter center_y y_centre centre_y cy yc",
    "box_width": "box_width bbox_width bbox_w w",
    "box_height": "box_height bbox_height bbox_h h",
    "width": "width image_width img_width",
    "height": "height image_height img_height",
    "difficult": "difficult",
    "truncated": "truncated istruncated is_truncated",
    "occluded": "occluded isoccluded is_occluded",
    "iscrowd": "iscrowd is_crowd isgroupof is_group_of",
}
"""The usual names of each meaning, the most usual first."""
SIDES: Final = ("x1", "y1", "x2", "y2", "x_center", "y_center", "box_width", "box_height")
_WAYS: Final = (
    ("x1", "y1", "x2", "y2"),
    ("x1", "y1", "box_width", "box_height"),
    ("x_center", "y_center", "box_width", "box_height"),
)
"""The ways to give a box; the first one whose columns are all there is used."""
_WHOLE_BOXES: Final = frozenset(
    {
        "bbox",
        "box",
        "boxes",
        "bounding_box",
        "boundingbox",
        "region_shape_attributes",
        "polygon",
        "segmentation",
    }
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The place of each meaning, and the names of the columns that have none."""

    places: Mapping[str, int]
    count: int
    has_header: bool = True
    unused: Sequence[str] = field(default_factory=tuple)

    @property
    def box(self) -> tuple[str, ...]:
        """The meanings that give a box; empty for a table of classes."""
        return next((way for way in _WAYS if self.places.keys() >= set(way)), ())

    def values(self, cells: Sequence[str], where: str) -> dict[str, str]:
        """The cells by meaning. Raises: BadEntry: the row has another number of columns than the first one."""
        filled = (
            len(cells) if len(cells) <= self.count else self.count + any(map(str.strip, cells[self.count :]))
        )
        if filled != self.count:
            raise BadEntry(where, f"{len(cells)} columns, but the first row has {self.count}")
        return {meaning: cells[place].strip() for meaning, place in self.places.items()}


def columns_of(first: Sequence[str], chosen: Mapping[str, str], where: str) -> Columns:
    """The columns of a table with that first row.

    chosen: the names of columns by meaning, as a person gave them.
    Raises: Invalid: columns are missing, occur twice, or hold what cannot be read.
    """
    header = [_plain(cell) for cell in first]
    places = _places(header, chosen, where)
    if "image" in places and (places.keys() & {"class", "class_id", *SIDES}):
        return _checked(header, _box_sides(places), where)
    if chosen:
        missing = "class" if "image" in places else "image"
        raise Invalid(f"{where}: no column for {missing}; it has {_listed(header)}")
    if len(header) == 2:
        return Columns({"image": 0, "class": 1}, 2, has_header=False)
    if len(header) == 6:
        names = ("image", "x1", "y1", "x2", "y2", "class")
        return Columns({name: k for k, name in enumerate(names)}, 6, has_header=False)
    raise Invalid(
        f"{where}: columns for image and class are needed, by these or similar names; it has "
        f"{_listed(header)}. Name yours with --column image=NAME --column class=NAME"
    )


def _plain(name: str) -> str:
    """The name as names are compared: lower case, with underscores."""
    return re.sub(r"[\s.-]+", "_", name.strip().lower())


def _places(header: Sequence[str], chosen: Mapping[str, str], where: str) -> dict[str, int]:
    if unknown := set(chosen) - set(_NAMES):
        raise Invalid(f"--column {min(unknown)}=...: a column may mean {', '.join(_NAMES)}")
    places = {}
    for meaning, usual in _NAMES.items():
        name = chosen.get(meaning)
        if name is not None and _plain(name) not in header:
            raise Invalid(f"{where}: there is no column {name!r}; it has {_listed(header)}")
        names = [_plain(name)] if name is not None else usual.split()
        if found := next((each for each in names if each in header), None):
            places[meaning] = header.index(found)
    return places


def _box_sides(places: dict[str, int]) -> dict[str, int]:
    """The places, where width and height are the box's if nothing else gives its size, and else the image's."""
    has_corner = "x1" in places or "x_center" in places
    if (
        has_corner
        and "x2" not in places
        and "box_width" not in places
        and {"width", "height"} <= places.keys()
    ):
        places["box_width"], places["box_height"] = places.pop("width"), places.pop("height")
    return places


def _checked(header: Sequence[str], places: dict[str, int], where: str) -> Columns:
    used = {header[place] for place in places.values()}
    twice = [name for name, count in Counter(header).items() if count > 1 and name in used]
    if twice:
        raise Invalid(f"{where}: the column {twice[0]} occurs twice; nobody can say which one counts")
    unused = [name for name in header if name and name not in used]
    columns = Columns(places, len(header), unused=unused)
    if not columns.box and places.keys() & set(SIDES):
        raise Invalid(
            f"{where}: a box needs xmin, ymin, xmax, ymax, or left, top, width, height; it has {_listed(header)}"
        )
    if not columns.box and (whole := _WHOLE_BOXES.intersection(unused)):
        raise Invalid(
            f"{where}: the column {min(whole)} holds whole boxes; split it into the columns xmin, ymin, xmax, ymax"
        )
    return columns


def _listed(header: Sequence[str]) -> str:
    return ", ".join(header)[:200]
