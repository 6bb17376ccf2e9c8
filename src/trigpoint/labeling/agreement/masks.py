"""Agreement about masks: the IoU of the areas that two workers give to a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Generic, TypeVar

from trigpoint.labeling.agreement.figures import DECIMALS, ratio

A = TypeVar("A")

Overlap = tuple[int, int]
"""The pixels that both answers give to a class, and those that at least one of them does."""


@dataclass(slots=True)
class MaskAgreement(Generic[A]):
    """The sums of all objects so far.

    compare: for two answers of an object, the overlap of each class by its name. Classes in neither of them may be
    left out.
    Decision: `mean_iou` is the mean over the comparisons of the mean over the classes in them, so that large images
    count as much as small ones. The `iou` of a class is the mean over the comparisons with that class.
    """

    labels: Sequence[str]
    compare: Callable[[A, A], Mapping[str, Overlap]]
    _comparisons: int = 0
    _iou: float = 0.0
    _classes: dict[str, tuple[int, float]] = field(default_factory=dict)

    def add(self, answers: Mapping[str, A]) -> None:
        """Adds the answers of an object, by worker id."""
        for one, two in combinations(answers.values(), 2):
            ious = {
                name: both / either for name, (both, either) in self.compare(one, two).items() if either > 0
            }
            self._comparisons += 1
            self._iou += sum(ious.values()) / len(ious) if ious else 1.0
            for name, iou in ious.items():
                count, total = self._classes.get(name, (0, 0.0))
                self._classes[name] = (count + 1, total + iou)

    def result(self) -> dict[str, Any]:
        """The figures as JSON: `measures` of all classes together, and `classes` by name."""
        return {
            "measures": {"mean_iou": ratio(self._iou, self._comparisons)},
            "classes": {name: self._class(name) for name in self.labels},
        }

    def _class(self, name: str) -> dict[str, Any]:
        count, total = self._classes.get(name, (0, 0.0))
        return {"comparisons": count, "iou": round(total / count, DECIMALS) if count else None}
