"""YOLO: one text file per image, one box per line: class, centre x, centre y, width, height, as fractions of the image.

`yolo_layout` says where the label files and the class names are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from trigpoint.core.counted import counted, first_of
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.datasets.class_files import opened_class_file
from trigpoint.datasets.model import Complaints, LabeledImage, LabeledSet
from trigpoint.datasets.pictures import Pictures
from trigpoint.datasets.repeated import each_once
from trigpoint.datasets.report import Report
from trigpoint.datasets.stored_pixels import Frame
from trigpoint.datasets.text_file import read_lines
from trigpoint.datasets.yolo_classes import count_notes, line_reader
from trigpoint.datasets.yolo_labels import LineReader
from trigpoint.datasets.yolo_layout import Layout, images_of
from trigpoint.datasets.yolo_subset import images_of_subset
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

NO_IMAGE: Final = "label file without an image"
_SHOWN: Final = 3


def read_yolo(
    source: Path,
    images: Path | None,
    complaints: Complaints,
    names: Sequence[str] | None = None,
    frame: Frame | None = None,
    subset: str | None = None,
) -> LabeledSet:
    """The set of a folder; an image without a label file has no boxes, as in YOLO.

    names: the class names of a set that has none. frame: what the fractions of photos with an EXIF
    orientation refer to. subset: the name of a split, to take only its images.
    Raises: NotFound: no class names, no images, or no label files. BadEntry: by way of `complaints`.
    """
    root = images or images_of(source)
    pictures, layout = Pictures(root, source, frame), Layout(source, root)
    found = pictures.folder.all()
    if not found:
        hint = "" if images else "; name the folder of the images with --images"
        raise NotFound(f"{root} has no images{hint}")
    layout.see(found)
    files = [opened_class_file(path) for path in layout.class_files()]
    lines = line_reader(source, files, names)
    reader = _Reader(layout, pictures, lines, complaints, is_whole=subset is None)
    labeled = LabeledSet(report=reader.report)
    if subset is not None:
        found = images_of_subset(source, subset, files, pictures, complaints, reader.report.images)
    labeled.images = [image for name in found if (image := reader.image(name))]
    labeled.notes = [*reader.notes(), *lines.classes.notes(), *count_notes(files, lines.classes)]
    labeled.class_names = lines.classes.names()
    return labeled


@dataclass(slots=True)
class _Reader:
    """Reads the label files of a set's images, and counts what it reads."""

    layout: Layout
    pictures: Pictures
    lines: LineReader
    complaints: Complaints
    is_whole: bool
    report: Report = field(default_factory=Report)
    unlabeled: list[str] = field(default_factory=list)

    def image(self, name: str) -> LabeledImage | None:
        """The image with its boxes; None when it is left out."""
        self.report.images.read += 1
        try:
            path = self.layout.label_file(name)
            if path is not None:
                return self._labeled(name, path)
            self.unlabeled.append(name)
            return self.pictures.placed(LabeledImage(name, name, boxes=()))
        except Invalid as problem:
            self.complaints.leave_out(problem, name, self.report.images)
            return None

    def _labeled(self, name: str, path: Path) -> LabeledImage:
        texts = [(f"{path}, line {k}", text) for k, text in enumerate(read_lines(path), 1) if text.strip()]
        if not texts:
            return self.pictures.placed(LabeledImage(str(path), name, boxes=()))
        self.report.labels.read += len(texts)
        size = self.pictures.size_of_fractions(name, str(path))
        boxes = [box for where, text in texts if (box := self._box(text, where, size))]
        once = each_once(boxes, self.report.labels)
        left_out = len(texts) - len(once)
        return self.pictures.placed(LabeledImage(str(path), name, size, once, left_out=left_out))

    def _box(self, text: str, where: str, size: ImageSize) -> Box | None:
        try:
            return self.lines.read(text, where, size)
        except Invalid as problem:
            self.complaints.leave_out(problem, where, self.report.labels)
            return None

    def notes(self) -> Iterator[str]:
        """What a person should know about label files without an image, and images without a label file.

        Raises: NotFound: no image has a label file. They would all count as images without objects, which nobody means.
        """
        left_over = self.layout.left_over() if self.is_whole else []
        if self.unlabeled and len(self.unlabeled) == self.report.images.read:
            found = (
                f"; the label files that were found are {first_of(left_over, _SHOWN)}" if left_over else ""
            )
            first, count = self.unlabeled[0], len(self.unlabeled)
            none = (
                f"none of the {count:,} images, such as {first}, has a"
                if count > 1
                else f"the only image, {first}, has no"
            )
            raise NotFound(
                f"{none} label file; it must be "
                f"in labels/ where the image is in images/, or next to the image{found}"
            )
        if self.unlabeled:
            one, many = ("image without a label file has", "images without a label file have")
            yield f"{counted(len(self.unlabeled), one, many)} no objects: {first_of(self.unlabeled, _SHOWN)}"
        if left_over:
            self.report.images.read += len(left_over)
            self.report.images.leave_out(NO_IMAGE, len(left_over))
            one, many = ("label file without an image was", "label files without an image were")
            yield f"{counted(len(left_over), one, many)} left out: {first_of(left_over, _SHOWN)}"


def write_yolo(images: Iterable[LabeledImage], class_names: Sequence[str], target: Path) -> Iterator[Path]:
    """Writes labels/<name>.txt for each image, and data.yaml; yields each path. Images are not copied.

    Raises: Invalid: an image without boxes or size, or two images with one name.
    """
    ids = {name: number for number, name in enumerate(class_names)}
    written: dict[Path, str] = {}
    for image in images:
        if image.boxes is None or image.size is None:
            raise Invalid(f"{image.where}: YOLO needs boxes and the size of the image")
        path = target / "labels" / Path(image.image).with_suffix(".txt")
        if path in written:
            raise Invalid(f"{image.where}: the name {path.name} was taken by {written[path]}")
        written[path] = image.where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(_line(box, image.size, ids) for box in image.boxes))
        yield path
    names = "".join(
        f"  {number}: {json.dumps(name, ensure_ascii=False)}\n" for number, name in enumerate(class_names)
    )
    block = f"\n{names}" if names else " []\n"
    target.mkdir(parents=True, exist_ok=True)
    (target / "data.yaml").write_text(f"path: .\ntrain: images\nval: images\nnames:{block}")


def _line(box: Box, size: ImageSize, ids: dict[str, int]) -> str:
    numbers = (
        (box.left + box.width / 2) / size.width,
        (box.top + box.height / 2) / size.height,
        box.width / size.width,
        box.height / size.height,
    )
    return f"{ids[box.class_name]} " + " ".join(f"{value:.12g}" for value in numbers) + "\n"
