"""Tables: a .csv with one row per box or per image, or a .lst of MXNet's im2rec.

Columns are known by their names in the first row. Without names, two columns are image and class, six are image,
x1, y1, x2, y2 and class. Rows of one image are joined; a row whose box is empty is an image without objects.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, class_ids_to, names_in
from trigpoint.datasets.text_file import LARGEST_SET_BYTES, read_lines, read_text
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.lst import BadRow, LstRow, is_detection, parse_rows
from trigpoint.records.recordio import unpack_detection_label

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "image": (
        "image",
        "filename",
        "file_name",
        "file",
        "path",
        "image_path",
        "img",
        "image_name",
        "source-ref",
        "image_id",
    ),
    "class": (
        "class",
        "label",
        "class_name",
        "classname",
        "name",
        "category",
        "labels",
        "classes",
        "region_class",
    ),
    "x1": ("xmin", "x1", "x_min", "left", "x"),
    "y1": ("ymin", "y1", "y_min", "top", "y"),
    "x2": ("xmax", "x2", "x_max", "right"),
    "y2": ("ymax", "y2", "y_max", "bottom"),
    "box_width": ("box_width", "bbox_width", "w"),
    "box_height": ("box_height", "bbox_height", "h"),
    "width": ("width", "image_width", "img_width"),
    "height": ("height", "image_height", "img_height"),
    "difficult": ("difficult",),
    "truncated": ("truncated",),
    "occluded": ("occluded",),
    "iscrowd": ("iscrowd",),
}
_FLAGS = ("difficult", "truncated", "occluded", "iscrowd")
_CORNERS = ("x1", "y1", "x2", "y2")
SEPARATOR = "|"
"""The separators between several classes of one image."""


def read_table(
    source: Path,
    images: Path | None,
    complaints: Complaints,
    columns: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
) -> LabeledSet:
    """The set of a .csv or .lst; `columns` names the columns to use (`{"image": "photo"}`).

    names: the names of the class numbers of a .lst; without them, classes are named by number.
    Raises: NotFound, Invalid: no such table. BadEntry: by way of `complaints`.
    """
    if not source.is_file():
        raise NotFound(f"no file {source}")
    root = images or source.parent
    folder = ImageFolder(root)
    if source.suffix.lower() == ".lst":
        return _read_lst(source, folder, complaints, names)
    rows, places = _rows(source, columns or {})
    detection = "x1" in places
    entries: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for number, row in rows:
        where = f"{source}, line {number}"
        values = {name: row[place].strip() for name, place in places.items() if place < len(row)}
        if not values.get("image"):
            complaints.add(BadEntry(where, "column image: there is no name of an image"))
            continue
        entries.setdefault(values["image"], []).append((where, values))
    found = []
    for name, of_image in entries.items():
        try:
            found.append(_image(name, of_image, folder, detection))
        except Invalid as problem:
            complaints.add(
                problem if isinstance(problem, BadEntry) else BadEntry(of_image[0][0], problem.message)
            )
    several = any(len(image.classes or ()) > 1 for image in found)
    return LabeledSet(found, names_in(found), several)


def _rows(source: Path, columns: Mapping[str, str]) -> tuple[list[tuple[int, list[str]]], dict[str, int]]:
    text = read_text(source, LARGEST_SET_BYTES)
    if not text.strip():
        raise Invalid(f"{source} is empty")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    header = [cell.strip().lower() for cell in rows[0][1]]
    places = _places(header, columns, source)
    if "image" in places and ("class" in places or "x1" in places):
        return rows[1:], _without_ambiguity(places, source)
    if columns:
        raise Invalid(
            f"{source}: no column for {'class' if 'image' in places else 'image'}; it has {', '.join(header)}"
        )
    if len(header) == 2:
        return rows, {"image": 0, "class": 1}
    if len(header) == 6:
        return rows, {"image": 0, "x1": 1, "y1": 2, "x2": 3, "y2": 4, "class": 5}
    raise Invalid(
        f"{source}, line 1: columns for image and class are needed, by these or similar names; it has "
        f"{', '.join(header)[:200]}. Name yours with --column image=NAME --column class=NAME"
    )


def _places(header: Sequence[str], columns: Mapping[str, str], source: Path) -> dict[str, int]:
    places = {}
    for meaning, synonyms in _SYNONYMS.items():
        chosen = columns.get(meaning)
        if chosen is not None and chosen.lower() not in header:
            raise Invalid(f"{source}: there is no column {chosen!r}; it has {', '.join(header)}")
        for name in [chosen.lower()] if chosen else synonyms:
            if name in header:
                places[meaning] = header.index(name)
                break
    if unknown := set(columns) - set(_SYNONYMS):
        raise Invalid(f"--column {min(unknown)}=...: a column may mean {', '.join(_SYNONYMS)}")
    return places


def _without_ambiguity(places: dict[str, int], source: Path) -> dict[str, int]:
    """The columns, where width and height are the box's if there are no x2 and y2, and else the image's."""
    if (
        "x1" in places
        and "x2" not in places
        and "box_width" not in places
        and {"width", "height"} <= places.keys()
    ):
        places["box_width"], places["box_height"] = places.pop("width"), places.pop("height")
    whole = places.keys() >= set(_CORNERS) or places.keys() >= {"x1", "y1", "box_width", "box_height"}
    if "x1" in places and not whole:
        raise Invalid(f"{source}, line 1: a box needs xmin, ymin, xmax, ymax, or left, top, width, height")
    return places


def _image(
    name: str, rows: list[tuple[str, dict[str, str]]], folder: ImageFolder, detection: bool
) -> LabeledImage:
    where, first = rows[0]
    image = name if name.startswith("s3://") else folder.find(name) or folder.find(Path(name).name)
    if image is None:
        raise BadEntry(where, f"column image: there is no image {name} in {folder.root}")
    if not detection:
        classes = [each.strip() for _, values in rows for each in values.get("class", "").split(SEPARATOR)]
        return LabeledImage(where, image, classes=tuple(dict.fromkeys(each for each in classes if each)))
    if image.startswith("s3://"):
        size = ImageSize(*(int(_number(first, side, where)) for side in ("width", "height")))
    else:
        size = folder.size(image)
    return LabeledImage(
        where, image, size, tuple(_box(values, place) for place, values in rows if values.get("x1"))
    )


def _box(values: Mapping[str, str], where: str) -> Box:
    if not values.get("class"):
        raise BadEntry(where, "column class: there is no class")
    x1, y1 = _number(values, "x1", where), _number(values, "y1", where)
    if "x2" in values:
        width, height = _number(values, "x2", where) - x1, _number(values, "y2", where) - y1
    else:
        width, height = _number(values, "box_width", where), _number(values, "box_height", where)
    if width < 0 or height < 0:
        raise BadEntry(where, f"the box has a negative width or height: {width:g} x {height:g}")
    flags = frozenset(flag for flag in _FLAGS if values.get(flag, "").lower() in ("1", "true", "yes"))
    return Box(values["class"], x1, y1, width, height, flags=flags)


def _number(values: Mapping[str, str], name: str, where: str) -> float:
    text = values.get(name, "")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:
        raise BadEntry(where, f"column {name}: a number is needed, not {text!r}")
    return value


def _read_lst(
    source: Path, folder: ImageFolder, complaints: Complaints, names: Sequence[str] | None
) -> LabeledSet:
    rows: list[LstRow] = []
    for row in parse_rows(read_lines(source, LARGEST_SET_BYTES)):
        if isinstance(row, BadRow):
            complaints.add(BadEntry(str(source), row.message))
        else:
            rows.append(row)
    multi_hot = any(len(row.label) > 1 and not is_detection(row.label) for row in rows)
    found = []
    for row in rows:
        where = f"{source}: index {row.index}"
        try:
            found.append(_labeled(row, where, folder, names, multi_hot))
        except Invalid as problem:
            complaints.add(problem if isinstance(problem, BadEntry) else BadEntry(where, problem.message))
    class_names = list(names) if names else _numbered(found)
    return LabeledSet(found, class_names, multi_hot, images_may_repeat=True)


def _numbered(images: Sequence[LabeledImage]) -> list[str]:
    """All class numbers up to the highest, so that ids do not change."""
    last = max((int(name) for name in names_in(images)), default=-1)
    return [str(number) for number in class_ids_to(last)]


def _labeled(
    row: LstRow, where: str, folder: ImageFolder, names: Sequence[str] | None, multi_hot: bool
) -> LabeledImage:
    if folder.find(row.path) is None:
        raise BadEntry(where, f"there is no image {row.path} in {folder.root}")
    if is_detection(row.label):
        size = folder.size(row.path)
        boxes = []
        for each in unpack_detection_label(row.label):
            x1, y1, x2, y2 = each.box_xyxy
            boxes.append(
                Box(
                    _class(each.class_id, names, where),
                    x1 * size.width,
                    y1 * size.height,
                    (x2 - x1) * size.width,
                    (y2 - y1) * size.height,
                )
            )
        return LabeledImage(where, row.path, size, tuple(boxes))
    ids = [k for k, value in enumerate(row.label) if value] if multi_hot else list(row.label)
    return LabeledImage(where, row.path, classes=tuple(_class(each, names, where) for each in ids))


def _class(number: float, names: Sequence[str] | None, where: str) -> str:
    if number != int(number) or number < 0 or (names and number >= len(names)):
        raise BadEntry(where, f"class {number:g} is not among the classes")
    return names[int(number)] if names else str(int(number))
