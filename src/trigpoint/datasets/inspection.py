"""What is wrong with a manifest, and what is in it: every line looked at once, in bounded memory.

An error makes the manifest unusable for the jobs that read it; a warning is something that a person should know.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.datasets.image_header import check_whole, image_size
from trigpoint.datasets.places import Places, is_s3, join, parent
from trigpoint.records.labels.attributes import METADATA, label_attributes, label_type
from trigpoint.records.labels.boxes import parse_box_label, read_boxes
from trigpoint.records.labels.classes import read_class_map, read_classes
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.manifest.lines import BadLine, scan_lines
from trigpoint.records.manifest.members import members_of
from trigpoint.records.manifest.parsing import parse_line
from trigpoint.records.manifest.selection import REFERENCE_SUFFIX

MAX_LINE_CHARACTERS = 100_000
"""A longer line is refused by CreateLabelingJob (ground-truth.md 1.1); training takes it."""
CHECKS = 32
AHEAD = 256
LARGE_OBJECT_BYTES = 100 << 20

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the line from 1 (0: the whole file), the attribute or None, why."""

    line: int
    attribute: str | None
    why: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{f'attribute {self.attribute!r}: ' if self.attribute else ''}{self.why}"


@dataclass(frozen=True, slots=True)
class Options:
    """What is looked at beyond the lines themselves.

    attributes: those that every line must have. images: "size" decodes headers, "whole" the images.
    keep: of how many errors, and of how many warnings, the text is kept; all are counted.
    """

    attributes: Sequence[str] = ()
    objects: bool = False
    images: Literal["no", "size", "whole"] = "no"
    keep: int = 100


@dataclass(slots=True)
class LabelCount:
    """What one label attribute says in all lines."""

    lines: int = 0
    labels: int = 0
    empty: int = 0
    types: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    human: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    names: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Inspection:
    """What was found. `sizes` counts images by width x height, from labels or, where looked at, from the images."""

    manifest: str
    lines: int = 0
    errors: int = 0
    warnings: int = 0
    problems: list[Problem] = field(default_factory=list)
    attributes: Counter[str] = field(default_factory=Counter)
    labels: dict[str, LabelCount] = field(default_factory=dict)
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    duplicates: int = 0
    objects_checked: int = 0
    object_bytes: int = 0


def inspect(
    manifest: str, options: Options, places: Places, seen: Callable[[int], None] = lambda _: None
) -> Inspection:
    """Looks at all lines; calls `seen` with the length of each line.

    Raises: TrigpointError: the manifest cannot be opened at all.
    """
    return _Inspector(manifest, options, places).run(seen)


class _Inspector:
    def __init__(self, manifest: str, options: Options, places: Places) -> None:
        self._options, self._places = options, places
        self._base = parent(manifest)
        self._looks_at_objects = options.objects or options.images != "no"
        self.found = Inspection(manifest)
        self._digests, self._numbers = array("Q"), array("L")
        self._paths = 0

    def run(self, seen: Callable[[int], None]) -> Inspection:
        waiting: deque[tuple[int, str, ImageSize | None, Future[_ObjectFacts]]] = deque()
        with self._places.open(self.found.manifest) as stream, ThreadPoolExecutor(CHECKS, "check") as pool:
            for number, raw in scan_lines(stream):
                seen(0 if isinstance(raw, BadLine) else len(raw) + 1)
                for attribute, place, size in self._line(number, raw):
                    task = pool.submit(_facts, self._places, place, self._options)
                    waiting.append((number, attribute, size, task))
                while len(waiting) > AHEAD:
                    self._object(*waiting.popleft())
            while waiting:
                self._object(*waiting.popleft())
        self._tell_duplicates()
        if self._paths:
            why = f"{self._paths} references are paths, not S3 URIs: jobs cannot read them; only the local tools can"
            self._add(Problem(0, None, why, "warning"))
        if not self.found.lines:
            self._add(Problem(0, None, "the file is empty: it has no lines"))
        self.found.problems.sort(key=lambda each: (each.line, each.attribute or "", each.why))
        return self.found

    def _add(self, problem: Problem) -> None:
        if problem.severity == "error":
            self.found.errors += 1
        else:
            self.found.warnings += 1
        told = self.found.errors if problem.severity == "error" else self.found.warnings
        if told <= self._options.keep:
            self.found.problems.append(problem)

    def _line(self, number: int, raw: bytes | BadLine) -> Iterator[tuple[str, str, ImageSize | None]]:
        """Counts a line and tells its problems; yields attribute, place and told size of its objects, if these are
        to be looked at.
        """
        self.found.lines += 1
        try:
            if isinstance(raw, BadLine):
                raise raw
            line = parse_line(raw, number)
        except BadLine as problem:
            self._add(Problem(number, None, problem.why))
            return
        self._remember(number, line, raw)
        self.found.attributes.update(line.keys())
        for each in line_problems(number, raw, line, self._options.attributes):
            self._add(each)
        size = self._labels(number, line)
        for name, value in line.items():
            if name.endswith(REFERENCE_SUFFIX) and isinstance(value, str) and value:
                self._paths += not value.startswith(("s3://", "https://"))
                if self._looks_at_objects:
                    yield name, join(self._base, value), size if name == "source-ref" else None

    def _labels(self, number: int, line: Mapping[str, Any]) -> ImageSize | None:
        """Counts the labels of a line; the image size that they tell."""
        size: ImageSize | None = None
        for name in label_attributes(line):
            count = self.found.labels.setdefault(name, LabelCount())
            try:
                told = count_label(line, name, count)
            except Invalid as problem:
                self._add(Problem(number, name, problem.message))
                continue
            for why in label_warnings(line, name):
                self._add(Problem(number, name, why, "warning"))
            size = size or told
        if size is not None and self._options.images == "no":
            self.found.sizes[size.width, size.height] += 1
        return size

    def _remember(self, number: int, line: Mapping[str, Any], raw: bytes) -> None:
        """Keeps 16 bytes of each line, so that a million lines take 16 MB."""
        reference = next((value for name, value in line.items() if name.endswith(REFERENCE_SUFFIX)), None)
        key = reference.encode("utf-8", "surrogatepass") if isinstance(reference, str) else raw
        self._digests.append(int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "little"))
        self._numbers.append(number)

    def _tell_duplicates(self) -> None:
        """A sixteenth of the lines at a time, which bounds what sorting takes."""
        digests, numbers = self._digests, self._numbers
        found: list[tuple[int, int]] = []
        for share in range(16):
            places = [place for place, digest in enumerate(digests) if digest >> 60 == share]
            places.sort(key=digests.__getitem__)  # keeps lines of equal digests in their order
            found += (
                (numbers[place], numbers[before])
                for before, place in pairwise(places)
                if digests[before] == digests[place]
            )
        self.found.duplicates = len(found)
        for number, before in sorted(found):
            self._add(Problem(number, None, f"names the same object as line {before}", "warning"))

    def _object(
        self, number: int, attribute: str, told: ImageSize | None, task: Future[_ObjectFacts]
    ) -> None:
        facts = task.result()
        self.found.objects_checked += 1
        if facts.why is not None:
            self._add(Problem(number, attribute, facts.why))
            return
        self.found.object_bytes += facts.size_bytes
        if facts.size_bytes > LARGE_OBJECT_BYTES:
            why = f"the object has {facts.size_bytes >> 20} MB"
            self._add(Problem(number, attribute, why, "warning"))
        if facts.image is None:
            return
        self.found.sizes[facts.image.width, facts.image.height] += 1
        if told is not None and (told.width, told.height) != (facts.image.width, facts.image.height):
            why = (
                f"the image is {facts.image.width} x {facts.image.height}, its label says image_size "
                f"{told.width} x {told.height}"
            )
            self._add(Problem(number, attribute, why, "warning"))


@dataclass(frozen=True, slots=True)
class _ObjectFacts:
    size_bytes: int = 0
    image: ImageSize | None = None
    why: str | None = None


def _facts(places: Places, place: str, options: Options) -> _ObjectFacts:
    try:
        size_bytes = places.size(place)
        image = None
        if options.images == "whole":
            image = check_whole(places, place)
        elif options.images == "size":
            image = image_size(places, place)
    except TrigpointError as problem:
        return _ObjectFacts(why=problem.message)
    return _ObjectFacts(size_bytes, image)


def line_problems(
    number: int, raw: bytes, line: Mapping[str, Any], attributes: Sequence[str]
) -> Iterator[Problem]:
    """What is wrong with the attributes of a line, apart from what its labels say."""
    for name in attributes:
        if name not in line:
            close = next((each for each in line if each.lower() == name.lower()), None)
            hint = f"; names are case-sensitive, it has {close!r}" if close else f"; it has {_listed(line)}"
            yield Problem(number, name, f"is missing{hint}")
    references = [name for name in line if name.endswith(REFERENCE_SUFFIX)]
    for name in references:
        yield from _reference_problems(number, name, line[name])
    if not references and "source" not in line:
        yield Problem(
            number, None, f"has neither source-ref nor source, nor another -ref; it has {_listed(line)}"
        )
    if "source-ref" in line and "source" in line:
        yield Problem(
            number, "source", "stands beside source-ref; a labeling job takes one of the two", "warning"
        )
    if "source" in line and not isinstance(line["source"], str):
        yield Problem(number, "source", f"must be a text, not {_kind(line['source'])}")
    for name in _twice(raw) if _may_hold_twice(raw, line) else ():
        yield Problem(number, name, "stands twice in the line; the last value counts", "warning")
    if len(raw) > MAX_LINE_CHARACTERS:
        why = f"has {len(raw)} characters; labeling jobs take {MAX_LINE_CHARACTERS}, training takes it"
        yield Problem(number, None, why, "warning")


def _reference_problems(number: int, name: str, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str) or not value:
        yield Problem(number, name, f"must be the URI of an object, like s3://bucket/key, not {_kind(value)}")
    elif is_s3(value) and not value.removeprefix("s3://").partition("/")[2]:
        yield Problem(number, name, f"{value!r} names a bucket; the URI of an object is needed")


def _may_hold_twice(raw: bytes, line: Mapping[str, Any]) -> bool:
    """A quick look, so that not every line is parsed a second time."""
    if b"\\u" in raw:
        return True
    return any(raw.count(b'"%s"' % name.encode("utf-8", "surrogatepass")) > 1 for name in line)


def _twice(raw: bytes) -> list[str]:
    """The attributes that stand in a line more than once."""
    counts = Counter(member.name for member in members_of(raw.decode()))
    return [name for name, count in counts.items() if count > 1]


def count_label(line: Mapping[str, Any], name: str, count: LabelCount) -> ImageSize | None:
    """Adds a line's label to the count; the image size that it tells.

    Raises: Invalid: the label is malformed.
    """
    kind = label_type(line, name)
    count.lines += 1
    count.types[kind] += 1
    metadata = line.get(name + METADATA)
    if isinstance(metadata, Mapping):
        count.jobs[str(metadata.get("job-name", "-"))] += 1
        count.human[str(metadata.get("human-annotated", "-"))] += 1
    count.names |= read_class_map(line, name)
    if name not in line:
        return None
    size: ImageSize | None = None
    classes: Sequence[str] = ()
    if kind == "object-detection":
        size, boxes = read_boxes(line, name, count.names)
        classes = [box.class_name for box in boxes]
    elif kind.startswith(("image-classification", "text-classification")):
        classes = read_classes(line, name, count.names)
    else:
        return None
    count.labels += len(classes)
    count.empty += not classes
    count.classes.update(classes)
    return size


def label_warnings(line: Mapping[str, Any], name: str) -> Iterator[str]:
    """What a person should know of a label that can be read."""
    if label_type(line, name) != "object-detection" or name not in line:
        return
    size, boxes = read_boxes(line, name, {})
    if size is None:
        yield "has no image_size"
    named = read_class_map(line, name)
    for k, box in enumerate(boxes):
        if box.width <= 0 or box.height <= 0:
            yield f"annotations[{k}] is {box.width:g} x {box.height:g} pixels; training drops it"
        elif size is not None and _outside(box.left, box.top, box.width, box.height, size):
            yield f"annotations[{k}] reaches out of the image of {size.width} x {size.height} pixels"
    missing = set(parse_box_label(line[name]).class_ids) - set(named) if named else set()
    if missing:
        yield f"class-map has no name for class_id {', '.join(map(str, sorted(missing)))}"


def _outside(left: float, top: float, width: float, height: float, size: ImageSize) -> bool:
    return left < 0 or top < 0 or left + width > size.width + 1e-6 or top + height > size.height + 1e-6


def _listed(line: Mapping[str, Any]) -> str:
    return (", ".join(map(repr, line)) or "no attributes")[:200]


def _kind(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
