"""Inspection of a manifest: its problems and its contents, from one pass over all lines in bounded memory.

An error makes the manifest unusable for the jobs that read it; a warning is for a person to judge.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from trigpoint.core.errors import Invalid, TrigpointError
from trigpoint.datasets.image_header import check_whole, image_size
from trigpoint.datasets.label_counts import LabelCount, count_label, label_warnings
from trigpoint.datasets.line_checks import Problem, line_problems
from trigpoint.datasets.places import Places, join, parent
from trigpoint.records.labels.attributes import label_attributes
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.manifest.lines import BadLine, scan_lines
from trigpoint.records.manifest.parsing import parse_line
from trigpoint.records.manifest.selection import REFERENCE_SUFFIX

CHECKS = 32
AHEAD = 256
LARGE_OBJECT_BYTES = 100 << 20


@dataclass(frozen=True, slots=True)
class Options:
    """What to check in addition to the lines themselves.

    attributes: the attributes that every line must have.
    objects:    check that the objects exist.
    images:     "size" decodes the headers of the images, "whole" the images.
    keep:       how many errors, and how many warnings, are listed; all are counted.
    """

    attributes: Sequence[str] = ()
    objects: bool = False
    images: Literal["no", "size", "whole"] = "no"
    keep: int = 100


@dataclass(slots=True)
class Inspection:
    """The result. `sizes` counts images by width x height, from the labels, or from the images if they are checked."""

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
    """Inspects all lines; calls `seen` with the length of each line.

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
        self._add_duplicates()
        if self._paths:
            why = f"{self._paths} references are paths, not S3 URIs: only local tools can read them, jobs cannot"
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
        count = self.found.errors if problem.severity == "error" else self.found.warnings
        if count <= self._options.keep:
            self.found.problems.append(problem)

    def _line(self, number: int, raw: bytes | BadLine) -> Iterator[tuple[str, str, ImageSize | None]]:
        """Counts a line and adds its problems; yields attribute, place and size in the label of each object to check."""
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
        """Counts the labels of a line; returns the image size in them."""
        size: ImageSize | None = None
        for name in label_attributes(line):
            count = self.found.labels.setdefault(name, LabelCount())
            try:
                found = count_label(line, name, count)
            except Invalid as problem:
                self._add(Problem(number, name, problem.message))
                continue
            for why in label_warnings(line, name):
                self._add(Problem(number, name, why, "warning"))
            size = size or found
        if size is not None and self._options.images == "no":
            self.found.sizes[size.width, size.height] += 1
        return size

    def _remember(self, number: int, line: Mapping[str, Any], raw: bytes) -> None:
        """Keeps 16 bytes of each line, so that a million lines take 16 MB."""
        reference = next((value for name, value in line.items() if name.endswith(REFERENCE_SUFFIX)), None)
        key = reference.encode("utf-8", "surrogatepass") if isinstance(reference, str) else raw
        self._digests.append(int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "little"))
        self._numbers.append(number)

    def _add_duplicates(self) -> None:
        """Adds a warning for every line whose object an earlier line has.

        A sixteenth of the lines is sorted at a time, which bounds the memory.
        """
        digests, numbers = self._digests, self._numbers
        found: list[tuple[int, int]] = []
        for share in range(16):
            places = [place for place, digest in enumerate(digests) if digest >> 60 == share]
            places.sort(key=digests.__getitem__)  # stable: lines with equal digests keep their order
            found += (
                (numbers[place], numbers[before])
                for before, place in pairwise(places)
                if digests[before] == digests[place]
            )
        self.found.duplicates = len(found)
        for number, before in sorted(found):
            self._add(Problem(number, None, f"has the same object as line {before}", "warning"))

    def _object(
        self, number: int, attribute: str, labeled: ImageSize | None, task: Future[_ObjectFacts]
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
        if labeled is not None and (labeled.width, labeled.height) != (facts.image.width, facts.image.height):
            why = (
                f"the image is {facts.image.width} x {facts.image.height}, but the image_size of its label is "
                f"{labeled.width} x {labeled.height}"
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
