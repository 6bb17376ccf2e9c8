"""Inspection of a manifest: its problems and its contents, from one pass over all lines in bounded memory.

An error makes the manifest unusable for the jobs that read it; a warning is for a person to judge.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from trigpoint.core.counted import counted
from trigpoint.core.errors import Invalid
from trigpoint.datasets.color_maps import ColorMaps
from trigpoint.datasets.duplicates import Duplicates
from trigpoint.datasets.label_counts import LabelCount, count_label, label_warnings
from trigpoint.datasets.label_presence import LabelPresence
from trigpoint.datasets.line_checks import Problem, Severity, line_problems
from trigpoint.datasets.line_numbers import LineNumbers
from trigpoint.datasets.object_checks import Depth, ObjectFacts, facts_of, object_problems
from trigpoint.datasets.places import Places, join, parent
from trigpoint.datasets.training_rules import TrainingRules, is_path
from trigpoint.records.labels.attributes import label_attributes
from trigpoint.records.labels.image_size import ImageSize
from trigpoint.records.manifest.lines import BadLine, scan_lines
from trigpoint.records.manifest.parsing import parse_line
from trigpoint.records.manifest.selection import REFERENCE_SUFFIX

CHECKS = 32
AHEAD = 256


@dataclass(frozen=True, slots=True)
class Options:
    """What to check in addition to the lines themselves.

    attributes: the attributes that every line must have.
    objects:    check that the objects exist.
    images:     "size" decodes the headers of the images, "whole" the images.
    keep:       how many errors, and how many warnings, are listed; all are counted.
    training:   what a training job asks; images at paths are then decoded, too.
    """

    attributes: Sequence[str] = ()
    objects: bool = False
    images: Depth = "no"
    keep: int = 100
    training: TrainingRules | None = None


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
    refused_by_training: bool = False
    """Whether a training job that reads the label would refuse the manifest, as far as was checked."""


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
        self.found = Inspection(manifest)
        self._duplicates, self._presence = Duplicates(), LabelPresence(options.keep)
        self._paths, self._path_lines = 0, LineNumbers()
        self._masks = ColorMaps()

    def run(self, seen: Callable[[int], None]) -> Inspection:
        waiting: deque[tuple[int, str, ImageSize | None, Future[ObjectFacts]]] = deque()
        with self._places.open(self.found.manifest) as stream, ThreadPoolExecutor(CHECKS, "check") as pool:
            for number, raw in scan_lines(stream):
                seen(0 if isinstance(raw, BadLine) else len(raw) + 1)
                for attribute, place, size, depth in self._line(number, raw):
                    task = pool.submit(facts_of, self._places, place, depth)
                    waiting.append((number, attribute, size, task))
                while len(waiting) > AHEAD:
                    self._object(*waiting.popleft())
            while waiting:
                self._object(*waiting.popleft())
        self._finish()
        self.found.problems.sort(key=lambda each: (each.line, each.attribute or "", each.why))
        return self.found

    def _finish(self) -> None:
        """Adds what only all lines together show."""
        for number, before in self._duplicates.found():
            self.found.duplicates += 1
            self._add(Problem(number, None, f"has the same object as line {before}", "warning"))
        training = self._options.training
        for problem in self._presence.misplaced(self.found.labels):
            if training is None or problem.attribute != training.label:  # else it was reported with its line
                self._add(problem)
        for problem in self._of_all_lines():
            self._add(problem)

    def _of_all_lines(self) -> Iterator[Problem]:
        training = self._options.training
        for name, count in self.found.labels.items():
            trained = training is not None and training.label == name
            refused = set(count.numbering.ids_of_several_names())
            self.found.refused_by_training |= bool(refused) and "object-detection" in count.types
            for conflict in count.numbering.conflicts():
                severity: Severity = "error" if trained and conflict in refused else "warning"
                yield Problem(
                    0, name, f"{conflict}; `trigpoint manifest merge` gives each class one id", severity
                )
        for name, conflict in self._masks.conflicts():
            yield Problem(0, name, f"{conflict}; the masks of these lines mean different classes", "warning")
        if training is None:
            for problem in self._presence.unlabeled(self.found.labels):
                self.found.refused_by_training = True
                yield problem
        if self._paths:
            paths = counted(
                self._paths, "reference is a path, not an S3 URI", "references are paths, not S3 URIs"
            )
            why = f"{paths} ({self._path_lines}): only local tools can read them, jobs cannot"
            yield Problem(0, None, why, "warning" if training is None else "error")
        if not self.found.lines:
            yield Problem(0, None, "the file is empty: it has no lines")

    def _add(self, problem: Problem) -> None:
        if problem.severity == "error":
            self.found.errors += 1
        else:
            self.found.warnings += 1
        count = self.found.errors if problem.severity == "error" else self.found.warnings
        if count <= self._options.keep:
            self.found.problems.append(problem)

    def _line(self, number: int, raw: bytes | BadLine) -> Iterator[tuple[str, str, ImageSize | None, Depth]]:
        """Counts a line and adds its problems; yields each object to check: attribute, place, labeled size, depth."""
        self.found.lines += 1
        try:
            if isinstance(raw, BadLine):
                raise raw
            line = parse_line(raw, number)
        except BadLine as problem:
            self._add(Problem(number, None, problem.why))
            return
        self._duplicates.remember(number, line, raw)
        self.found.attributes.update(line.keys())
        errors = self.found.errors
        for each in line_problems(number, raw, line, self._options.attributes):
            self._add(each)
        size = self._labels(number, line)
        if errors == self.found.errors:
            self._check_for_training(number, raw, line)
        yield from self._objects(number, line, size)

    def _check_for_training(self, number: int, raw: bytes, line: Mapping[str, Any]) -> None:
        """Looks at a line without errors as a training job does."""
        self._presence.see(number, line, label_attributes(line))
        if self._options.training is not None:
            for problem in self._options.training.problems(number, raw, line):
                self._add(problem)

    def _objects(
        self, number: int, line: Mapping[str, Any], size: ImageSize | None
    ) -> Iterator[tuple[str, str, ImageSize | None, Depth]]:
        options = self._options
        image = options.training.image if options.training else "source-ref"
        for name, value in line.items():
            if not (name.endswith(REFERENCE_SUFFIX) and isinstance(value, str) and value):
                continue
            if is_path(value):
                self._paths += 1
                self._path_lines.add(number)
            local = options.training is not None and name == image and is_path(value)
            depth: Depth = "whole" if local else options.images
            if options.objects or depth != "no":
                yield name, join(self._base, value), size if name == image else None, depth

    def _labels(self, number: int, line: Mapping[str, Any]) -> ImageSize | None:
        """Counts the labels of a line; returns the image size in them."""
        size: ImageSize | None = None
        self._see_masks(number, line)
        for name in label_attributes(line):
            count = self.found.labels.setdefault(name, LabelCount())
            try:
                found = count_label(line, name, count, f"line {number}")
            except Invalid as problem:
                self._add(Problem(number, name, problem.message))
                continue
            for why in label_warnings(line, name):
                self._add(Problem(number, name, why, "warning"))
            size = size or found
        if size is not None and self._options.images == "no":
            self.found.sizes[size.sides] += 1
        return size

    def _see_masks(self, number: int, line: Mapping[str, Any]) -> None:
        try:
            self._masks.see(line, f"line {number}")
        except Invalid as problem:
            self._add(Problem(number, None, problem.message, "warning"))

    def _object(
        self, number: int, attribute: str, labeled: ImageSize | None, task: Future[ObjectFacts]
    ) -> None:
        facts = task.result()
        self.found.objects_checked += 1
        self.found.object_bytes += facts.size_bytes
        if facts.image is not None and self._options.images != "no":
            self.found.sizes[facts.image.size.sides] += 1
        for severity, why in object_problems(facts, labeled, self._options.training is not None):
            self._add(Problem(number, attribute, why, severity))
