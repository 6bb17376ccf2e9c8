"""Labels that are boxes: the boxes of a detector above a score, and how good all of them together are expected to be.

A detector reports hundreds of boxes in an image. Of most objects only the scores are kept; the boxes are read again when they are
needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trigpoint.autolabel.box_figures import FAINT, box_figures
from trigpoint.autolabel.box_quality import mean_iou
from trigpoint.autolabel.expected_quality import expected_quality
from trigpoint.autolabel.kinds import Judged, Prediction
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.labeling.model import Job
from trigpoint.labeling.task_types.contract import Label
from trigpoint.objects import ObjectStore
from trigpoint.records.labels.boxes import Box, read_boxes, write_box_label, write_box_metadata
from trigpoint.records.labels.image_size import ImageSize, read_image_size
from trigpoint.records.labels.values import read_number

SCORES: Final = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
"""The lowest score of a box in a label is one of these."""

_SCORE_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Drawn:
    """Boxes in an image; of a model, each with its score as confidence."""

    size: ImageSize
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class FoundBoxes:
    """What a model has found in an image: the file with its reply, and the scores of its boxes, without those that are noise."""

    uri: str
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BoxesAbove:
    """The boxes whose score is at least `lowest`."""

    found: FoundBoxes
    lowest: float


class BoxKind:
    """Implements `kinds.LabelKind`."""

    target: Final = 0.6
    measure: Final = "mean IoU"

    def __init__(self, job: Job, objects: ObjectStore) -> None:
        self._objects = objects
        self._names = dict(enumerate(job.labels))
        self._ids = {name: class_id for class_id, name in self._names.items()}
        self._attribute = job.spec.label_attribute

    def given(self, line: Mapping[str, Any]) -> Drawn | None:
        """The boxes; None if one is of no class of the job, or the size of the image is unknown."""
        try:
            size, boxes = read_boxes(line, self._attribute, self._names)
        except (Invalid, KeyError):
            return None
        if size is None or any(box.class_name not in self._ids for box in boxes):
            return None
        return Drawn(size, boxes)

    def training_value(self, given: Drawn) -> dict[str, Any]:
        return write_box_label(given.boxes, self._ids, given.size)

    def read(self, reply: bytes, uri: str) -> FoundBoxes | None:
        found = self._parsed(reply)
        if found is None:
            return None
        scores = [box.confidence for box in found.boxes if box.confidence >= FAINT]
        return FoundBoxes(uri, np.array(scores, dtype=np.float32))

    def _parsed(self, reply: bytes) -> Drawn | None:
        """The boxes in a reply; None where the model could not read the image. Raises: Invalid."""
        try:
            found = json.loads(reply)
            if found.get("annotations") is None and "error" in found:
                return None
            size = read_image_size(found["image_size"])
            boxes = tuple(self._box(each) for each in found["annotations"])
        except (ValueError, KeyError, TypeError, AttributeError, Invalid):
            raise Invalid(f"the model's reply cannot be read: {reply[:100]!r}") from None
        if size is None:
            raise Invalid("the model's reply has no image_size")
        return Drawn(size, tuple(box for box in boxes if box.width > 0 and box.height > 0))

    def _box(self, entry: Mapping[str, Any]) -> Box:
        name = self._names[int(entry["class_id"])]
        left, top, width, height, score = (
            read_number(entry[part], part) for part in ("left", "top", "width", "height", "score")
        )
        return Box(name, left, top, width, height, round(score, _SCORE_DIGITS))

    def judge(self, found: Mapping[int, FoundBoxes], given: Mapping[int, Drawn]) -> Judged:
        """A box is in the label from the score on with which the validation set has the best labels."""
        if not found:
            return Judged({}, {})
        known = {index: self._boxes(found[index], SCORES[0]) for index in given if index in found}
        lowest = _best_score(list(known.values()), [given[index] for index in known])
        quality = {index: mean_iou(_above(each, lowest), given[index].boxes) for index, each in known.items()}
        figures = np.array([box_figures(each.scores, lowest) for each in found.values()])
        at = {index: place for place, index in enumerate(found)}
        sure = expected_quality(figures, [at[k] for k in known], np.array(list(quality.values())))
        predictions = {
            index: Prediction(BoxesAbove(each, lowest), float(sure[at[index]]))
            for index, each in found.items()
        }
        return Judged(predictions, quality)

    def _boxes(self, found: FoundBoxes, lowest: float) -> Drawn:
        """The boxes of at least this score in an image. Raises: Invalid, RemoteUnavailable: they cannot be read again."""
        try:
            drawn = self._parsed(self._objects.read_uri(found.uri))
        except NotFound as error:
            raise Invalid(f"the boxes of the model are gone: {error.message}") from None
        if drawn is None:
            raise Invalid(f"{found.uri}: the boxes of the model are gone")
        return Drawn(drawn.size, _above(drawn, lowest))

    def quality(self, found: Drawn, drawn: Drawn) -> float:
        return mean_iou(found.boxes, drawn.boxes)

    def label(self, prediction: Prediction) -> Label:
        chosen: BoxesAbove = prediction.value
        drawn = self._boxes(chosen.found, chosen.lowest)
        value = write_box_label(drawn.boxes, self._ids, drawn.size)
        return Label(value, write_box_metadata(drawn.boxes, self._ids))


def _above(found: Drawn, lowest: float) -> tuple[Box, ...]:
    return tuple(box for box in found.boxes if box.confidence >= lowest)


def _best_score(found: Sequence[Drawn], given: Sequence[Drawn]) -> float:
    def quality(score: float) -> float:
        pairs = zip(found, given, strict=True)
        return sum(mean_iou(_above(one, score), other.boxes) for one, other in pairs)

    return max(SCORES, key=lambda score: (quality(score), score))
