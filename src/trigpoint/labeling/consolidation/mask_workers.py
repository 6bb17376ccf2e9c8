"""How reliably the workers of a job tell classes apart in masks, learned from what they see of the same images.

The model is that of Dawid and Skene (1979), on what workers see at a pixel (`mask_votes`): a true class, and for each
worker the probability of each class that they see, given the true one. All workers have the same confusions, and the
odds that a worker is right are those of the crowd, multiplied by a factor of their own. So a few images are enough.

Images are not counted by their pixels, which are not independent: the mass of a pattern of an image is the square root
of the cells that it covers. Pixels of which only the outline is in doubt teach nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trigpoint.labeling.consolidation.mask_votes import ImageVotes, Numbers, split_pixels

Reals = NDArray[np.float64]

ROUNDS: Final = 20
CELLS: Final = 64
"""An image has so many; a thing that covers one of them counts as one observation."""
RIGHT: Final = 0.9
"""What is assumed of workers of whom nothing is known: the probability that they see the true class."""
ASSUMED: Final = 2.0
"""For how many observations of each class this assumption counts."""
OWN: Final = 8.0
"""For how many errors the errors of the whole crowd count in the factor of a worker."""
LEAST_KEPT: Final = 0.001
_LEAST: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Sights:
    """What the workers of one image see, as patterns: (patterns, workers), with the mass of each pattern."""

    workers: tuple[str, ...]
    sights: Numbers
    masses: Reals


@dataclass(frozen=True, slots=True)
class Reliability:
    """What is known about the workers: logarithms of probabilities.

    prior:  of each true class
    right:  of each worker, by their number, and true class: that they see it; (workers, classes)
    wrong:  likewise that they see any other class; (workers, classes)
    others: of the true and the seen class: that this is the one, given that they see another; (classes, classes)
    """

    numbers: Mapping[str, int]
    prior: Reals
    right: Reals
    wrong: Reals
    others: Reals

    def posteriors(self, workers: Sequence[str], sights: Numbers) -> Reals:
        """The probability of the class that each worker sees, (patterns, workers); 0 if an earlier worker sees it.

        One of the classes that workers see is the true one.
        """
        numbers = np.array([self.numbers[worker] for worker in workers])
        return self.posteriors_of(np.broadcast_to(numbers, sights.shape), sights)

    def posteriors_of(self, numbers: Numbers, sights: Numbers) -> Reals:
        """As `posteriors`, with the number of the worker of each sight."""
        scores = np.empty(sights.shape)
        for k in range(sights.shape[1]):
            true = sights[:, k]
            score = self.prior[true]
            for j in range(sights.shape[1]):
                seen, worker = sights[:, j], numbers[:, j]
                wrong = self.wrong[worker, true] + self.others[true, seen]
                score = score + np.where(seen == true, self.right[worker, true], wrong)
            scores[:, k] = np.where(_is_repeated(sights, k), -np.inf, score)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        posteriors: Reals = shares / shares.sum(axis=1, keepdims=True)
        return posteriors


def sights_of(image: ImageVotes, workers: Sequence[str]) -> Sights:
    """What the workers see of an image, on a sample of its pixels."""
    found: dict[tuple[int, ...], int] = {}
    total = 0
    for votes, rows, columns in image.sampled():
        total += votes.shape[1]
        split = split_pixels(votes)
        unanimous = np.bincount(votes[0][~split])
        for number in np.flatnonzero(unanimous):
            _count(found, (int(number),) * len(workers), int(unanimous[number]))
        if split.any():
            patterns = image.patterns(votes[:, split], image.cells_of(rows[split], columns[split]))
            kept = ~patterns.is_outline
            for seen, pixels in zip(
                patterns.sights[kept].tolist(), patterns.pixels[kept].tolist(), strict=True
            ):
                _count(found, tuple(seen), pixels)
    ordered = sorted(found)
    masses = np.sqrt(np.array([found[each] for each in ordered], float) * CELLS / max(total, 1))
    return Sights(tuple(workers), np.array(ordered, np.int64).reshape(-1, len(workers)), masses)


def _count(found: dict[tuple[int, ...], int], seen: tuple[int, ...], pixels: int) -> None:
    found[seen] = found.get(seen, 0) + pixels


class Learning:
    """Learns about workers from images, and from what earlier rounds of the job have learned.

    workers: all who are asked about later, also those without an image.
    known_images: images whose true masks are known; the first sight of each pattern is the truth.
    """

    def __init__(
        self,
        images: Sequence[Sights],
        workers: Set[str],
        known: Mapping[str, Mapping[str, Any]],
        class_count: int,
        known_images: Sequence[Sights] = (),
    ) -> None:
        self._count = class_count + 1
        names = {worker for image in images for worker in image.workers} | workers | known.keys()
        self._numbers = {worker: number for number, worker in enumerate(sorted(names))}
        self._groups = _grouped(images, self._numbers)
        self._before = np.array(
            [
                (self._numbers[worker], true, seen, mass)
                for worker in sorted(known)
                for true, seen, mass in read_confusion(known[worker], class_count)
            ]
        ).reshape(-1, 4)
        self._taught = _taught(known_images, self._numbers)

    def learned(self) -> tuple[Reliability, dict[str, dict[str, Any]]]:
        """What is known about the workers now, and the confusions of those with images, as they are kept."""
        shares = [_vote_shares(group.sights) for group in self._groups]
        for _ in range(ROUNDS):
            reliability = self._reliability(self._observed(shares))
            shares = [reliability.posteriors_of(group.numbers, group.sights) for group in self._groups]
        observed = self._observed(shares)
        written = _written(observed, {number: worker for worker, number in self._numbers.items()})
        here = {int(number) for group in self._groups for number in np.unique(group.numbers)}
        here |= {int(number) for number in np.unique(self._taught[:, 0])}
        kept = {worker: written.get(worker, {}) for worker, number in self._numbers.items() if number in here}
        return self._reliability(observed), kept

    def _observed(self, shares: Sequence[Reals]) -> Reals:
        """Rows of worker number, true class, seen class and mass, each combination once; with those of before."""
        parts = [self._before, self._taught]
        for group, share in zip(self._groups, shares, strict=True):
            for true in range(share.shape[1]):
                mass = share[:, true] * group.masses
                for seen in range(share.shape[1]):
                    columns = (group.numbers[:, seen], group.sights[:, true], group.sights[:, seen], mass)
                    parts.append(np.column_stack(columns))
        return _summed(np.concatenate(parts), self._count)

    def _reliability(self, observed: Reals) -> Reliability:
        """The model with the greatest posterior probability, given how often each class was seen for each true one."""
        workers, true, seen = (observed[:, k].astype(np.int64) for k in range(3))
        masses, count = observed[:, 3], self._count
        pooled = np.full((count, count), ASSUMED * (1 - RIGHT) / max(count - 1, 1))
        np.fill_diagonal(pooled, ASSUMED * RIGHT)
        np.add.at(pooled, (true, seen), masses)
        prior = np.sqrt(np.bincount(true, masses, count) + 1)
        right = np.diag(pooled) / pooled.sum(axis=1)
        np.fill_diagonal(pooled, 0)
        others = pooled / np.maximum(pooled.sum(axis=1, keepdims=True), _LEAST)
        size = len(self._numbers)
        wrong_masses = np.where(true == seen, 0, masses)
        errors = np.bincount(workers, wrong_masses, size)
        expected = np.bincount(workers, masses * (1 - right[true]), size)
        factor = (expected + OWN) / (errors + OWN)
        odds = (right / (1 - right))[None, :] * factor[:, None]
        own = odds / (1 + odds)
        return Reliability(
            self._numbers,
            np.log(prior / prior.sum()),
            np.log(own),
            np.log(1 - own),
            np.log(np.maximum(others, _LEAST)),
        )


@dataclass(frozen=True, slots=True)
class _Group:
    """The sights of all images with the same number of answers; (patterns, workers)."""

    numbers: Numbers
    sights: Numbers
    masses: Reals


def _grouped(images: Sequence[Sights], numbers: Mapping[str, int]) -> list[_Group]:
    by_size: dict[int, list[Sights]] = {}
    for image in images:
        by_size.setdefault(len(image.workers), []).append(image)
    groups = []
    for size in sorted(by_size):
        found = by_size[size]
        own = [np.array([numbers[worker] for worker in image.workers]) for image in found]
        groups.append(
            _Group(
                np.concatenate([np.broadcast_to(n, i.sights.shape) for n, i in zip(own, found, strict=True)]),
                np.concatenate([image.sights for image in found]),
                np.concatenate([image.masses for image in found]),
            )
        )
    return groups


def _taught(images: Sequence[Sights], numbers: Mapping[str, int]) -> Reals:
    """Rows of worker number, true class, seen class and mass."""
    rows = [
        np.column_stack(
            (
                np.full(len(image.masses), numbers[worker]),
                image.sights[:, 0],
                image.sights[:, k],
                image.masses,
            )
        )
        for image in images
        for k, worker in enumerate(image.workers)
        if k
    ]
    return np.concatenate(rows).astype(float) if rows else np.empty((0, 4))


def _vote_shares(sights: Numbers) -> Reals:
    """The share of workers who see what each worker sees, squared; 0 if an earlier worker sees it."""
    shares = (sights[:, :, None] == sights[:, None, :]).mean(axis=2) ** 2
    for k in range(sights.shape[1]):
        shares[_is_repeated(sights, k), k] = 0
    total: Reals = shares / shares.sum(axis=1, keepdims=True)
    return total


def _is_repeated(sights: Numbers, worker: int) -> NDArray[np.bool_]:
    """Whether an earlier worker sees the same."""
    repeated: NDArray[np.bool_] = (sights[:, :worker] == sights[:, worker, None]).any(axis=1)
    return repeated


def _summed(rows: Reals, count: int) -> Reals:
    """The rows of worker number, true class, seen class and mass, with the masses of equal combinations added up."""
    codes = ((rows[:, 0] * count + rows[:, 1]) * count + rows[:, 2]).astype(np.int64)
    found, where = np.unique(codes, return_inverse=True)
    masses = np.bincount(where.ravel(), rows[:, 3], len(found))
    return np.column_stack((found // count // count, found // count % count, found % count, masses))


# -- what is kept about a worker


def _written(observed: Reals, workers: Mapping[int, str]) -> dict[str, dict[str, Any]]:
    """Each worker's confusion: the masses by true class and seen class; small ones are left out."""
    written: dict[str, dict[str, Any]] = {}
    for number, true, seen, mass in observed.tolist():
        if mass >= LEAST_KEPT:
            own = written.setdefault(workers[int(number)], {"confusion": {}})
            own["confusion"].setdefault(str(int(true)), {})[str(int(seen))] = round(mass, 3)
    return written


def read_confusion(details: Mapping[str, Any], class_count: int) -> Iterator[tuple[int, int, float]]:
    """True class, seen class and mass, of what was kept about a worker. What is not in this form is left out."""
    confusion = details.get("confusion")
    for true, row in confusion.items() if isinstance(confusion, Mapping) else ():
        for seen, mass in row.items():
            if max(int(true), int(seen)) <= class_count:
                yield int(true), int(seen), float(mass)


def accuracy(details: Mapping[str, Any], class_count: int) -> float:
    """The estimated probability that a worker sees a thing as the class that it is, and none where there is none."""
    right, total = RIGHT * OWN, OWN
    for true, seen, mass in read_confusion(details, class_count):
        if true or seen:
            total += mass
            right += mass if true == seen else 0.0
    return right / total
