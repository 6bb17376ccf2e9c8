"""A manifest as a labeled set, for the formats of other tools. Classes are taken by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trigpoint.core.errors import Invalid, NotFound, TrigpointError
from trigpoint.datasets.image_header import image_size
from trigpoint.datasets.model import (
    BadEntry,
    Complaints,
    LabeledImage,
    LabeledSet,
    class_ids_to,
    has_several_classes,
)
from trigpoint.datasets.parsed_lines import parsed_lines
from trigpoint.datasets.places import Places, is_s3, join, parent
from trigpoint.datasets.references import image_reference
from trigpoint.datasets.report import Report
from trigpoint.records.labels.attributes import METADATA, label_attributes, label_type, missing_labels
from trigpoint.records.labels.boxes import read_boxes
from trigpoint.records.labels.classes import read_class_map, read_classes
from trigpoint.records.labels.numbering import ClassNumbering
from trigpoint.records.labels.renumbering import class_ids_in

NO_LABEL: Final = "no label"
FAILED: Final = "labeling failed"

Line = tuple[str, dict[str, Any]]
"""The place of a line for messages, and its members."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The label of a manifest to read, and the prefix to remove from its images' paths."""

    attribute: str | None = None
    prefix: str | None = None
    image_attribute: str = "source-ref"
    names: tuple[str, ...] = ()
    """Names of the class ids that the manifest does not name."""


def read_manifest(manifest: str, reading: Reading, places: Places, complaints: Complaints) -> LabeledSet:
    """The labeled set of a manifest; classes in the order of their ids, gaps filled with `class-<id>`.

    Lines without the label are left out and counted. Where class maps disagree, a name keeps the id of its first line.
    Raises: NotFound. Invalid: several label attributes, and `reading` chooses none. BadEntry: by way of `complaints`.
    """
    report = Report()
    lines = [(where, line) for _, where, line in parsed_lines(manifest, places, complaints, report.images)]
    attribute = reading.attribute or _only_attribute([line for _, line in lines], manifest)
    lines = list(_labeled(lines, attribute, report))
    reader = _LineReader(manifest, attribute, reading, places, lines)
    labeled = LabeledSet(report=report, notes=list(reader.notes()))
    for where, line in reader.readable(complaints, report):
        report.labels.read += _count_labels(line[attribute])
        try:
            labeled.images.append(reader.image(where, line))
        except TrigpointError as problem:
            found = problem if isinstance(problem, Invalid) else Invalid(problem.message)
            complaints.leave_out(found, where, report.images)
    labeled.class_names = reader.class_names()
    labeled.several_classes = has_several_classes(labeled.images)
    return labeled


def _only_attribute(lines: Sequence[dict[str, Any]], manifest: str) -> str:
    found = list(
        dict.fromkeys(name for line in lines for name in (*label_attributes(line), *missing_labels(line)))
    )
    if not found:
        raise NotFound(f"{manifest} has no labels: no attribute with {METADATA}; choose one with --attribute")
    if len(found) > 1:
        raise Invalid(f"{manifest} has several labels: {', '.join(found)}; choose one with --attribute")
    return found[0]


def _labeled(lines: Sequence[Line], attribute: str, report: Report) -> Iterator[Line]:
    """The lines that have the label; the others are counted."""
    for where, line in lines:
        if attribute in line:
            yield where, line
        else:
            report.images.leave_out(FAILED if missing_labels(line).get(attribute) else NO_LABEL)


def _count_labels(value: Any) -> int:
    entries = value.get("annotations") if isinstance(value, dict) else value
    return len(entries) if isinstance(entries, list) else 1


class _LineReader:
    """Reads the images of lines, after it has seen the class maps of all."""

    def __init__(
        self, manifest: str, attribute: str, reading: Reading, places: Places, lines: Sequence[Line]
    ) -> None:
        self._base, self._attribute, self._reading, self._places = (
            parent(manifest),
            attribute,
            reading,
            places,
        )
        self._lines = lines
        self._classes = ClassNumbering()
        self._bad: dict[str, Invalid] = {}
        self._unnamed: set[int] = set()
        for where, line in lines:
            self._see(where, line)
        references = [line.get(reading.image_attribute) for _, line in lines]
        self._prefix = _common_prefix([each for each in references if isinstance(each, str)], reading.prefix)

    def _see(self, where: str, line: dict[str, Any]) -> None:
        try:
            named = read_class_map(line, self._attribute)
        except Invalid as problem:
            self._bad[where] = problem
            return
        self._classes.see(named, class_ids_in(line[self._attribute]), where)

    def readable(self, complaints: Complaints, report: Report) -> Iterator[Line]:
        """The lines whose class map can be read. Raises: BadEntry: by way of `complaints`."""
        for where, line in self._lines:
            if where in self._bad:
                complaints.leave_out(self._bad[where], where, report.images)
            else:
                yield where, line

    def image(self, where: str, line: dict[str, Any]) -> LabeledImage:
        """The image of a line. Raises: TrigpointError."""
        reference = image_reference(line, self._reading.image_attribute)
        name = self._path(reference)
        if not Path(name).name or "\0" in name:
            raise BadEntry(where, f"attribute {self._reading.image_attribute!r} names no file: {reference!r}")
        names = self._names_for(line)
        if label_type(line, self._attribute).startswith("image-classification"):
            return LabeledImage(where, name, classes=read_classes(line, self._attribute, names))
        size, boxes = read_boxes(line, self._attribute, names)
        size = size or image_size(self._places, join(self._base, reference))
        return LabeledImage(where, name, size, boxes)

    def _path(self, reference: str) -> str:
        name = reference.removeprefix(self._prefix)
        if is_s3(name) or ".." in Path(name).parts:
            name = name.rpartition("/")[2]
        return name.lstrip("/")

    def _names_for(self, line: dict[str, Any]) -> dict[int, str]:
        """The names of the ids that the line's own class map lacks. Raises: Invalid: other lines disagree about one."""
        own, chosen = read_class_map(line, self._attribute), dict(enumerate(self._reading.names))
        lacking = class_ids_in(line[self._attribute]) - own.keys()
        found = {number: self._classes.only_name(number) or chosen.get(number) for number in lacking}
        self._unnamed |= {number for number, name in found.items() if name is None}
        return {number: name for number, name in found.items() if name is not None}

    def class_names(self) -> list[str]:
        """The name of each class by its number; `class-<id>` for ids without one."""
        named = {number: name for name, number in self._classes.numbers().items()}
        for number, name in enumerate(self._reading.names):
            if name not in named.values():
                named.setdefault(number, name)
        last = max([*named, *self._unnamed], default=-1)
        return [named.get(number, f"class-{number}") for number in class_ids_to(last)]

    def notes(self) -> Iterator[str]:
        """What was merged by name."""
        for conflict in self._classes.conflicts():
            yield f"{conflict}; the classes were merged by name"


def _common_prefix(references: Sequence[str], chosen: str | None) -> str:
    """The folder or prefix that all images share."""
    if chosen is not None:
        return chosen.rstrip("/") + "/" if chosen else ""
    if not references:
        return ""
    low, high = min(references), max(references)
    same = next(
        (k for k, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high))
    )
    return low[: low.rfind("/", 0, same) + 1]
