"""The true boxes of a folder of images, from Pascal VOC XML or COCO JSON files in it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.boxes import Box

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


Truth = Mapping[Path, tuple[Box, ...]]
"""Boxes of each image that has an annotation, by the image's absolute path."""


def find_images(folder: Path) -> list[Path]:
    """All .jpg, .jpeg and .png files below `folder`, sorted; hidden folders are ignored.

    Raises: Invalid: the folder does not exist or holds no image.
    """
    if not folder.is_dir():
        raise Invalid(f"--images {folder} is not a folder")
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        raise Invalid(f"--images {folder} holds no .jpg, .jpeg or .png file")
    return found


def find_truth(folder: Path, images: list[Path]) -> Truth:
    """The annotations of the images, from every VOC .xml and COCO .json file in `folder` or below it.

    Boxes without area are dropped, as Pascal VOC's tools do. Other files are ignored.
    Raises: Invalid: an annotation file is damaged (names the file, and the line or field).
    """
    by_name: dict[str, list[Path]] = {}
    for image in images:
        by_name.setdefault(image.name, []).append(image)
        by_name.setdefault(image.stem, []).append(image)
    truth: dict[Path, tuple[Box, ...]] = {}
    for path in sorted(folder.rglob("*.xml")):
        truth.update(_read_voc(path, by_name))
    for path in sorted(folder.rglob("*.json")):
        truth.update(_read_coco(path, by_name))
    return truth


def labels_of(truth: Truth) -> list[str]:
    """The labels that occur, in alphabetical order."""
    return sorted({box.class_name for boxes in truth.values() for box in boxes})


def _read_voc(path: Path, by_name: Mapping[str, list[Path]]) -> dict[Path, tuple[Box, ...]]:
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as problem:
        raise Invalid(f"{path}: not well-formed XML: {problem}") from None
    if root.tag != "annotation":
        return {}
    candidates = by_name.get(root.findtext("filename") or "") or by_name.get(path.stem) or []
    if not candidates:
        return {}
    boxes = [_voc_box(path, number, element) for number, element in enumerate(root.iter("object"), start=1)]
    return {_nearest(path, candidates): tuple(box for box in boxes if box.width > 0 and box.height > 0)}


def _voc_box(path: Path, number: int, element: ElementTree.Element) -> Box:
    try:
        label = (element.findtext("name") or "").strip()
        corners = [
            round(float(element.findtext(f"bndbox/{side}") or ""))
            for side in ("xmin", "ymin", "xmax", "ymax")
        ]
    except ValueError:
        raise Invalid(
            f"{path}: object {number}: bndbox needs the numbers xmin, ymin, xmax and ymax"
        ) from None
    if not label:
        raise Invalid(f"{path}: object {number}: its name is empty")
    left, top, right, bottom = corners
    return Box(label, left, top, right - left, bottom - top)


def _read_coco(path: Path, by_name: Mapping[str, list[Path]]) -> dict[Path, tuple[Box, ...]]:
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return {}
    if not isinstance(document, dict) or not {"images", "annotations", "categories"} <= document.keys():
        return {}
    try:
        return dict(_coco_boxes(path, document, by_name))
    except (KeyError, TypeError, ValueError) as problem:
        raise Invalid(f"{path}: not the COCO format: {type(problem).__name__}: {problem}") from None


def _coco_boxes(
    path: Path, document: Mapping[str, Any], by_name: Mapping[str, list[Path]]
) -> Iterator[tuple[Path, tuple[Box, ...]]]:
    names = {category["id"]: str(category["name"]) for category in document["categories"]}
    boxes: dict[Any, list[Box]] = {image["id"]: [] for image in document["images"]}
    for annotation in document["annotations"]:
        left, top, width, height = (round(float(number)) for number in annotation["bbox"])
        if width > 0 and height > 0:
            label = names[annotation["category_id"]]
            boxes[annotation["image_id"]].append(Box(label, left, top, width, height))
    for image in document["images"]:
        candidates = by_name.get(Path(image["file_name"]).name)
        if candidates:
            yield _nearest(path, candidates), tuple(boxes[image["id"]])


def _nearest(annotation: Path, images: list[Path]) -> Path:
    """Of images with the same name, the one whose folder path has most in common with the annotation's."""

    def shared(image: Path) -> int:
        pairs = zip(annotation.parent.parts, image.parent.parts, strict=False)
        return sum(1 for a, b in pairs if a == b)

    return max(images, key=shared)
