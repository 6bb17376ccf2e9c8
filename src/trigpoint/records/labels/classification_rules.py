"""What image classification asks of a label: one class id, or with several labels a vector or a list of ids.

A training job checks it when it reads the label, `trigpoint manifest validate --for-training` before.

Source: training.md 1.3, 7.2, 7.6.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from trigpoint.core.errors import Invalid
from trigpoint.records.labels.detection_rules import check_classes
from trigpoint.records.lst import is_detection

LabelFormat = Literal["multi-hot", "class-id"]
FORMATS: Final = ("multi-hot", "class-id")
_CLASS_ID_TYPE: Final = "application/x-recordio; label-format=class-id"
_TOO_LARGE: Final = 1e9
_CLASS_ID: Final = re.compile(rb"[+-]?[0-9]{1,9}")


class UnusableLabel(Invalid):
    """This one label cannot be read; the others may be good."""


@dataclass(frozen=True, slots=True)
class ClassRules:
    """The hyperparameters and the label format that decide how a label is read."""

    num_classes: int
    multi_label: bool = False
    label_format: LabelFormat = "multi-hot"
    """How several classes are given; of no effect without multi_label."""

    def class_ids(self, label: bytes | float | Sequence[float]) -> tuple[int, ...]:
        """The classes of an example: one, or any number with multi_label.

        Args:   label: the text of a manifest's attribute, or the numbers of an image record or a .lst line.
        Raises: UnusableLabel: the text is not a label.
                Invalid: the label does not fit the hyperparameters, so that all the others are doubtful, too.
        """
        ids = self._several(label) if self.multi_label else (_one(label),)
        check_classes(ids, self.num_classes)
        return ids

    def _several(self, label: bytes | float | Sequence[float]) -> tuple[int, ...]:
        if isinstance(label, bytes):
            numbers = _parsed(label)
        else:
            numbers = (label,) if isinstance(label, int | float) else tuple(label)
        if self.label_format == "class-id":
            return tuple(dict.fromkeys(_whole(number) for number in numbers))
        if len(numbers) != self.num_classes:
            raise Invalid(
                f"Mismatch between number of labels in the multi-label data ({len(numbers)}) and the num_classes "
                f"parameter ({self.num_classes}).{_hint(label)}"
            )
        wrong = next((number for number in numbers if number not in (0, 1)), None)
        if wrong is not None:
            raise Invalid(f"{wrong:g} is in a multi-hot label, which has only 0 and 1.{_hint(label)}")
        return tuple(place for place, number in enumerate(numbers) if number == 1)


def _hint(label: bytes | float | Sequence[float]) -> str:
    """What to do when a manifest's list may be one of class ids, as labeling jobs write it."""
    if not isinstance(label, bytes):
        return ""
    return f" If the label is a list of class ids, set ContentType to '{_CLASS_ID_TYPE}'"


def _one(label: bytes | float | Sequence[float]) -> int:
    if isinstance(label, bytes):
        text = label.strip()
        if _CLASS_ID.fullmatch(text):
            return int(text)
        several = "; set multi_label to 1 for several classes" if text.startswith(b"[") else ""
        raise UnusableLabel(f"the label {_shown(text)} is not a class id{several}")
    if isinstance(label, int | float):
        return _whole(label)
    if is_detection(label):
        raise Invalid(
            "The record has boxes; it was packed for object detection, not for image classification"
        )
    raise Invalid(
        f"The label has {len(label)} numbers, but one class id is needed; set multi_label to 1 for several classes"
    )


def _whole(number: float) -> int:
    if not abs(number) < _TOO_LARGE or number != int(number):  # NaN, too: records may hold any float
        raise Invalid(f"Label {number:g} is not a class id; class ids are whole numbers from 0")
    return int(number)


def _parsed(text: bytes) -> tuple[float, ...]:
    """The numbers of a JSON list, or of a single number."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UnusableLabel(f"the label {_shown(text)} is not a list of numbers") from None
    found = value if isinstance(value, list) else [value]
    for each in found:
        # a finite number: json reads NaN and Infinity, too
        if isinstance(each, bool) or not isinstance(each, int | float) or not abs(each) < _TOO_LARGE:
            raise UnusableLabel(f"the label {_shown(text)} is not a list of numbers")
    return tuple(found)


def _shown(text: bytes) -> str:
    return repr(text[:80].decode("utf-8", "replace"))
