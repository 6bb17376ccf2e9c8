"""CVAT: the XML file "CVAT for images 1.1", with one `image` element per image and `box` and `tag` elements in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_files import EXTENSIONS
from trigpoint.datasets.model import (
    BadEntry,
    Complaints,
    LabeledImage,
    LabeledSet,
    has_several_classes,
    names_in,
)
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.report import Report
from trigpoint.datasets.stored_pixels import Frame
from trigpoint.datasets.turned_boxes import ROTATED, upright
from trigpoint.datasets.xml_source import declared_size, number, parsed_xml
from trigpoint.records.labels.boxes import FLAGS, Box

_NO_LABELS: Final = ("version", "meta", "image")
"""The elements in the root that hold no labels themselves."""


def read_cvat(
    source: Path, images: Path | None, complaints: Complaints, frame: Frame | None = None
) -> LabeledSet:
    """The set of an annotations.xml; classes in the order of CVAT's labels.

    The set is a classification when no image of the file has a box and some have tags. Other shapes are left out.
    frame: what the boxes of photos refer to where their sizes do not tell.
    Raises: Invalid: other XML. BadEntry: by way of `complaints`.
    """
    path = source / "annotations.xml" if source.is_dir() else source
    root = _root(path)
    reading = _Reading(_taken(root), Pictures(images, path.parent, frame))
    reading.leave_out(Counter(each.tag for each in root if each.tag not in _NO_LABELS))
    found: list[LabeledImage] = []
    for k, element in enumerate(root.findall("image")):
        where = f"{path}: image[{k}]"
        reading.report.images.read += 1
        try:
            found.append(reading.image(element, where))
        except Invalid as problem:
            complaints.leave_out(problem, where, reading.report.images)
    declared, used = _declared(root), names_in(found)
    undeclared = [name for name in used if name not in declared] if declared else []
    notes = reading.notes() + [f"classes that meta does not have: {', '.join(undeclared)}"] * bool(undeclared)
    return LabeledSet(
        found, [*declared, *undeclared] or used, has_several_classes(found), notes, reading.report
    )


def _root(path: Path) -> ET.Element:
    root = parsed_xml(path)
    if root.tag != "annotations":
        raise Invalid(f"{path}: the root element is <{root.tag}>; CVAT for images 1.1 has <annotations>")
    if root.find("image") is None and root.find("track") is not None:
        raise Invalid(f"{path} is a video export; export as 'CVAT for images 1.1'")
    return root


def _taken(root: ET.Element) -> str:
    """The elements that are converted: boxes, or tags where there are no boxes."""
    return "tag" if root.find("image/box") is None and root.find("image/tag") is not None else "box"


def _declared(root: ET.Element) -> list[str]:
    """The labels in meta, without the parts of skeletons."""
    labels = [label for label in root.iterfind("meta//labels/label") if not label.findtext("parent")]
    return list(dict.fromkeys(name for label in labels if (name := (label.findtext("name") or "").strip())))


@dataclass(slots=True)
class _Reading:
    """Reads the images, and counts what it reads and what a manifest cannot hold."""

    taken: str
    pictures: Pictures
    report: Report = field(default_factory=Report)
    rotated: int = 0
    attributes: Counter[str] = field(default_factory=Counter)

    def leave_out(self, elements: Counter[str]) -> None:
        """Counts elements that are read and left out, by their names."""
        self.report.labels.read += elements.total()
        for name, count in elements.items():
            self.report.labels.leave_out(name, count)

    def image(self, element: ET.Element, where: str) -> LabeledImage:
        """Raises: BadEntry: names the place and the field."""
        if not (name := (element.get("name") or "").strip()):
            raise BadEntry(where, "the attribute name is missing")
        where = f"{where} ({name})"
        taken = element.findall(self.taken)
        others = Counter(each.tag for each in element if each.tag != self.taken)
        self.report.labels.read += len(taken)
        self.leave_out(others)
        image = self._find(name, element.get("subset"), where)
        if self.taken == "tag":
            return LabeledImage(where, image, classes=self._classes(taken, where))
        size = declared_size(element.get("width"), element.get("height"), "the attribute {}", where)
        boxes = tuple(self._box(each, f"{where}: box[{k}]") for k, each in enumerate(taken))
        # an image of which only tags were left out has no objects
        shapes = others.total() - others["tag"]
        return self.pictures.placed(LabeledImage(where, image, size, boxes, left_out=shapes))

    def _classes(self, tags: list[ET.Element], where: str) -> tuple[str, ...]:
        """The classes of an image, each once."""
        classes = dict.fromkeys(_label(each, f"{where}: tag[{k}]") for k, each in enumerate(tags))
        self.report.labels.leave_out("repeated tag", len(tags) - len(classes))
        return tuple(classes)

    def _find(self, name: str, subset: str | None, where: str) -> str:
        """The image of that name. The export of a project has one folder for each subset."""
        stem = str(PurePosixPath(name).with_suffix("")) if name.lower().endswith(EXTENSIONS) else name
        if (
            subset
            and self.pictures.must_exist
            and (found := self.pictures.folder.fitting(f"{subset}/{name}"))
        ):
            return found[0] if len(found) == 1 else self.pictures.find(f"{subset}/{name}", where, stem)
        return self.pictures.find(name, f"{where}: the attribute name", stem)

    def _box(self, element: ET.Element, where: str) -> Box:
        x1, y1, x2, y2 = (
            number(element.get(side), f"the attribute {side}", where) for side in ("xtl", "ytl", "xbr", "ybr")
        )
        if x2 < x1 or y2 < y1:
            raise BadEntry(where, "xbr and ybr must not be below xtl and ytl")
        box = Box(_label(element, where), x1, y1, x2 - x1, y2 - y1, flags=self._flags(element))
        degrees = number(element.get("rotation", "0"), "the attribute rotation", where)
        self.rotated += bool(degrees)
        return upright(box, degrees)

    def _flags(self, element: ET.Element) -> frozenset[str]:
        """The flags in the box's own attributes and in those that the labels of the task define."""
        said = {
            each.get("name") or "": (each.text or "").strip().lower() for each in element.findall("attribute")
        }
        self.attributes.update(name for name in said if name not in FLAGS)
        said["occluded"] = element.get("occluded") or said.get("occluded", "")
        return frozenset(flag for flag in FLAGS if said.get(flag) in ("1", "true"))

    def notes(self) -> list[str]:
        """What was changed, and what else a manifest cannot hold."""
        notes = self.pictures.notes()
        if self.rotated:
            notes.append(f"{ROTATED}: {self.rotated}")
        if self.attributes:
            names = ", ".join(sorted(self.attributes))
            notes.append(f"attributes of boxes left out: {self.attributes.total()} ({names})")
        return notes


def _label(element: ET.Element, where: str) -> str:
    if not (label := (element.get("label") or "").strip()):
        raise BadEntry(where, "the attribute label is missing")
    return label
