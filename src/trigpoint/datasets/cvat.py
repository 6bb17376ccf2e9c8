"""CVAT: the XML file "CVAT for images 1.1", with one `image` element per image and `box` and `tag` elements in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, names_in
from trigpoint.datasets.voc import parsed_xml
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize


def read_cvat(source: Path, images: Path | None, complaints: Complaints) -> LabeledSet:
    """The set of an annotations.xml; classes in the order of CVAT's labels.

    The set is a classification when no image of the file has a box and some have tags.
    Raises: Invalid: other XML. BadEntry: by way of `complaints`.
    """
    path = source / "annotations.xml" if source.is_dir() else source
    root = parsed_xml(path)
    if root.tag != "annotations":
        raise Invalid(f"{path}: the root element is <{root.tag}>; CVAT for images 1.1 has <annotations>")
    elements = root.findall("image")
    if not elements and root.find("track") is not None:
        raise Invalid(f"{path} is a video export; export as 'CVAT for images 1.1'")
    folder = ImageFolder(images) if images is not None else None
    detection = root.find("image/box") is not None or root.find("image/tag") is None
    found: list[LabeledImage] = []
    for k, element in enumerate(elements):
        try:
            found.append(_image(element, f"{path}: image[{k}]", folder, detection))
        except Invalid as problem:
            complaints.add(problem if isinstance(problem, BadEntry) else BadEntry(str(path), problem.message))
    names = [
        name
        for label in root.iterfind("meta//labels/label")
        if (name := (label.findtext("name") or "").strip())
    ]
    several = any(len(image.classes or ()) > 1 for image in found)
    return LabeledSet(
        found, list(dict.fromkeys(names)) or names_in(found), several, _notes(elements, detection)
    )


def _notes(elements: list[ET.Element], detection: bool) -> list[str]:
    taken = ("box",) if detection else ("tag",)
    others = Counter(each.tag for element in elements for each in element if each.tag not in taken)
    return [f"{count} <{tag}> elements were left out" for tag, count in sorted(others.items())]


def _image(element: ET.Element, where: str, folder: ImageFolder | None, detection: bool) -> LabeledImage:
    name = (element.get("name") or "").strip()
    if not name:
        raise BadEntry(where, "the attribute name is missing")
    where = f"{where} ({name})"
    if folder is not None and (name := folder.find(name, Path(name).stem) or "") == "":
        raise BadEntry(where, f"name: there is no such image in {folder.root}")
    if not detection:
        classes = tuple(_label(tag, f"{where}: tag[{k}]") for k, tag in enumerate(element.findall("tag")))
        return LabeledImage(where, name, classes=classes)
    width, height = (int(_number(element, side, where)) for side in ("width", "height"))
    depth = folder.size(name).depth if folder is not None else 3
    boxes = tuple(_box(each, f"{where}: box[{k}]") for k, each in enumerate(element.findall("box")))
    return LabeledImage(where, name, ImageSize(width, height, depth), boxes)


def _box(element: ET.Element, where: str) -> Box:
    x1, y1, x2, y2 = (_number(element, side, where) for side in ("xtl", "ytl", "xbr", "ybr"))
    if x2 < x1 or y2 < y1:
        raise BadEntry(where, "xbr and ybr must not be below xtl and ytl")
    flags = {"occluded"} if element.get("occluded") == "1" else set()
    said = {each.get("name"): (each.text or "").strip().lower() for each in element.findall("attribute")}
    flags |= {flag for flag in ("difficult", "truncated", "iscrowd") if said.get(flag) in ("1", "true")}
    return Box(_label(element, where), x1, y1, x2 - x1, y2 - y1, flags=frozenset(flags))


def _label(element: ET.Element, where: str) -> str:
    if not (label := (element.get("label") or "").strip()):
        raise BadEntry(where, "the attribute label is missing")
    return label


def _number(element: ET.Element, name: str, where: str) -> float:
    text = element.get(name)
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:
        raise BadEntry(where, f"the attribute {name} must be a number, not {text!r}")
    return value
