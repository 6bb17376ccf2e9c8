"""What a round decides from the predictions: the threshold, the labels of the machine, and the next objects for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trigpoint.autolabel.kinds import Judged, Prediction
from trigpoint.autolabel.sizes import unsure_of
from trigpoint.autolabel.threshold import Accepted, choose_threshold


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a round.

    validation_quality: the mean over the whole validation set: for classes, the accuracy
    accepted: the validation objects accepted in all rounds; retired: those that this round adds
    labels:   predictions that become labels, by object index
    people:   objects that people label next
    """

    validation_quality: float
    threshold: float | None
    accepted: Accepted
    retired: tuple[int, ...]
    labels: Mapping[int, Prediction]
    people: Sequence[int]


def decide(
    validation: Sequence[int],
    retired: Sequence[int],
    before: Accepted,
    held: Sequence[int],
    judged: Judged,
    most_labels: int,
    most_people: int,
    seed: str,
    target: float,
) -> Decision:
    """The decision of one round.

    An object without a prediction is one of which the model is not sure at all.

    Args: validation, retired: objects of the validation set, and those that earlier rounds accepted.
          held: objects without a label, in manifest order.
          most_labels, most_people: what the job's stopping conditions allow.
          target: the mean quality of everything that is accepted.
    """
    gone, predictions = set(retired), judged.predictions
    left = [index for index in validation if index not in gone]
    quality = {index: judged.quality.get(index, 0.0) for index in validation}
    confidence = np.array([_confidence(predictions, index) for index in left], dtype=np.float64)
    chosen = choose_threshold(confidence, np.array([quality[index] for index in left]), before, target)
    lowest = chosen.confidence
    sure: list[int] = []
    if lowest is not None:
        sure = [index for index in held if index in predictions and predictions[index].confidence >= lowest]
        sure = sorted(sure, key=lambda index: (-predictions[index].confidence, index))[: max(0, most_labels)]
    labeled = set(sure)
    rest = [index for index in held if index not in labeled]
    unsure = np.array([_confidence(predictions, index) for index in rest], dtype=np.float64)
    most_people = min(most_people, most_labels - len(sure))
    return Decision(
        validation_quality=sum(quality.values()) / max(1, len(quality)),
        threshold=lowest,
        accepted=chosen.accepted,
        retired=tuple(
            index
            for index, value in zip(left, confidence.tolist(), strict=True)
            if lowest is not None and value >= lowest
        ),
        labels={index: predictions[index] for index in sorted(sure)},
        people=unsure_of(rest, unsure, most_people, seed) if rest and most_people > 0 else (),
    )


def _confidence(predictions: Mapping[int, Prediction], index: int) -> float:
    return predictions[index].confidence if index in predictions else 0.0
