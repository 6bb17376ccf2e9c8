"""Labeled data for a training: the attributes of a manifest, and its lines divided for training and validation.

The lines are divided as by `trigpoint manifest split --stratify`: at random from a seed, each combination of classes
separately, so that rare classes reach both parts. Lines stay byte for byte and keep their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trigpoint.core.errors import Invalid, LimitExceeded, NotFound
from trigpoint.datasets.cut import choose_parts, stratum_of
from trigpoint.objects import ObjectStore, OpenObject
from trigpoint.objects.uri import parse_s3_uri
from trigpoint.records.labels.attributes import METADATA, label_type, may_be_label
from trigpoint.records.labels.boxes import parse_box_label
from trigpoint.records.labels.classes import read_class_ids, read_class_map
from trigpoint.records.manifest.lines import BadLine, split_lines
from trigpoint.records.manifest.parsing import parse_line

MOST_LINES: Final = 500_000
"""Decision: larger manifests are divided by `trigpoint manifest split`, without the limits of a page."""
LOOK_LINES: Final = 20
NAME_LINES: Final = 500
"""A class map of Ground Truth has the classes of one line only, so many lines are read for all names."""
ALGORITHMS_BY_LABEL: Final = {
    "object-detection": "object-detection",
    "image-classification": "image-classification",
    "image-classification-multilabel": "image-classification",
    "text-classification": "linear-text-classification",
}
"""The algorithm that learns from a type of labels."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Two manifests, the number of their lines, and what a training needs to know of them."""

    train_uri: str
    validation_uri: str
    train_count: int
    validation_count: int
    class_count: int
    label_type: str


class LabeledData:
    """Reads manifests of an object store, and writes parts of them."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def attributes(self, uri: str) -> list[str]:
        """The attributes of the first lines: what they show first, then labels, then metadata.

        Raises: Invalid: it is no manifest (says why). NotFound: there is no such object.
        """
        found: dict[str, None] = {}
        for number, raw in self._lines(uri):
            if number > LOOK_LINES:
                break
            found |= dict.fromkeys(_parsed(uri, raw, number))
        return sorted(found, key=_rank)

    def class_names(self, uri: str, attribute: str) -> dict[int, str]:
        """The names of the classes in the first NAME_LINES lines, by id; the first seen where an id has several.

        Raises: Invalid: it is no manifest (says why). NotFound: there is no such object.
        """
        found: dict[int, str] = {}
        for number, raw in self._lines(uri):
            if number > NAME_LINES:
                break
            for class_id, name in read_class_map(_parsed(uri, raw, number), attribute).items():
                found.setdefault(class_id, name)
        return found

    def divide(self, uri: str, attribute: str, target: str, validation_share: float, seed: int) -> Parts:
        """Writes `train.manifest` and `validation.manifest` below the prefix `target`; the same arguments write the same.

        Lines without the label are left out.
        Raises: Invalid: a line is broken, or fewer than 2 have the label. LimitExceeded: more than MOST_LINES lines.
            NotFound: there is no such object or bucket.
        """
        strata, kind, class_count = self._look(uri, attribute)
        if len(strata) < 2:
            raise Invalid(
                f"{uri}: {len(strata)} lines have the label {attribute!r}; a training needs 2 or more"
            )
        parts = choose_parts([text for _, text in strata], [1 - validation_share, validation_share], seed)
        numbers = [number for number, _ in strata]
        # A small set may leave a part empty; both need a line.
        if len(set(parts)) == 1:
            parts[-1] = 1 - parts[0]
        chosen = dict(zip(numbers, parts, strict=True))
        train_uri, validation_uri = (
            f"{target.rstrip('/')}/{name}.manifest" for name in ("train", "validation")
        )
        for part, each in enumerate((train_uri, validation_uri)):
            bucket, key = parse_s3_uri(each)
            lines = (raw + b"\n" for number, raw in self._lines(uri) if chosen.get(number) == part)
            self._objects.put(bucket, key, lines, content_type="application/jsonlines")
        return Parts(train_uri, validation_uri, parts.count(0), parts.count(1), class_count, kind)

    def size_bytes(self, uri: str) -> int | None:
        """The size of an object; None when there is none."""
        try:
            return self._objects.head(*parse_s3_uri(uri)).size_bytes
        except NotFound:
            return None

    def opened(self, uri: str) -> OpenObject:
        """An object and its bytes; the caller closes the file.

        Raises: NotFound: there is no such object.
        """
        return self._objects.open_object(*parse_s3_uri(uri))

    def _look(self, uri: str, attribute: str) -> tuple[list[tuple[int, str]], str, int]:
        """Number and classes of each line that has the label; the type of the labels; one more than the highest id."""
        strata: list[tuple[int, str]] = []
        kind, highest = "", -1
        for number, raw in self._lines(uri):
            if number > MOST_LINES:
                raise LimitExceeded(
                    f"{uri} has more than {MOST_LINES:,} lines; divide it with `trigpoint manifest split`"
                )
            line = _parsed(uri, raw, number)
            if attribute not in line:
                continue
            kind = kind or label_type(line, attribute)
            if kind not in ALGORITHMS_BY_LABEL:
                raise Invalid(
                    f"{uri}: no built-in algorithm learns from labels of the type {kind!r} ({attribute})"
                )
            strata.append((number, stratum_of(raw, number, attribute, uri)))
            highest = max(highest, *read_class_map(line, attribute), *_ids(line[attribute], kind), -1)
        return strata, kind, highest + 1

    def _lines(self, uri: str) -> Iterator[tuple[int, bytes]]:
        bucket, key = parse_s3_uri(uri)
        if not key or key.endswith("/"):
            raise Invalid(f"{uri!r} names no object; name a manifest, such as s3://{bucket}/train.manifest")
        with self._objects.open(bucket, key) as stream:
            try:
                yield from split_lines(stream)
            except BadLine as problem:
                raise Invalid(f"{uri}, {problem.message}") from None


def _parsed(uri: str, raw: bytes, number: int) -> dict[str, object]:
    try:
        return parse_line(raw, number)
    except BadLine as problem:
        raise Invalid(f"{uri}, {problem.message}") from None


def _ids(value: object, kind: str) -> Sequence[int]:
    if kind == "object-detection":
        return parse_box_label(value).class_ids
    return read_class_ids(value, "label")


def _rank(name: str) -> tuple[int, str]:
    """Sources come first, then labels, then the rest."""
    if name in ("source-ref", "source"):
        return 0, name
    if may_be_label(name):
        return 1, name
    return (3 if name.endswith(METADATA) else 2), name
