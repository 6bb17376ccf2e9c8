"""COCO: one JSON file with `images`, `annotations` (bbox: left, top, width, height in pixels) and `categories`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.datasets.class_names import ClassTable
from trigpoint.datasets.coco_annotations import Annotations
from trigpoint.datasets.coco_ids import CocoId, read_id
from trigpoint.datasets.json_source import items, load, members, number, text
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.report import Report, Tally
from trigpoint.datasets.rounding import rounded
from trigpoint.datasets.stored_pixels import Frame
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize


def read_coco(
    source: Path, images: Path | None, complaints: Complaints, frame: Frame | None = None
) -> LabeledSet:
    """The set of an instances file; images without annotations are kept, with no boxes.

    Classes are in the order of the category ids. Masks are left out; their bounding boxes are used.
    frame: what the boxes of photos refer to where their sizes do not tell.
    Raises: NotFound, Invalid: no such file. BadEntry: by way of `complaints`.
    """
    whole = _whole(source)
    classes, report = _classes(whole, str(source)), Report()
    entries = _entries(whole, str(source), complaints, report.images)
    annotations = Annotations(classes)
    ids = frozenset(each.id for each in entries)
    annotations.read(items(whole, "annotations", str(source)), ids, str(source), complaints, report.labels)
    pictures = Pictures(images, source.parent, frame)
    found: list[LabeledImage] = []
    for entry in _of_one_id(entries, complaints, report.images):
        try:
            found.append(_image(entry, annotations, pictures))
        except Invalid as problem:
            complaints.leave_out(problem, entry.where, report.images)
    notes = [*classes.notes(), *annotations.notes(), *pictures.notes()]
    empty = not any(whole[name] for name in ("images", "annotations", "categories"))
    return LabeledSet(found, classes.names(), notes=notes, report=report, is_declared_empty=empty)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of `images`: its place in the file, its id, its members."""

    where: str
    id: CocoId
    members: Mapping[str, Any]


def _whole(source: Path) -> Mapping[str, Any]:
    content = load(source)
    if isinstance(content, list):
        raise Invalid(
            f"{source} holds a list; COCO annotations are one object with images, annotations, categories"
        )
    return members(content, str(source))


def _classes(whole: Mapping[str, Any], source: str) -> ClassTable:
    classes = ClassTable()
    for k, entry in enumerate(items(whole, "categories", source)):
        where = f"{source}: categories[{k}]"
        category = members(entry, where)
        classes.declare(category.get("id"), category.get("name"), where)
    return classes


def _entries(whole: Mapping[str, Any], source: str, complaints: Complaints, tally: Tally) -> list[_Entry]:
    """The entries of images that have an id."""
    found: list[_Entry] = []
    for k, entry in enumerate(items(whole, "images", source)):
        where = f"{source}: images[{k}]"
        tally.read += 1
        try:
            image = members(entry, where)
            found.append(_Entry(where, read_id(image.get("id"), "id", where), image))
        except BadEntry as problem:
            complaints.add(problem, tally)
    return found


def _of_one_id(entries: Sequence[_Entry], complaints: Complaints, tally: Tally) -> Iterator[_Entry]:
    """The entries whose id no other one has."""
    by_id: dict[CocoId, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_id[entry.id].append(entry)
    for same in by_id.values():
        if len(same) == 1:
            yield same[0]
            continue
        for entry in same:
            other = same[0] if entry is not same[0] else same[1]
            why = f"the id {entry.id!r} occurs twice, also at {other.where}; give each image an id of its own"
            complaints.add(BadEntry(entry.where, why, "image id that occurs twice"), tally)


def _image(entry: _Entry, annotations: Annotations, pictures: Pictures) -> LabeledImage:
    name = pictures.find(text(entry.members, "file_name", entry.where), f"{entry.where}: file_name")
    boxes = tuple(annotations.boxes.get(entry.id, ()))
    image = LabeledImage(entry.where, name, _size(entry), boxes, left_out=annotations.left_out[entry.id])
    return pictures.placed(image)


def _size(entry: _Entry) -> ImageSize | None:
    """The declared size; None when a side is missing or 0, as some tools write."""
    width, height = (_side(entry.members.get(side) or 0, side, entry.where) for side in ("width", "height"))
    return ImageSize(width, height) if width and height else None


def _side(value: Any, name: str, where: str) -> int:
    side = number(value, name, where)
    if side < 0 or not side.is_integer():
        raise BadEntry(where, f"{name} must be a whole number of pixels, not {side:g}")
    return int(side)


def write_coco(images: Iterable[LabeledImage], class_names: Sequence[str], target: Path) -> Path:
    """Writes the set as one file; category ids are class ids + 1, as COCO's begin at 1.

    Raises: Invalid: an image without boxes or size.
    """
    ids = {name: number for number, name in enumerate(class_names, start=1)}
    entries: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number_, image in enumerate(images, start=1):
        if image.boxes is None or image.size is None:
            raise Invalid(f"{image.where}: COCO needs boxes and the size of the image")
        entries.append(
            {"id": number_, "file_name": image.image, "width": image.size.width, "height": image.size.height}
        )
        for box in image.boxes:
            annotations.append(_annotation(box, len(annotations) + 1, number_, ids))
    categories = [{"id": ids[name], "name": name} for name in class_names]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"images": entries, "annotations": annotations, "categories": categories}))
    return target


def _annotation(box: Box, number_: int, image: int, ids: Mapping[str, int]) -> dict[str, Any]:
    annotation: dict[str, Any] = {
        "id": number_,
        "image_id": image,
        "category_id": ids[box.class_name],
        "bbox": [rounded(box.left), rounded(box.top), rounded(box.width), rounded(box.height)],
        "area": rounded(box.width * box.height),
        "iscrowd": int("iscrowd" in box.flags),
    }
    annotation |= {flag: 1 for flag in ("difficult", "truncated", "occluded") if flag in box.flags}
    if box.confidence != 1:
        annotation["score"] = rounded(box.confidence)
    return annotation
