"""What a training job asks of each line of a manifest, checked by the functions that the job uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trigpoint.builtin import ALGORITHMS, AUGMENTED_MANIFEST
from trigpoint.core.errors import Invalid
from trigpoint.datasets.line_checks import Problem
from trigpoint.datasets.places import Places
from trigpoint.records.labels.attributes import label_attributes, may_be_label, missing_labels
from trigpoint.records.labels.boxes import BoxLabel, clip_to_fractions, parse_box_label
from trigpoint.records.labels.classification_rules import ClassRules, LabelFormat
from trigpoint.records.labels.detection_rules import check_classes, check_count, most_boxes
from trigpoint.records.manifest.lines import BadLine, scan_lines
from trigpoint.records.manifest.parsing import parse_line
from trigpoint.records.manifest.selection import REFERENCE_SUFFIX, Reference, compile_selection

TRAINABLE = tuple(
    name
    for name, each in ALGORITHMS.items()
    if each.module and AUGMENTED_MANIFEST in each.forms and not each.attributes[-1].endswith(REFERENCE_SUFFIX)
)
"""The algorithms that read augmented manifests with labels in them."""


CheckLabel = Callable[[bytes], None]
"""Raises: Invalid: a job would refuse or skip an example with this label."""

_ANY_CLASS = 2**31


@dataclass(frozen=True, slots=True)
class TrainingRules:
    """The job's AttributeNames, and what its hyperparameters ask of labels."""

    image: str
    label: str
    check: CheckLabel

    def problems(self, number: int, raw: bytes, line: Mapping[str, Any]) -> Iterator[Problem]:
        """The problems of a line that has both attributes, the image as a URI or a path."""
        names = (self.label,) if is_path(line[self.image]) else (self.image, self.label)
        try:
            value = compile_selection(names)(raw, number)[-1]
        except BadLine as problem:
            yield Problem(number, None, problem.why)
            return
        assert not isinstance(value, Reference), "the name of a label does not end with -ref"
        try:
            self.check(value)
        except Invalid as problem:
            yield Problem(number, self.label, problem.message)


@dataclass(frozen=True, slots=True)
class LabelLimits:
    """The job's hyperparameters that limit labels; None: not checked, or the algorithm's default."""

    num_classes: int | None = None
    label_width: int | None = None
    multi_label: LabelFormat | None = None
    """How labels of several classes are given; None: each image has one class."""


def training_rules(
    algorithm: str, manifest: str, attributes: tuple[str, ...], limits: LabelLimits, places: Places
) -> TrainingRules:
    """The rules of a training of the algorithm with the manifest.

    attributes: the job's AttributeNames; empty takes source-ref and the manifest's only label.
    Raises: Invalid: not an algorithm that reads manifests; other than two attributes; a limit of another algorithm.
    """
    if algorithm not in TRAINABLE:
        raise Invalid(
            f"--for-training {algorithm}: the algorithms that read manifests are {', '.join(TRAINABLE)}"
        )
    check = _box_check(algorithm, limits) if algorithm == "object-detection" else _class_check(limits)
    return TrainingRules(*_attributes(manifest, attributes, places), check)


def _class_check(limits: LabelLimits) -> CheckLabel:
    if limits.label_width is not None:
        raise Invalid("--label-width is for object-detection; leave it out")
    if limits.multi_label == "multi-hot" and limits.num_classes is None:
        raise Invalid("--multi-label multi-hot needs --num-classes: a label has a number for each class")
    rules = ClassRules(
        limits.num_classes or _ANY_CLASS, limits.multi_label is not None, limits.multi_label or "multi-hot"
    )

    def check(value: bytes) -> None:
        rules.class_ids(value)

    return check


def _box_check(algorithm: str, limits: LabelLimits) -> CheckLabel:
    if limits.multi_label is not None:
        raise Invalid("--multi-label is for image-classification; leave it out")
    default = next(
        each.default for each in ALGORITHMS[algorithm].hyperparameters if each.name == "label_width"
    )
    most = most_boxes(limits.label_width if limits.label_width is not None else int(default or 0))

    def check(value: bytes) -> None:
        label = parse_box_label(value)
        if limits.num_classes is not None:
            check_classes(label.class_ids, limits.num_classes)
        check_count(sum(map(_is_inside(label), label.boxes_ltwh)), most)

    return check


def _is_inside(label: BoxLabel) -> Callable[[tuple[float, float, float, float]], bool]:
    size = label.image_size
    return lambda box: (box[2] > 0 < box[3]) if size is None else clip_to_fractions(box, size) is not None


def is_path(value: Any) -> bool:
    """Whether a reference is a path, which only local tools can read."""
    return isinstance(value, str) and "://" not in value


def _attributes(manifest: str, given: tuple[str, ...], places: Places) -> tuple[str, str]:
    """The image and the label that a training reads: those given, or source-ref and the manifest's only label.

    Raises: Invalid: not two, a label that is a reference, or no or several labels to choose from.
    """
    if given:
        if len(given) != 2 or given[1].endswith(REFERENCE_SUFFIX):
            raise Invalid(
                f"a training reads two attributes, the image and its label, not {', '.join(given)}; "
                "name them with --attributes source-ref,LABEL"
            )
        return given[0], given[1]
    found = _labels_in(manifest, places)
    if len(found) != 1:
        raise Invalid(
            f"{manifest} has {len(found)} labels ({', '.join(found) or 'none'}); "
            "choose with --attributes source-ref,LABEL"
        )
    return "source-ref", found[0]


def _labels_in(manifest: str, places: Places) -> list[str]:
    """The labels of the first line that has any; without metadata, the attributes of the first line."""
    plain: list[str] = []
    with places.open(manifest) as stream:
        for number, raw in scan_lines(stream):
            try:
                line = {} if isinstance(raw, BadLine) else parse_line(raw, number)
            except BadLine:
                continue
            if labels := list(dict.fromkeys((*label_attributes(line), *missing_labels(line)))):
                return labels
            plain = plain or [name for name in line if may_be_label(name)]
    return plain
