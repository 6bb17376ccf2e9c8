"""Pascal VOC: one XML file per image in Annotations/, the images in JPEGImages/ (or images/), lists in ImageSets/.

Decision: coordinates are used as they are, width = xmax - xmin. VOC's own begin at 1, those of most tools at 0, and
nothing in a file says which; so a file that is read and written again does not change.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path

from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, names_in
from trigpoint.datasets.rounding import rounded
from trigpoint.datasets.text_file import read_lines, read_xml_text
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

_FLAGS = ("truncated", "difficult", "occluded")


def read_voc(
    source: Path, images: Path | None, complaints: Complaints, subset: str | None = None
) -> LabeledSet:
    """The set in a folder of VOC's layout, or in a folder that holds the XML files itself.

    subset: the name of a list in ImageSets/Main, to take only its images, in its order.
    Raises: NotFound: no annotations. BadEntry: by way of `complaints`.
    """
    annotations = next(
        (source / name for name in ("Annotations", "annotations") if (source / name).is_dir()), source
    )
    folder = ImageFolder(images or images_of(source))
    found = []
    for path in _files(source, annotations, subset):
        try:
            found.append(read_annotation(path, folder))
        except BadEntry as problem:
            complaints.add(problem)
    return LabeledSet(found, names_in(found))


def _files(source: Path, annotations: Path, subset: str | None) -> list[Path]:
    if subset is None:
        files = sorted(annotations.glob("*.xml"))
        if not files:
            raise NotFound(
                f"{annotations} has no .xml files; SOURCE must be a folder of Pascal VOC annotations"
            )
        return files
    listed = source / "ImageSets" / "Main" / f"{subset}.txt"
    if not listed.is_file():
        raise NotFound(f"there is no list {listed}")
    stems = [line.split()[0] for line in read_lines(listed) if line.strip()]
    return [annotations / f"{stem}.xml" for stem in stems]


def images_of(source: Path) -> Path:
    """The folder of a set's images, by convention."""
    for base in (source, source.parent):
        for name in ("JPEGImages", "images", "Images"):
            if (base / name).is_dir():
                return base / name
    return source


def read_annotation(path: Path, folder: ImageFolder) -> LabeledImage:
    """The image that an XML file describes.

    Raises: BadEntry: names file and field.
    """
    root = parsed_xml(path)
    name = (root.findtext("filename") or "").strip() or path.stem
    image = folder.find(name.replace("\\", "/").rpartition("/")[2], path.stem)
    if image is None:
        raise BadEntry(str(path), f"filename: there is no image {name} in {folder.root}")
    try:
        size = _size(root) or folder.size(image)
        boxes = tuple(_box(each, f"object[{k}]") for k, each in enumerate(root.iter("object"), start=1))
    except Invalid as problem:
        raise BadEntry(str(path), problem.message) from None
    return LabeledImage(str(path), image, size, boxes)


def parsed_xml(path: Path) -> ET.Element:
    """The root element of an XML file. Raises: BadEntry: not XML, or XML with entities, which could be a bomb."""
    text = read_xml_text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadEntry(str(path), "declares entities, which an annotation never does")
    try:
        return ET.fromstring(text)
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise BadEntry(str(path), f"not valid XML: {problem}") from None


def _size(root: ET.Element) -> ImageSize | None:
    """The size in the file; None when it has none, or zeros, as some tools write."""
    size = root.find("size")
    if size is None:
        return None
    width, height = (_number(size, name, "size") for name in ("width", "height"))
    if width <= 0 or height <= 0:
        return None
    depth = _number(size, "depth", "size") if size.findtext("depth") else 3
    return ImageSize(int(width), int(height), int(depth) or 3)


def _box(element: ET.Element, where: str) -> Box:
    name = (element.findtext("name") or "").strip()
    if not name:
        raise Invalid(f"{where}.name is missing")
    bounds = element.find("bndbox")
    if bounds is None:
        raise Invalid(f"{where}.bndbox is missing")
    x1, y1, x2, y2 = (_number(bounds, side, f"{where}.bndbox") for side in ("xmin", "ymin", "xmax", "ymax"))
    if x2 < x1 or y2 < y1:
        raise Invalid(
            f"{where}.bndbox: xmax and ymax must not be below xmin and ymin: {x1:g} {y1:g} {x2:g} {y2:g}"
        )
    flags = frozenset(
        flag for flag in _FLAGS if (element.findtext(flag) or "").strip() in ("1", "true", "True")
    )
    return Box(name, x1, y1, x2 - x1, y2 - y1, 1.0, flags)


def _number(element: ET.Element, name: str, where: str) -> float:
    text = (element.findtext(name) or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e9:
        raise Invalid(f"{where}.{name} must be a number, not {text!r}")
    return value


def write_voc(images: Iterable[LabeledImage], target: Path) -> Iterator[Path]:
    """Writes Annotations/<name>.xml for each image; yields each path. Images are not copied.

    Raises: Invalid: an image without boxes or size, or two images with one name.
    """
    folder = target / "Annotations"
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, str] = {}
    for image in images:
        name = image.image.rpartition("/")[2]
        stem = name.rpartition(".")[0] or name
        if stem in written:
            raise Invalid(
                f"{image.where}: the name {stem} was taken by {written[stem]}; Pascal VOC has no folders"
            )
        written[stem] = image.where
        path = folder / f"{stem}.xml"
        path.write_bytes(_document(image, name))
        yield path
    _write_list(target, list(written))


def _write_list(target: Path, stems: list[str]) -> None:
    lists = target / "ImageSets" / "Main"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "trainval.txt").write_text("".join(f"{stem}\n" for stem in stems))


def _document(image: LabeledImage, name: str) -> bytes:
    if image.boxes is None or image.size is None:
        raise Invalid(f"{image.where}: Pascal VOC needs boxes and the size of the image")
    root = ET.Element("annotation")
    for tag, text in (("folder", "JPEGImages"), ("filename", name)):
        ET.SubElement(root, tag).text = text
    size = ET.SubElement(root, "size")
    for tag in ("width", "height", "depth"):
        ET.SubElement(size, tag).text = str(getattr(image.size, tag))
    ET.SubElement(root, "segmented").text = "0"
    for box in image.boxes:
        _add_object(root, box)
    ET.indent(root, "\t")
    written: bytes = ET.tostring(root, encoding="utf-8")
    return written + b"\n"


def _add_object(root: ET.Element, box: Box) -> None:
    element = ET.SubElement(root, "object")
    ET.SubElement(element, "name").text = box.class_name
    ET.SubElement(element, "pose").text = "Unspecified"
    for flag in _FLAGS:
        if flag != "occluded" or flag in box.flags:
            ET.SubElement(element, flag).text = str(int(flag in box.flags))
    bounds = ET.SubElement(element, "bndbox")
    for tag, value in (
        ("xmin", box.left),
        ("ymin", box.top),
        ("xmax", box.left + box.width),
        ("ymax", box.top + box.height),
    ):
        ET.SubElement(bounds, tag).text = str(rounded(value))
