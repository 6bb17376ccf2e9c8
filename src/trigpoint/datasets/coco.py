"""COCO: one JSON file with `images`, `annotations` (bbox: left, top, width, height in pixels) and `categories`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.json_source import items, load, members, number, text
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.rounding import rounded
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize


def read_coco(source: Path, images: Path | None, complaints: Complaints) -> LabeledSet:
    """The set of an instances file; images without annotations are kept, with no boxes.

    Classes are in the order of the category ids. Masks are left out; their bounding boxes are used.
    Raises: NotFound, Invalid: no such file. BadEntry: by way of `complaints`.
    """
    content = load(source)
    if isinstance(content, list):
        raise Invalid(
            f"{source} holds a list; COCO annotations are one object with images, annotations, categories"
        )
    whole = members(content, str(source))
    names = _categories(whole, str(source))
    boxes, notes = _boxes_by_image(whole, names, str(source), complaints)
    folder = ImageFolder(images) if images is not None else None
    found: list[LabeledImage] = []
    for k, entry in enumerate(items(whole, "images", str(source))):
        where = f"{source}: images[{k}]"
        try:
            found.append(_image(members(entry, where), where, boxes, folder))
        except Invalid as problem:
            complaints.add(problem if isinstance(problem, BadEntry) else BadEntry(where, problem.message))
    if boxes:
        orphan = next(iter(boxes))
        complaints.add(
            BadEntry(str(source), f"annotations name image_id {orphan!r}, which is not among the images")
        )
    return LabeledSet(found, [names[each] for each in sorted(names)], notes=notes)


def _categories(whole: Mapping[str, Any], source: str) -> dict[int, str]:
    names: dict[int, str] = {}
    for k, entry in enumerate(items(whole, "categories", source)):
        where = f"{source}: categories[{k}]"
        category = members(entry, where)
        names[int(number(category.get("id"), "id", where))] = text(category, "name", where)
    return names


def _boxes_by_image(
    whole: Mapping[str, Any], names: Mapping[int, str], source: str, complaints: Complaints
) -> tuple[dict[Any, list[Box]], list[str]]:
    boxes: dict[Any, list[Box]] = {}
    masks = 0
    for k, entry in enumerate(items(whole, "annotations", source)):
        where = f"{source}: annotations[{k}]"
        try:
            annotation = members(entry, where)
            image_id = annotation.get("image_id")
            if not isinstance(image_id, int | str):
                raise BadEntry(where, f"image_id must be a number or a text, not {image_id!r}")
            boxes.setdefault(image_id, []).append(_box(annotation, names, where))
            masks += bool(annotation.get("segmentation"))
        except BadEntry as problem:
            complaints.add(problem)
    return boxes, [f"{masks} masks were left out; their bounding boxes were taken"] if masks else []


def _box(annotation: Mapping[str, Any], names: Mapping[int, str], where: str) -> Box:
    bounds = items(annotation, "bbox", where)
    if len(bounds) != 4:
        raise BadEntry(where, f"bbox must be [left, top, width, height], this has {len(bounds)} entries")
    left, top, width, height = (number(value, f"bbox[{k}]", where) for k, value in enumerate(bounds))
    if width < 0 or height < 0:
        raise BadEntry(where, f"bbox: width and height must not be negative: {width:g} x {height:g}")
    category = int(number(annotation.get("category_id"), "category_id", where))
    if category not in names:
        raise BadEntry(where, f"category_id {category} is not among the categories")
    flags = frozenset(
        flag for flag in ("iscrowd", "difficult", "truncated", "occluded") if annotation.get(flag)
    )
    score = number(annotation.get("score", 1), "score", where)
    return Box(names[category], left, top, width, height, score, flags)


def _image(
    entry: Mapping[str, Any], where: str, boxes: dict[Any, list[Box]], folder: ImageFolder | None
) -> LabeledImage:
    name = text(entry, "file_name", where)
    of_image = tuple(boxes.pop(entry.get("id"), ()))
    if folder is not None and (found := folder.find(name) or folder.find(name.rpartition("/")[2])) is None:
        raise BadEntry(where, f"file_name: there is no image {name} in {folder.root}")
    name = found if folder is not None and found else name
    depth = folder.size(name).depth if folder is not None else 3
    if entry.get("width") and entry.get("height"):
        width, height = (int(number(entry[side], side, where)) for side in ("width", "height"))
        size = ImageSize(width, height, depth)
    elif folder is not None:
        size = folder.size(name)
    else:
        raise BadEntry(where, "width and height are missing; name the folder of the images with --images")
    return LabeledImage(where, name, size, of_image)


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
