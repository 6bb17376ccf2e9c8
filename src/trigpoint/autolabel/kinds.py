"""What automated labeling needs to know of a kind of label: what people gave, what a model predicts, and how well both agree.

The loop knows only confidences and qualities, both from 0 to 1. Each kind of label has a module that makes them:
`class_kind`, `box_kind`, `mask_kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from trigpoint.labeling.task_types.contract import Label


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the machine would write on an object, and how sure it is that this is good enough.

    value: a class id, boxes, or where a mask is; its kind knows
    """

    value: Any
    confidence: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The predictions of a round by object index.

    quality: of those objects of the validation set that have a prediction; 1 is what people gave, 0 has nothing of it
    """

    predictions: Mapping[int, Prediction]
    quality: Mapping[int, float]


class LabelKind(Protocol):
    """One kind of label in one job."""

    @property
    def target(self) -> float:
        """The mean quality that is promised. Source: ground-truth.md 5.4."""

    @property
    def measure(self) -> str:
        """What the quality is, in a report: accuracy, mean IoU."""

    def given(self, line: Mapping[str, Any]) -> Any | None:
        """What people gave in an output line; None where it is not a label of this job's classes."""

    def training_value(self, given: Any) -> Any:
        """What a training reads as the value of the label attribute."""

    def read(self, reply: bytes, uri: str) -> Any | None:
        """What a model has found in one object; None where it could not read the object.

        Args:   uri: of the file that the reply is in.
        Raises: Invalid: it is not the reply of a model of this kind and these classes, or of one that has diverged.
        """

    def judge(self, found: Mapping[int, Any], given: Mapping[int, Any]) -> Judged:
        """The predictions, and how good those of the validation set are.

        Args:   found: what `read` returned, by object index. given: of the validation set.
        Raises: Invalid, RemoteUnavailable: what a model has found cannot be read again.
        """

    def quality(self, found: Any, drawn: Any) -> float:
        """How good a label is where people gave the other one. Both are what `given` returned. Raises: RemoteUnavailable."""

    def label(self, prediction: Prediction) -> Label:
        """The label that the machine writes. Raises: Invalid, RemoteUnavailable: it cannot be read."""
