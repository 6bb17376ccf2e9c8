"""Agreement about boxes: F1, the mean IoU of matched boxes, and whether these have the same class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trigpoint.labeling.agreement.figures import ratio
from trigpoint.labeling.agreement.found import FoundSums
from trigpoint.labeling.consolidation.overlaps import Edges, overlapping_pairs
from trigpoint.records.labels.boxes import Box

MATCH_IOU = 0.5


@dataclass(slots=True)
class BoxAgreement:
    """The sums of all objects so far.

    Two boxes of two workers match from an IoU of 0.5 on, the best pairs first, each box at most once per other worker.
    They count for F1 and the mean IoU if their class is the same.
    """

    labels: Sequence[str]
    _sums: FoundSums = field(default_factory=FoundSums)
    _matched: int = 0
    _same_class: int = 0

    def add(self, answers: Mapping[str, Sequence[Box]]) -> None:
        """Adds the answers of an object, by worker id."""
        if len(answers) < 2:
            return
        boxes: list[Box] = []
        owners: list[int] = []
        for number, (_, drawn) in enumerate(sorted(answers.items())):
            self._sums.add_things((box.class_name for box in drawn), len(answers) - 1)
            boxes += drawn
            owners += [number] * len(drawn)
        edges = [
            Edges(box.left, box.top, box.right, box.bottom, box.width * box.height, 1 << owner)
            for box, owner in zip(boxes, owners, strict=True)
        ]
        taken: set[tuple[int, int]] = set()
        for iou, one, two in sorted(overlapping_pairs(edges, MATCH_IOU), key=lambda p: (-p[0], p[1], p[2])):
            uses = {(one, owners[two]), (two, owners[one])}
            if taken & uses:
                continue
            taken |= uses
            self._matched += 1
            if boxes[one].class_name == boxes[two].class_name:
                self._same_class += 1
                self._sums.add_match(boxes[one].class_name, iou)

    def result(self) -> dict[str, Any]:
        """The figures as JSON: `measures` of all classes together, and `classes` by name."""
        measures = {**self._sums.figures(), "same_class": ratio(self._same_class, self._matched)}
        return {"measures": measures, "classes": self._sums.class_figures(self.labels)}
