"""Agreement about what is found in an object, such as boxes or spans: F1, and how well matched ones overlap.

Two workers' answers are compared thing by thing. F1 is twice the number of matched things, divided by the number of
things in both answers. All pairs of workers of all objects are summed up, so that an object with many things counts more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigpoint.labeling.agreement.figures import ratio


@dataclass(slots=True)
class _Sums:
    """The things in both answers of each pair, the matched ones, and the sum of the overlaps of these."""

    things: int = 0
    matched: int = 0
    overlap: float = 0.0


@dataclass(slots=True)
class FoundSums:
    """The sums of all pairs of answers so far, in all and by class."""

    _all: _Sums = field(default_factory=_Sums)
    _classes: dict[str, _Sums] = field(default_factory=dict)

    def add_things(self, class_names: Iterable[str], comparisons: int) -> None:
        """Adds the things of one answer, which is compared with so many others."""
        for name in class_names:
            self._all.things += comparisons
            self._class(name).things += comparisons

    def add_match(self, class_name: str, overlap: float = 1.0) -> None:
        """Adds a pair of things of one class that two workers agree on. overlap: their IoU."""
        for sums in (self._all, self._class(class_name)):
            sums.matched += 1
            sums.overlap += overlap

    def _class(self, name: str) -> _Sums:
        sums = self._classes.get(name)
        if sums is None:
            sums = self._classes[name] = _Sums()
        return sums

    def figures(self) -> dict[str, float | None]:
        """`f1` and `mean_iou` of all classes together."""
        return _figures(self._all)

    def class_figures(self, labels: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The same by class."""
        return {name: _figures(self._classes.get(name, _Sums())) for name in labels}


def _figures(sums: _Sums) -> dict[str, float | None]:
    return {"f1": ratio(2 * sums.matched, sums.things), "mean_iou": ratio(sums.overlap, sums.matched)}
