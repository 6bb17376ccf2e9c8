"""Several workers' masks of an image become one mask with a confidence.

What is at a pixel is decided in two steps. First, which thing is there: by what the workers see, weighted by how reliably
each tells the classes apart (`mask_workers`). Then where its outline is: by a plain vote of those who see a thing there.
So a thing that most have missed is found, and its outline is not cut by those who missed it.

Decision: the workers are learned about from images with three answers or more. So a job with two answers per object has
plain votes, and what only one of two workers sees is background.

Where the votes are split, neighbouring pixels count as well: the nearer the vote, the more. Ties go to the background,
and else to the class with the lower number.

Images are worked on in strips, so memory does not grow with them, except by one byte per pixel for the result.

Source: ground-truth.md 4.1, 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trigpoint.labeling.consolidation.mask_votes import ImageVotes, Patterns, split_pixels
from trigpoint.labeling.consolidation.mask_workers import (
    Learning,
    Reals,
    Reliability,
    Sights,
    accuracy,
    sights_of,
)
from trigpoint.labeling.consolidation.packed_masks import ClassNumbers, PackedMask
from trigpoint.labeling.model import WorkerQuality

REACH: Final = 2
"""How many pixels away neighbours count, in each direction."""
MOST_SMOOTHED: Final = 0.5
"""Neighbours are heard where the margin of the vote is smaller."""
_NEIGHBOURS: Final = [
    (down, right) for down in range(-REACH, REACH + 1) for right in range(-REACH, REACH + 1) if down or right
]

Margins = NDArray[np.float32]

_NO_GOLD: Final[Mapping[int, PackedMask]] = {}
_TRUTH: Final = ""
"""In the place of a worker id."""


@dataclass(frozen=True, slots=True)
class MaskResult:
    """The mask of one object.

    confidence: the expected share of its pixels that are right; 0 with one answer
    agreement:  by worker id, the mean IoU of their mask with this one over the classes in either of them
    """

    index: int
    numbers: ClassNumbers
    confidence: float
    agreement: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Decided:
    """What was decided of some rows: the class, the class that comes next, and by how much the first one is ahead.

    margin: 1 where the workers agree, 0 for a tie.
    """

    first: ClassNumbers
    second: ClassNumbers
    margin: Margins


class MaskConsolidation:
    """The consolidation of the objects of one round.

    Args:    answers: the masks of each object by worker id; an object has at least one.
             known: what earlier rounds of the job returned about its workers.
             gold: the true masks of some objects. They teach about the workers, and so weigh in the masks of the other
                   objects, but not in their own.
    """

    def __init__(
        self,
        answers: Mapping[int, Mapping[str, PackedMask]],
        class_count: int,
        known: Mapping[str, WorkerQuality],
        gold: Mapping[int, PackedMask] = _NO_GOLD,
    ) -> None:
        # in the order of worker ids, so that the order of the answers does not matter
        self._answers = {index: dict(sorted(given.items())) for index, given in answers.items()}
        self._class_count = class_count
        self._known = known
        details = {worker: quality.details for worker, quality in known.items()}
        everybody = {worker for given in answers.values() for worker in given}
        # of two different answers, nothing says which one is wrong
        several = [index for index in sorted(answers) if len(answers[index]) > 2]
        images = {index: sights_of(self._votes(index), tuple(self._answers[index])) for index in several}
        without = Learning(list(images.values()), everybody, details, class_count)
        self._gold = gold
        self._without_gold, self._confusions = without.learned()
        self._reliability = self._without_gold
        if gold:
            others = [image for index, image in images.items() if index not in gold]
            taught = [self._known_sights(index) for index in sorted(gold.keys() & answers.keys())]
            learning = Learning(others, everybody, details, class_count, taught)
            self._reliability, self._confusions = learning.learned()

    def results(self) -> Iterator[MaskResult]:
        """The objects' masks, one after the other, in the order of their indexes."""
        for index in sorted(self._answers):
            given = self._answers[index]
            if len(given) == 1:
                yield MaskResult(index, next(iter(given.values())).whole(), 0.0, dict.fromkeys(given, 1.0))
            else:
                yield self._result(index)

    def workers(self, agreements: Sequence[Mapping[str, float]]) -> dict[str, WorkerQuality]:
        """What is known now about the workers, given the agreements in the results."""
        found: dict[str, list[float]] = {}
        for agreement in agreements:
            for worker, value in agreement.items():
                found.setdefault(worker, []).append(value)
        return {worker: self._quality(worker, values) for worker, values in sorted(found.items())}

    def _quality(self, worker: str, agreement: Sequence[float]) -> WorkerQuality:
        before = self._known.get(worker, WorkerQuality())
        details = self._confusions.get(worker, before.details)
        return WorkerQuality(
            before.answers + len(agreement),
            before.agreement + sum(agreement),
            accuracy(details, self._class_count) if details else None,
            details,
        )

    def _votes(self, index: int) -> ImageVotes:
        return ImageVotes(list(self._answers[index].values()), self._class_count)

    def _known_sights(self, index: int) -> Sights:
        """What the workers see of an object whose true mask is known; the first one is the truth."""
        given = self._answers[index]
        image = ImageVotes([self._gold[index], *given.values()], self._class_count)
        return sights_of(image, (_TRUTH, *given))

    def _result(self, index: int) -> MaskResult:
        image, workers = self._votes(index), tuple(self._answers[index])
        reliability = self._without_gold if index in self._gold else self._reliability
        decided = (_decided(image, top, votes, workers, reliability) for top, votes in image.strips())
        numbers = np.empty((image.height, image.width), np.uint8)
        right, top = 0.0, 0
        for rows, probability in _smoothed(decided):
            numbers[top : top + len(rows)] = rows
            right += probability
            top += len(rows)
        return MaskResult(index, numbers, right / numbers.size, _agreement(image, workers, numbers))


def _agreement(image: ImageVotes, workers: tuple[str, ...], numbers: ClassNumbers) -> dict[str, float]:
    """The agreement of each worker with the result, on a sample of its pixels."""
    both = np.zeros((len(workers), 256))
    either = np.zeros((len(workers), 256))
    for votes, rows, columns in image.sampled():
        label = numbers[rows, columns]
        counts = np.bincount(label, minlength=256)
        for k, own in enumerate(votes):
            same = np.bincount(own[own == label], minlength=256)
            both[k] += same
            either[k] += counts + np.bincount(own, minlength=256) - same
    found = {}
    for k, worker in enumerate(workers):
        used = np.flatnonzero(either[k, 1:]) + 1
        found[worker] = float((both[k, used] / either[k, used]).mean()) if len(used) else 1.0
    return found


def _decided(
    image: ImageVotes,
    top: int,
    votes: NDArray[np.uint8],
    workers: tuple[str, ...],
    reliability: Reliability,
) -> _Decided:
    """What the votes on a strip, (workers, rows, columns), say without the neighbouring pixels."""
    first, margin = votes[0].copy(), np.ones(votes.shape[1:], np.float32)
    second = first.copy()
    split = split_pixels(votes)
    if split.any():
        rows, columns = np.nonzero(split)
        patterns = image.patterns(votes[:, split], image.cells_of(rows + top, columns))
        shares = reliability.posteriors(workers, patterns.sights)
        best, next_best, ahead = _ranked(patterns, shares)
        first[split] = best[patterns.pattern_of]
        second[split] = next_best[patterns.pattern_of]
        margin[split] = ahead[patterns.pattern_of]
    return _Decided(first, second, margin)


def _ranked(patterns: Patterns, shares: Reals) -> tuple[ClassNumbers, ClassNumbers, Margins]:
    """The best and the second best class of each pattern, and the difference of their scores.

    shares: the probability of the class that each worker sees.
    """
    sees_thing = patterns.sights > 0
    inside = (sees_thing & (patterns.votes > 0)).sum(axis=1) / np.maximum(sees_thing.sum(axis=1), 1)
    things = np.where(sees_thing & (shares > 0), shares * inside[:, None], -1.0)
    background = 1 - np.maximum(things, 0).sum(axis=1)
    # rounded, so that ties are ties
    scores = np.round(np.column_stack((background, things)), 9)
    numbers = np.column_stack((np.zeros(len(things), np.int64), patterns.sights))
    order = np.lexsort((numbers, -scores), axis=1)[:, :2]
    ranked, ahead = np.take_along_axis(numbers, order, 1), np.take_along_axis(scores, order, 1)
    margin = np.clip(ahead[:, 0] - ahead[:, 1], 0, 1).astype(np.float32)
    return ranked[:, 0].astype(np.uint8), ranked[:, 1].astype(np.uint8), margin


def _smoothed(strips: Iterator[_Decided]) -> Iterator[tuple[ClassNumbers, float]]:
    """The classes of each strip after the neighbours were heard, and the sum of the probabilities of its pixels."""
    before: _Decided | None = None
    current = next(strips, None)
    while current is not None:
        after = next(strips, None)
        yield _smoothed_strip(before, current, after)
        before, current = current, after


def _smoothed_strip(
    before: _Decided | None, current: _Decided, after: _Decided | None
) -> tuple[ClassNumbers, float]:
    first, margin = current.first.copy(), current.margin.copy()
    rows, columns = np.nonzero(margin < MOST_SMOOTHED)
    if len(rows):
        classes = _with_rows_around(before, current, after, "first")
        margins = _with_rows_around(before, current, after, "margin")
        above = min(REACH, len(before.first)) if before else 0
        own, other = current.first[rows, columns], current.second[rows, columns]
        support = np.zeros(len(rows), np.float32)
        for down, right in _NEIGHBOURS:
            y = np.clip(rows + above + down, 0, len(classes) - 1)
            x = np.clip(columns + right, 0, classes.shape[1] - 1)
            found, weight = classes[y, x], margins[y, x]
            support += weight * (found == own) - weight * (found == other)
        changed = margin[rows, columns] + support / len(_NEIGHBOURS)
        first[rows, columns] = np.where(changed < 0, other, own)
        margin[rows, columns] = np.minimum(np.abs(changed), 1)
    return first, float((1 + margin.astype(np.float64)).sum() / 2)


def _with_rows_around(
    before: _Decided | None, current: _Decided, after: _Decided | None, name: str
) -> NDArray[Any]:
    parts = [getattr(current, name)]
    if before is not None:
        parts.insert(0, getattr(before, name)[-REACH:])
    if after is not None:
        parts.append(getattr(after, name)[:REACH])
    return np.concatenate(parts)
