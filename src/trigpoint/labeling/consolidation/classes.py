"""Several workers' choices of a class become one class with a confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigpoint.labeling.model import WorkerQuality

HIGHEST_CONFIDENCE = 0.95
"""Ground Truth never reports more for labels of people."""


@dataclass(frozen=True, slots=True)
class Classes:
    """What the answers say, by the index of the data object, and what is now known about the workers, by worker id.

    posteriors:  the probability of each class as it is reported: the likeliest has at most HIGHEST_CONFIDENCE
    choices:     the class id that becomes the label
    confidences: the reported probability of the choice; 0 for an object with one answer
    workers:     all workers who answered, with what was known before added up
    """

    posteriors: Mapping[int, Sequence[float]]
    choices: Mapping[int, int]
    confidences: Mapping[int, float]
    workers: Mapping[str, WorkerQuality]


def consolidate(
    votes: Mapping[int, Mapping[str, int]],
    class_count: int,
    *,
    known: Mapping[str, WorkerQuality],
    gold: Mapping[int, int],
    method: str | None,
) -> Classes:
    """The class of each data object.

    Args:    votes: object index -> worker id -> class id from 0; each object has at least one vote.
             known: what earlier calls of the same job returned about workers.
             gold:  the true classes of some of the objects. They teach about the workers; the reported classes come
                    from the votes nevertheless.
             method: "reference" for the method that AWS has published, None for the default.
    """
    posteriors = {index: _shares(given, class_count) for index, given in votes.items()}
    choices = {index: shares.index(max(shares)) for index, shares in posteriors.items()}
    confidences = {
        index: posteriors[index][choices[index]] if len(given) > 1 else 0.0 for index, given in votes.items()
    }
    return Classes(posteriors, choices, confidences, _workers(votes, choices, known))


def _shares(given: Mapping[str, int], class_count: int) -> list[float]:
    counts = Counter(given.values())
    return [min(HIGHEST_CONFIDENCE, counts[class_id] / len(given)) for class_id in range(class_count)]


def _workers(
    votes: Mapping[int, Mapping[str, int]], choices: Mapping[int, int], known: Mapping[str, WorkerQuality]
) -> dict[str, WorkerQuality]:
    answers: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    for index, given in votes.items():
        for worker, class_id in given.items():
            answers[worker] += 1
            agreed[worker] += class_id == choices[index]
    made = {}
    for worker in sorted(answers):
        before = known.get(worker, WorkerQuality())
        total, agreement = before.answers + answers[worker], before.agreement + agreed[worker]
        made[worker] = WorkerQuality(total, agreement, agreement / total)
    return made
