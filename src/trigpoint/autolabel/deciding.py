"""What a round decides from the predictions: the threshold, the labels of the machine, and the next objects for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trigpoint.autolabel.predicting import Prediction
from trigpoint.autolabel.round_data import Labeled
from trigpoint.autolabel.sizes import unsure_of
from trigpoint.autolabel.threshold import Accepted, choose_threshold

_NONE = Prediction(-1, 0.0)


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a round.

    accepted: the validation objects accepted in all rounds; retired: those that this round adds
    labels:   predictions that become labels, by object index
    people:   objects that people label next
    """

    validation_accuracy: float
    threshold: float | None
    accepted: Accepted
    retired: tuple[int, ...]
    labels: Mapping[int, Prediction]
    people: Sequence[int]


def decide(
    validation: Sequence[Labeled],
    retired: Sequence[int],
    before: Accepted,
    held: Sequence[int],
    predictions: Mapping[int, Prediction],
    most_labels: int,
    most_people: int,
    seed: str,
) -> Decision:
    """The decision of one round.

    An object without a prediction is one of which the model is not sure at all.

    Args: retired: validation objects that earlier rounds accepted. held: objects without a label, in manifest order.
          most_labels, most_people: what the job's stopping conditions allow.
    """
    gone = set(retired)
    left = [each for each in validation if each.stored.index not in gone]
    is_right = {
        each.stored.index: _of(predictions, each.stored.index).class_id == each.class_id
        for each in validation
    }
    confidence = np.array([_of(predictions, each.stored.index).confidence for each in left], dtype=np.float64)
    right = np.array([is_right[each.stored.index] for each in left], dtype=bool)
    chosen = choose_threshold(confidence, right, before)
    lowest = chosen.confidence
    sure: list[int] = []
    if lowest is not None:
        sure = [index for index in held if index in predictions and predictions[index].confidence >= lowest]
        sure = sorted(sure, key=lambda index: (-predictions[index].confidence, index))[: max(0, most_labels)]
    labeled = set(sure)
    rest = [index for index in held if index not in labeled]
    unsure = np.array([_of(predictions, index).confidence for index in rest], dtype=np.float64)
    most_people = min(most_people, most_labels - len(sure))
    return Decision(
        validation_accuracy=sum(is_right.values()) / max(1, len(is_right)),
        threshold=lowest,
        accepted=chosen.accepted,
        retired=tuple(
            each.stored.index
            for each, value in zip(left, confidence.tolist(), strict=True)
            if lowest is not None and value >= lowest
        ),
        labels={index: predictions[index] for index in sorted(sure)},
        people=unsure_of(rest, unsure, most_people, seed) if rest and most_people > 0 else (),
    )


def _of(predictions: Mapping[int, Prediction], index: int) -> Prediction:
    return predictions.get(index, _NONE)
