"""The labels of a manifest, counted line by line, and checks of one label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trigpoint.records.labels.attributes import label_type, metadata_of
from trigpoint.records.labels.boxes import read_boxes
from trigpoint.records.labels.classes import read_class_map, read_classes
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.labels.numbering import ClassNumbering
from trigpoint.records.labels.renumbering import class_ids_in
from trigpoint.records.labels.spans import parse_span_label

UNSTATED: Final = "-"
"""Counted where the metadata of a label lacks the member."""


@dataclass(slots=True)
class LabelCount:
    """The labels of one attribute in all lines.

    labels: boxes, classes or entities. empty: lines without any of them. Both are 0 for types whose parts are unknown.
    """

    lines: int = 0
    labels: int = 0
    empty: int = 0
    types: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    human: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    numbering: ClassNumbering = field(default_factory=ClassNumbering)

    @property
    def names(self) -> Mapping[int, str]:
        """The name of each class id; the first one where lines disagree."""
        return self.numbering.names()


def count_label(line: Mapping[str, Any], name: str, count: LabelCount, where: str) -> ImageSize | None:
    """Adds the label of the line at `where` to the count; returns the image size in it.

    Raises: Invalid: the label is malformed.
    """
    kind = label_type(line, name)
    count.lines += 1
    count.types[kind] += 1
    metadata = metadata_of(line, name)
    count.human[str(metadata.get("human-annotated", UNSTATED))] += 1
    if metadata:
        count.jobs[str(metadata.get("job-name", UNSTATED))] += 1
    count.numbering.see(read_class_map(line, name), (), where)
    if name not in line:
        return None
    size: ImageSize | None = None
    classes: Sequence[str] = ()
    if kind == "object-detection":
        size, boxes = read_boxes(line, name, count.names)
        classes = [box.class_name for box in boxes]
    elif kind == "text-span":
        classes = [span.label for span in parse_span_label(line[name], name)]
    elif kind.startswith(("image-classification", "text-classification", "label-verification")):
        classes = read_classes(line, name, count.names)
    else:
        return None
    count.labels += len(classes)
    count.empty += not classes
    count.classes.update(classes)
    return size


def label_warnings(line: Mapping[str, Any], name: str) -> Iterator[str]:
    """The warnings for a label that can be read."""
    if name not in line:
        return
    if unnamed := _unnamed(line, name):
        yield f"class-map has no name for class_id {', '.join(map(str, unnamed))}"
    if label_type(line, name) != "object-detection":
        return
    size, boxes = read_boxes(line, name, {})
    if size is None:
        yield "has no image_size"
    for k, box in enumerate(boxes):
        if box.width <= 0 or box.height <= 0:
            yield f"annotations[{k}] is {box.width:g} x {box.height:g} pixels; training drops it"
        elif size is not None and _outside(box.left, box.top, box.width, box.height, size):
            yield f"annotations[{k}] reaches out of the image of {size} pixels"


def _unnamed(line: Mapping[str, Any], name: str) -> list[int]:
    """The class ids of a label with a class-map, also an empty one, that it does not name."""
    if not isinstance(metadata_of(line, name).get("class-map"), Mapping):
        return []
    return sorted(class_ids_in(line[name]) - read_class_map(line, name).keys())


def _outside(left: float, top: float, width: float, height: float, size: ImageSize) -> bool:
    return left < 0 or top < 0 or left + width > size.width + 1e-6 or top + height > size.height + 1e-6
