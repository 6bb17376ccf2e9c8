"""Several workers' choices of a class become one class with a confidence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from trigpoint.labeling.consolidation import reference_classes, shrunken_confusion
from trigpoint.labeling.consolidation.ballots import Ballots, Confusion, Floats, Ints, collect
from trigpoint.labeling.model import WorkerQuality

HIGHEST_CONFIDENCE = 0.95
"""Ground Truth never reports more for labels of people."""

REFERENCE: Final = "reference"
"""The method that AWS has published."""

VOTE_SHARE = 0.3
"""How much the plain share of votes counts in what our own method reports. Estimated probabilities are too extreme."""

MAX_CELLS = 4_000
"""Of the confusion counts that are kept of one worker, the largest. 63 classes never have more."""

_SMALLEST_COUNT = 0.005

_METHODS: Final[Mapping[str | None, Callable[[Ballots], tuple[Floats, Floats]]]] = {
    None: shrunken_confusion.estimate,
    REFERENCE: reference_classes.estimate,
}


@dataclass(frozen=True, slots=True)
class Classes:
    """What the answers say, by the index of the data object, and what is now known about the workers, by worker id.

    posteriors:  the probability of each class as it is reported: the likeliest has at most HIGHEST_CONFIDENCE
    choices:     the class id that becomes the label; of equally likely ones the lowest
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
    """The class of each data object. The order of objects and workers does not matter.

    The label of an object with one answer is this answer.

    Decision: the classes of objects with a known class are estimated without any known class of this call, as if they
    were not known. Otherwise an object's own known class would change its label by what it says about its workers.

    Args:    votes: object index -> worker id -> class id from 0; each object has at least one vote.
             known: what earlier calls of the same job returned about workers.
             gold:  the true classes of some of the objects. They teach about the workers, and so weigh in the other
                    objects. The reference method does not use them.
             method: REFERENCE for the method that AWS has published, None for our own.
    """
    before = {
        worker: Confusion.read(quality.details["confusion"])
        for worker, quality in known.items()
        if "confusion" in quality.details
    }
    ballots = collect(votes, class_count, before, gold)
    probabilities, counts = _METHODS[method](ballots)
    found = _reported(ballots, probabilities, method)
    if gold:
        blind = collect(votes, class_count, before, {})
        found = found.replaced(
            _reported(blind, _METHODS[method](blind)[0], method), gold.keys() & votes.keys()
        )
    workers = _workers(ballots, np.array(list(found.choices.values())), counts, known)
    return Classes(found.posteriors, found.choices, found.confidences, workers)


@dataclass(frozen=True, slots=True)
class _Reported:
    """What is reported of the objects, by index in ascending order."""

    posteriors: Mapping[int, Sequence[float]]
    choices: dict[int, int]
    confidences: dict[int, float]

    def replaced(self, other: _Reported, indexes: Collection[int]) -> _Reported:
        """With what the other says of these objects."""
        posteriors = {index: other.posteriors[index] for index in indexes}
        return _Reported(
            _Replaced(self.posteriors, posteriors),
            self.choices | {index: other.choices[index] for index in indexes},
            self.confidences | {index: other.confidences[index] for index in indexes},
        )


def _reported(ballots: Ballots, probabilities: Floats, method: str | None) -> _Reported:
    vote_share = 0.0 if method == REFERENCE else VOTE_SHARE
    reported = (1 - vote_share) * probabilities + vote_share * ballots.share
    is_alone = (np.bincount(ballots.vote_object) == 1)[ballots.object]
    reported = np.minimum(np.where(is_alone, ballots.share, reported), HIGHEST_CONFIDENCE)
    chosen = _first_largest(ballots, reported)
    choices, confidences = ballots.class_id[chosen], np.where(is_alone, 0.0, reported)[chosen]
    return _Reported(
        _Posteriors(ballots, reported),
        dict(zip(ballots.objects, choices.tolist(), strict=True)),
        dict(zip(ballots.objects, confidences.tolist(), strict=True)),
    )


class _Replaced(Mapping[int, Sequence[float]]):
    """A mapping with other values for some of its keys."""

    def __init__(self, values: Mapping[int, Sequence[float]], others: Mapping[int, Sequence[float]]) -> None:
        self._values = values
        self._others = others

    def __getitem__(self, index: int) -> Sequence[float]:
        return self._others[index] if index in self._others else self._values[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class _Posteriors(Mapping[int, Sequence[float]]):
    """The reported probabilities. A row is made when it is read, because most classes have none in most objects."""

    def __init__(self, ballots: Ballots, reported: Floats) -> None:
        self._position = {index: position for position, index in enumerate(ballots.objects)}
        self._ballots = ballots
        self._reported = reported
        self._ends = np.append(ballots.first, len(reported))

    def __getitem__(self, index: int) -> Sequence[float]:
        position = self._position[index]
        own = slice(self._ends[position], self._ends[position + 1])
        row = np.zeros(self._ballots.class_count)
        row[self._ballots.class_id[own]] = self._reported[own]
        probabilities: list[float] = row.tolist()
        return probabilities

    def __iter__(self) -> Iterator[int]:
        return iter(self._position)

    def __len__(self) -> int:
        return len(self._position)


def _first_largest(ballots: Ballots, values: Floats) -> Ints:
    """(N,) for each object the first of its candidates with the largest value."""
    order = np.lexsort((np.arange(len(values)), -values, ballots.object))
    largest: Ints = order[ballots.first]
    return largest


# -- workers


def _workers(
    ballots: Ballots, choices: Ints, counts: Floats, known: Mapping[str, WorkerQuality]
) -> dict[str, WorkerQuality]:
    """Those who voted, with what was known about them before."""
    worker_count = len(ballots.workers)
    answers = np.bincount(ballots.vote_worker, minlength=worker_count).tolist()
    agrees = ballots.vote_class == choices[ballots.vote_object]
    agreed = np.bincount(ballots.vote_worker, agrees, worker_count).tolist()
    accuracy = shrunken_confusion.accuracies(ballots, counts).tolist()
    confusion = _confusion(ballots, counts)
    made = {}
    for number, worker in enumerate(ballots.workers):
        if answers[number]:
            before = known.get(worker, WorkerQuality())
            made[worker] = WorkerQuality(
                before.answers + answers[number],
                before.agreement + agreed[number],
                accuracy[number],
                {"confusion": confusion[number].write()},
            )
    return made


def _confusion(ballots: Ballots, counts: Floats) -> list[Confusion]:
    """What is kept of each worker."""
    cells = ballots.cells
    kept = np.flatnonzero(counts >= _SMALLEST_COUNT)
    ends = np.searchsorted(cells.worker[kept], np.arange(len(ballots.workers) + 1))
    found = []
    for start, end in pairwise(ends.tolist()):
        own = kept[start:end]
        if len(own) > MAX_CELLS:
            own = own[np.argsort(-counts[own], kind="stable")[:MAX_CELLS]]
        found.append(Confusion(cells.true[own], cells.given[own], counts[own]))
    return found
