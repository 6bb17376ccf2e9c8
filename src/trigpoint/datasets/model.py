"""Labeled images, as every format describes them: an image, and its boxes or classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.report import Report, Tally, Total
from trigpoint.records.labels.boxes import Box
from trigpoint.records.labels.image_size import ImageSize

MAX_CLASSES: Final = 100_000


@dataclass(frozen=True, slots=True)
class LabeledImage:
    """One image: the place in the source that describes it, its name there, its size if known, its boxes or classes.

    `image` is a path below the set's image folder, or a URI. `boxes` is None for a classification, `classes`
    None for a detection.
    """

    where: str
    image: str
    size: ImageSize | None = None
    boxes: tuple[Box, ...] | None = None
    classes: tuple[str, ...] | None = None
    left_out: int = 0
    """How many labels of the image were left out."""


@dataclass(slots=True)
class LabeledSet:
    """The images of a source in its order, and its class names in the order that gives them their ids."""

    images: list[LabeledImage] = field(default_factory=list)
    class_names: list[str] = field(default_factory=list)
    several_classes: bool = False
    notes: list[str] = field(default_factory=list)
    """Facts of the source that a manifest cannot hold, once each."""
    report: Report = field(default_factory=Report)
    """How much the reader has read and left out."""
    images_may_repeat: bool = False
    """Whether entries are records with an id of their own, several of which may have one image."""
    is_declared_empty: bool = False
    """Whether the source itself says that it has no images, labels and classes."""

    def totals(self) -> tuple[Total, Total]:
        """The final counts of images and of labels: what is in `images` was converted."""
        labels = sum(len(image.boxes or ()) + len(image.classes or ()) for image in self.images)
        return self.report.totals(len(self.images), labels)


def names_in(images: Iterable[LabeledImage]) -> list[str]:
    """All class names that the images have, sorted."""
    found: set[str] = set()
    for image in images:
        found.update(box.class_name for box in image.boxes or ())
        found.update(image.classes or ())
    return sorted(found)


def has_several_classes(images: Iterable[LabeledImage]) -> bool:
    """Whether an image has more than one class."""
    return any(len(image.classes or ()) > 1 for image in images)


def class_ids_to(last: int) -> range:
    """The ids 0 to `last`.

    Decision: at most 100,000. A wrong id, such as that of an image, would otherwise make a list that fills the memory.
    Raises: Invalid: more.
    """
    if last >= MAX_CLASSES:
        raise Invalid(
            f"class id {last} is too high; ids number the classes from 0 to at most {MAX_CLASSES - 1}"
        )
    return range(last + 1)


def ids_of(names: Sequence[str]) -> dict[str, int]:
    """The id of each class: its place.

    Raises: Invalid: a name occurs twice, or is empty.
    """
    ids: dict[str, int] = {}
    for place, name in enumerate(names):
        if not name.strip():
            raise Invalid(f"class {place} has an empty name")
        if name in ids:
            raise Invalid(f"duplicate class {name!r} in the list of classes ({ids[name]} and {place})")
        ids[name] = place
    return ids


class BadEntry(Invalid):
    """A part of a source that cannot be used: the file (and place in it), and why, naming the field.

    `reason` is a short form of `why`, under which equal problems are counted.
    """

    def __init__(self, where: str, why: str, reason: str = "bad entry") -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why
        self.reason = reason


class Complaints:
    """Collects the problems of a source: the first one ends the work, or bad entries are skipped and listed."""

    def __init__(self, skip: bool) -> None:
        self._skip = skip
        self.skipped: list[BadEntry] = []

    def add(self, problem: BadEntry, tally: Tally | None = None) -> None:
        """Lists the problem and counts it in the tally of what it leaves out.

        Raises: BadEntry: the problem, unless bad entries are skipped.
        """
        if not self._skip:
            raise problem
        self.skipped.append(problem)
        if tally is not None:
            tally.leave_out(problem.reason)

    def leave_out(self, problem: Invalid, where: str, tally: Tally) -> None:
        """As `add`, for any error in the entry at `where`."""
        self.add(problem if isinstance(problem, BadEntry) else BadEntry(where, problem.message), tally)
