"""Labels of one class: an object's confidence is the probability of the class, and a prediction is right or wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from trigpoint.autolabel.kinds import Judged, Prediction
from trigpoint.autolabel.threshold import TARGET
from trigpoint.core.errors import Invalid
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.class_labels import write_one
from trigpoint.labeling.task_types.contract import Label
from trigpoint.records.labels.classes import parse_class_id


class ClassKind:
    """Implements `kinds.LabelKind`."""

    target: Final = TARGET
    measure: Final = "accuracy"

    def __init__(self, job: Job) -> None:
        self._labels = job.labels
        self._attribute = job.spec.label_attribute

    def given(self, line: Mapping[str, Any]) -> int | None:
        """The class id."""
        try:
            class_id = parse_class_id(line[self._attribute])
        except (Invalid, KeyError):
            return None
        return class_id if class_id < len(self._labels) else None

    def training_value(self, given: int) -> int:
        return given

    def read(self, reply: bytes, uri: str) -> Prediction | None:
        values = probabilities(reply, len(self._labels))
        if values is None:
            return None
        best = int(np.argmax(values))
        if not np.isfinite(values[best]):
            raise Invalid("the model predicts numbers that are not finite; its training has diverged")
        return Prediction(best, float(values[best]))

    def judge(self, found: Mapping[int, Prediction], given: Mapping[int, int]) -> Judged:
        quality = {
            index: float(found[index].value == class_id)
            for index, class_id in given.items()
            if index in found
        }
        return Judged(found, quality)

    def quality(self, found: int, drawn: int) -> float:
        return float(found == drawn)

    def label(self, prediction: Prediction) -> Label:
        return write_one(prediction.value, prediction.confidence, self._labels)


def probabilities(reply: bytes, class_count: int) -> Sequence[float] | None:
    """The prediction in one reply; None where the model could not read the object.

    Raises: Invalid: it is not the reply of a model with these classes.
    """
    try:
        found = json.loads(reply)["prediction"]
        if found == []:
            return None
        values = [float(value) for value in found]
    except (ValueError, KeyError, TypeError):
        raise Invalid(f"the model's reply cannot be read: {reply[:100]!r}") from None
    if len(values) != class_count:
        raise Invalid(f"the model knows {len(values)} classes, the job has {class_count}")
    return values
