"""What is known about the label of each data object: confidence, disagreement of its answers, classes.

People sort and filter the objects of a job by these figures. They are written in the transaction that writes the labels.

Decision: the confidence of a label with several things, such as boxes, is that of the least certain one, because
people who look for mistakes want to see it first. A label without things has no confidence.
Decision: disagreement is 1 minus the agreement that the report of the job shows: F1 of boxes and entities, the share of
equal pairs of class answers, the mean IoU of masks. Masks of more than `MOST_COMPARED_MASKS` workers are not compared,
because that takes long; neither are custom answers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.contract import TaskType
from trigpoint.records.labels.attributes import label_type, metadata_of
from trigpoint.records.labels.boxes import read_boxes
from trigpoint.records.labels.classes import class_name, read_class_ids, read_class_map
from trigpoint.records.labels.masks import COLOR_MAP, opened_mask, read_color_map
from trigpoint.records.labels.spans import parse_span_label

MOST_CLASSES: Final = 1_000
"""Of one object."""
MOST_NAME_CHARACTERS: Final = 300
"""Of a class name; a longer one is cut."""
MOST_COMPARED_MASKS: Final = 3
_MEASURES: Final = ("f1", "span_f1", "pairwise_agreement", "mean_iou")
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class ObjectFigures:
    """The figures of one labeled object.

    confidence, disagreement: from 0 to 1, None if unknown. classes: how many things of each class the label has.
    """

    confidence: float | None = None
    disagreement: float | None = None
    classes: Mapping[str, int] = field(default_factory=dict)

    @property
    def things(self) -> int:
        return sum(self.classes.values())


def figures_of(
    line: Mapping[str, Any],
    attribute: str,
    names: Mapping[int, str],
    disagreement: float | None = None,
    mask_png: bytes | None = None,
) -> ObjectFigures:
    """The figures of the label in an output line; those of a malformed label are unknown.

    names: of the class ids that the line does not name. mask_png: the mask, if the label is one and it is at hand.
    """
    try:
        confidences, classes = _read(line, attribute, names, mask_png)
    except Invalid:
        return ObjectFigures(disagreement=disagreement)
    counted = Counter(stored_name(each) for each in classes).most_common(MOST_CLASSES)
    return ObjectFigures(min(confidences, default=None), disagreement, dict(counted))


def stored_name(class_name: str) -> str:
    """The name of a class as the figures keep it: cut, and without what a database cannot keep."""
    text = class_name.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return text[:MOST_NAME_CHARACTERS]


def figures_of_members(
    job: Job, members: Mapping[int, str], read: Callable[[str], bytes]
) -> dict[int, ObjectFigures]:
    """The figures of labels given as the members that they add to output lines, by object index.

    read: gives the file of a label that is written into one.
    """
    names, attribute = dict(enumerate(job.labels)), job.spec.label_attribute
    found = {}
    for index, text in members.items():
        line = json.loads(f"{{{text}}}")
        is_mask = label_type(line, attribute) == "semantic-segmentation"
        mask_png = read(line[attribute]) if is_mask else None
        found[index] = figures_of(line, attribute, names, mask_png=mask_png)
    return found


def disagreement_of(job: Job, task_type: TaskType[Any], answers: Mapping[str, Any]) -> float | None:
    """How much the answers of one object differ, from 0 to 1; None if that is not measured."""
    if task_type.agreement is None or len(answers) < 2:
        return None
    if task_type.consolidation_s is not None and len(answers) > MOST_COMPARED_MASKS:
        return None
    agreement = task_type.agreement(job)
    agreement.add(answers)
    measures = agreement.result()["measures"]
    found = next((measures[name] for name in _MEASURES if name in measures), None)
    if found is None:  # boxes or entities that nobody has drawn: the workers agree
        return 0.0
    return round(1 - float(found), _DIGITS)


def _read(
    line: Mapping[str, Any], attribute: str, names: Mapping[int, str], mask_png: bytes | None
) -> tuple[list[float], list[str]]:
    """The confidences in the label, and the class of each thing in it."""
    kind = label_type(line, attribute)
    metadata = metadata_of(line, attribute)
    if kind == "object-detection":
        _, boxes = read_boxes(line, attribute, names)
        stated = bool(metadata.get("objects"))
        return [box.confidence for box in boxes] if stated else [], [box.class_name for box in boxes]
    if kind == "text-span":
        spans = parse_span_label(line.get(attribute), attribute)
        entries = metadata.get("entities")
        entries = entries if isinstance(entries, list) else []
        return _confidences(entries), [span.label for span in spans]
    if kind == "semantic-segmentation":
        mapped = metadata.get(COLOR_MAP)
        entries = list(mapped.values()) if isinstance(mapped, Mapping) else []
        return _confidences(entries), _mask_classes(metadata, attribute, mask_png)
    if kind.startswith(("image-classification", "text-classification", "label-verification")):
        own = read_class_map(line, attribute)
        classes = [class_name(each, own, names) for each in read_class_ids(line.get(attribute), attribute)]
        mapped = metadata.get("confidence-map")
        if isinstance(mapped, Mapping):
            return _confidences([{"confidence": each} for each in mapped.values()]), classes
        return _confidences([metadata]), classes
    return _confidences([metadata]), []


def _confidences(entries: list[Any]) -> list[float]:
    found = [each.get("confidence") for each in entries if isinstance(each, Mapping)]
    return [float(each) for each in found if isinstance(each, int | float) and not isinstance(each, bool)]


def _mask_classes(metadata: Mapping[str, Any], attribute: str, png: bytes | None) -> list[str]:
    """The classes that a mask shows; none if it is not at hand."""
    if png is None:
        return []
    named = read_color_map(metadata, attribute)
    with opened_mask(png) as mask:
        mask.load()
        counts = mask.histogram() if mask.mode in ("P", "L") else []
    return [
        named[number].name for number, pixels in enumerate(counts) if number and pixels and number in named
    ]
