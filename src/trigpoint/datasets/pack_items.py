"""What is packed into a .rec file: the rows of a .lst file, or the lines of a manifest."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from trigpoint.core.errors import Invalid
from trigpoint.datasets.model import BadEntry, Complaints
from trigpoint.datasets.parsed_lines import parsed_lines
from trigpoint.datasets.places import Places, join, parent
from trigpoint.datasets.references import image_reference
from trigpoint.datasets.report import Tally
from trigpoint.datasets.text_file import LARGEST_SET_BYTES, lines_of, read_place
from trigpoint.records.labels.attributes import label_attributes, label_type, missing_labels
from trigpoint.records.labels.boxes import BoxLabel, parse_box_label
from trigpoint.records.labels.classes import parse_class_id, read_class_map
from trigpoint.records.labels.numbering import ClassNumbering
from trigpoint.records.lst import BadRow, parse_rows

SHUFFLE_SEED = 100
NO_LABEL: Final = "no label"
BAD: Final = "bad entry"


@dataclass(frozen=True, slots=True)
class PackedItem:
    """One record to write: its place in the source, its id, its image and its label."""

    where: str
    index: int
    place: str
    label: Label


Label = float | tuple[float, ...] | BoxLabel


def items_of_lst(
    lst: str, root: str, places: Places, complaints: Complaints, tally: Tally | None = None
) -> Iterator[PackedItem]:
    """The items of a .lst; a label of one number is a scalar, of several numbers a vector."""
    for row in parse_rows(lines_of(read_place(lst, places, LARGEST_SET_BYTES))):
        if isinstance(row, BadRow):
            complaints.add(BadEntry(f"{lst}, line {row.number}", row.why), tally)
            continue
        label = row.label[0] if len(row.label) == 1 else row.label
        yield PackedItem(f"{lst}, index {row.index}", row.index, join(root, row.path), label)


def items_of_manifest(
    manifest: str,
    attribute: str | None,
    num_classes: int | None,
    places: Places,
    complaints: Complaints,
    tally: Tally | None = None,
) -> Iterator[PackedItem]:
    """The items of a manifest, numbered from 0; `num_classes` turns lists of classes into multi-hot vectors.

    Raises: Invalid: the class maps give an id two names. A record has only the ids.
    """
    base, classes = parent(manifest), ClassNumbering()
    for number, where, line in parsed_lines(manifest, places, complaints, tally):
        try:
            reference, name = image_reference(line, "source-ref"), attribute or _only_label(line)
            if name not in line:
                raise Invalid(no_label(line, name))
            label = _label(line[name], label_type(line, name), num_classes)
            is_new = classes.see(read_class_map(line, name), (), where)
        except Invalid as problem:
            reason = (
                NO_LABEL if (attribute is not None and attribute not in line) or missing_labels(line) else BAD
            )
            complaints.add(BadEntry(where, problem.message, reason), tally)
        else:
            if is_new:
                classes.require_one_name()
            yield PackedItem(where, number - 1, join(base, reference), label)


def _only_label(line: dict[str, object]) -> str:
    found = label_attributes(line)
    if not found and (missing := missing_labels(line)):
        raise Invalid(no_label(line, next(iter(missing))))
    if len(found) != 1:
        raise Invalid(f"{len(found)} labels ({', '.join(found) or 'none'}); choose one with --attribute")
    return found[0]


def no_label(line: Mapping[str, object], name: str) -> str:
    """The reason why a line without this label cannot be used."""
    failure = missing_labels(line).get(name)
    return f"has no attribute {name!r}" + (f"; its labeling failed: {failure}" if failure else "")


def _label(value: object, kind: str, num_classes: int | None) -> Label:
    if kind == "object-detection":
        return parse_box_label(value)
    if not isinstance(value, list):
        return float(parse_class_id(value, "the label"))
    if num_classes is None:
        raise Invalid("the label is a list of classes; --classes N is needed to write it as a vector")
    ids = {parse_class_id(each, f"the label's entry {k}") for k, each in enumerate(value)}
    if ids and max(ids) >= num_classes:
        raise Invalid(f"class {max(ids)} is out of range: --classes is {num_classes}")
    return tuple(float(number in ids) for number in range(num_classes))


def shuffled(items: Iterable[PackedItem], seed: int = SHUFFLE_SEED) -> list[PackedItem]:
    """The items in random order; the same seed gives the same order."""
    found = list(items)
    random.Random(seed).shuffle(found)
    return found
