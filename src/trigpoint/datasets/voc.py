"""Pascal VOC: one XML file per image in Annotations/, the images in JPEGImages/ (or images/), lists in ImageSets/.

Decision: coordinates are used as they are, width = xmax - xmin. VOC's own begin at 1, those of most tools at 0, and
nothing in a file says which; so a file that is read and written again does not change.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.image_files import ImageFolder
from trigpoint.datasets.model import BadEntry, Complaints, LabeledImage, LabeledSet, names_in
from trigpoint.datasets.pictures import NO_IMAGE, SEVERAL_IMAGES, Pictures
from trigpoint.datasets.report import Report, Tally
from trigpoint.datasets.rounding import rounded
from trigpoint.datasets.stored_pixels import Frame
from trigpoint.datasets.voc_files import annotation_files, annotations_of, images_of, listed_files
from trigpoint.datasets.xml_source import declared_size, number, parsed_xml
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

_FLAGS = ("truncated", "difficult", "occluded")
_STRAY: Final = "box outside of an object"
_CORNERS: Final = (
    {"xmin", "ymin"},
    {"xtl", "ytl"},
    {"x1", "y1"},
    {"left", "top"},
    {"x", "y", "width", "height"},
    {"x", "y", "w", "h"},
)
"""The elements or attributes in which a box has its place, in one form or another."""


def read_voc(
    source: Path,
    images: Path | None,
    complaints: Complaints,
    subset: str | None = None,
    frame: Frame | None = None,
) -> LabeledSet:
    """The set in a folder of VOC's layout, or in a folder that holds the XML files itself; both may have folders.

    subset: the name of a list in ImageSets/Main, to take only its images, in its order.
    frame: what the boxes of photos refer to where their sizes do not tell.
    Raises: NotFound: no annotations. BadEntry: by way of `complaints`.
    """
    annotations, root = annotations_of(source), images or images_of(source)
    report, pictures = Report(), Pictures(root, root, frame)
    files: Iterable[str] = annotation_files(annotations)
    if subset is not None:
        listed = source / "ImageSets" / "Main" / f"{subset}.txt"
        files = listed_files(listed, list(files), complaints, report.images)
    found = []
    for name in files:
        report.images.read += 1
        try:
            found.append(_read(annotations, name, pictures, report))
        except Invalid as problem:
            complaints.leave_out(problem, str(annotations / name), report.images)
    notes = [] if subset or report.images.left_out else _notes(pictures.folder, found)
    return LabeledSet(found, names_in(found), notes=notes, report=report)


def _notes(folder: ImageFolder, found: list[LabeledImage]) -> list[str]:
    more = set(folder.all()) - {image.image for image in found}
    if not more:
        return []
    return [f"images without an annotation file, which were not converted: {len(more)}, such as {min(more)}"]


def _read(annotations: Path, name: str, pictures: Pictures, report: Report) -> LabeledImage:
    """The image that an XML file describes. Raises: BadEntry: names file and field."""
    path = annotations / name
    root = _in_lower_case(parsed_xml(path))
    if root.tag != "annotation":
        raise BadEntry(str(path), f"the root element is <{root.tag}>; Pascal VOC has <annotation>")
    objects = list(root.iter("object"))
    others = _count_others(root, report.labels)
    report.labels.read += len(objects)
    image = _image_of(root, PurePosixPath(name), str(path), pictures)
    boxes = tuple(_box(each, f"object[{k}]", str(path)) for k, each in enumerate(objects, start=1))
    return pictures.placed(LabeledImage(str(path), image, _size(root, str(path)), boxes, left_out=others))


def _in_lower_case(root: ET.Element) -> ET.Element:
    """The same tree. Programs write `Object` and `bndBox`, too, and may name a namespace."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2].lower()
    return root


def _count_others(root: ET.Element, labels: Tally) -> int:
    """Counts the labels that are not objects as read and left out. Returns how many they are."""
    parts = sum(1 for _ in root.iter("part"))
    owners = (each for each in root.iter() if each.tag not in ("object", "part"))
    stray = sum(_is_box(child) for owner in owners for child in owner)
    labels.read += parts + stray
    labels.leave_out("part of an object", parts)
    labels.leave_out(_STRAY, stray)
    return parts + stray


def _is_box(element: ET.Element) -> bool:
    if element.tag in ("object", "part", "polygon"):
        return False
    names = {each.tag for each in element} | {name.lower() for name in element.attrib}
    return element.tag in ("bndbox", "robndbox") or any(corners <= names for corners in _CORNERS)


def _image_of(root: ET.Element, file: PurePosixPath, where: str, pictures: Pictures) -> str:
    """The image of the `filename`, or else the one with the name of the XML file.

    Decision: where they are two different images, the file is refused: its `filename` may have been copied from
    another file, but so may its own name.
    """
    own = pictures.folder.of_stem(str(file.with_suffix("")))
    given = (root.findtext("filename") or "").strip()
    named = _named(root, given, file.parent, where, pictures) if given else None
    if named is not None and own and named not in own:
        why = f"filename names {named}, but the name of the file is that of {own[0]}; correct the wrong one"
        raise BadEntry(where, why, "filename of another image")
    if named is None and len(own) > 1:
        raise BadEntry(
            where, f"filename: {given or 'it is missing'}; {own[0]} and {own[1]} have the name of the file"
        )
    if named is None and not own:
        why = f"filename: there is no image {given or file.stem} in {pictures.folder.root}"
        raise BadEntry(where, why, NO_IMAGE)
    return named or own[0]


def _named(root: ET.Element, given: str, folder: PurePosixPath, where: str, pictures: Pictures) -> str | None:
    """The image of a `filename`, in the folder that the XML file is in, or else in one that it names."""
    try:
        return pictures.folder.find(f"{folder}/{given}")
    except Invalid as problem:
        for more in (f"{root.findtext('folder') or ''}/{given}", root.findtext("path") or ""):
            if len(found := pictures.folder.fitting(more)) == 1:
                return found[0]
        raise BadEntry(where, f"filename: {problem.message}", SEVERAL_IMAGES) from None


def _size(root: ET.Element, where: str) -> ImageSize | None:
    return declared_size(root.findtext("size/width"), root.findtext("size/height"), "size.{}", where)


def _box(element: ET.Element, where: str, path: str) -> Box:
    name = (_only(element, "name", where, path).text or "").strip()
    if not name:
        raise BadEntry(path, f"{where}.name is missing")
    bounds = _only(element, "bndbox", where, path)
    x1, y1, x2, y2 = (
        number((bounds.findtext(side) or "").strip(), f"{where}.bndbox.{side}", path)
        for side in ("xmin", "ymin", "xmax", "ymax")
    )
    if x2 < x1 or y2 < y1:
        why = f"{where}.bndbox: xmax and ymax must not be below xmin and ymin: {x1:g} {y1:g} {x2:g} {y2:g}"
        raise BadEntry(path, why)
    flags = frozenset(
        flag for flag in _FLAGS if (element.findtext(flag) or "").strip().lower() in ("1", "true")
    )
    return Box(name, x1, y1, x2 - x1, y2 - y1, 1.0, flags)


def _only(element: ET.Element, tag: str, where: str, path: str) -> ET.Element:
    """The one element of a kind in an object. Raises: BadEntry: there is none, or more than one."""
    found = element.findall(tag)
    if not found:
        others = ", ".join(sorted({each.tag for each in element} - {tag}))
        raise BadEntry(
            path, f"{where}.{tag} is missing; the object has {others or 'nothing'}", f"object without {tag}"
        )
    if len(found) > 1:
        raise BadEntry(path, f"{where} has {len(found)} elements {tag}; an object has one")
    return found[0]


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
