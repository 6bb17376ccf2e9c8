"""The votes of workers for classes as arrays, and what is known about the workers as sparse confusion counts.

Shape letters: N objects, V votes, E candidates (an object and a class that may be its true one), T terms (a vote and a
candidate of its object), C cells (a worker, a true class, a given class). Only cells that occur are kept, so that memory
grows with the votes, not with the number of workers times the square of the number of classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COMMON_CLASSES = 16
"""With more classes, the candidates of an object are those that it has votes for and this many of the most common."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often one worker gave which class for which true one, as expected numbers of answers.

    true, given, count: (cells,) in the same order. In JSON they are three lists of these names.
    """

    true: Ints
    given: Ints
    count: Floats

    @classmethod
    def read(cls, stored: Mapping[str, Sequence[float]]) -> Confusion:
        return cls(
            np.array(stored["true"], np.int64),
            np.array(stored["given"], np.int64),
            np.array(stored["count"], np.float64),
        )

    def write(self) -> dict[str, list[float]]:
        """The same as JSON; counts have four decimals."""
        return {
            "true": self.true.tolist(),
            "given": self.given.tolist(),
            "count": np.round(self.count, 4).tolist(),
        }


@dataclass(frozen=True, slots=True)
class Cells:
    """Confusion counts of all workers. `known` (C,) are those from before.

    worker, true, given: (C,) what a cell belongs to
    row:  (C,) numbers the worker and true class of a cell
    pair: (C,) numbers the true and given class of a cell
    """

    worker: Ints
    true: Ints
    given: Ints
    row: Ints
    pair: Ints
    known: Floats

    @property
    def diagonal(self) -> NDArray[np.bool_]:
        """(C,) whether the given class is the true one."""
        same: NDArray[np.bool_] = self.true == self.given
        return same


@dataclass(frozen=True, slots=True)
class Ballots:
    """Votes in the order of objects and workers, so that results do not depend on the order of the caller's.

    vote_object, vote_worker, vote_class: (V,)
    object, class_id, share: (E,) of each candidate, in the order of objects and classes; share of the object's votes
    first: (N,) the first candidate of each object
    term_vote, term_candidate, term_cell: (T,)
    gold: (N,) the true class, or -1 where it is not known
    """

    objects: Sequence[int]
    workers: Sequence[str]
    class_count: int
    vote_object: Ints
    vote_worker: Ints
    vote_class: Ints
    object: Ints
    class_id: Ints
    share: Floats
    first: Ints
    term_vote: Ints
    term_candidate: Ints
    term_cell: Ints
    cells: Cells
    gold: Ints

    def sums_to_one(self, scores: Floats) -> Floats:
        """(E,) the probabilities of which these are the logarithms, up to a constant for each object."""
        raised = np.exp(scores - np.maximum.reduceat(scores, self.first)[self.object])
        probabilities: Floats = raised / np.add.reduceat(raised, self.first)[self.object]
        return probabilities

    def counted(self, weights: Floats) -> Floats:
        """(C,) the confusion counts when each term counts this much, with those that were known before."""
        counts: Floats = self.cells.known + np.bincount(self.term_cell, weights, len(self.cells.known))
        return counts


def collect(
    votes: Mapping[int, Mapping[str, int]],
    class_count: int,
    known: Mapping[str, Confusion],
    gold: Mapping[int, int],
) -> Ballots:
    """The ballots of these votes: object index -> worker id -> class id. There is at least one vote for each object.

    known: the confusion counts of workers; of those who did not vote, too.
    """
    objects = sorted(votes)
    workers = sorted({worker for given in votes.values() for worker in given} | known.keys())
    number_of = {worker: number for number, worker in enumerate(workers)}
    triples = [
        (position, number_of[worker], class_id)
        for position, index in enumerate(objects)
        for worker, class_id in sorted(votes[index].items())
    ]
    vote_object, vote_worker, vote_class = np.array(triples, np.int64).reshape(-1, 3).T
    true_class = np.array([gold.get(index, -1) for index in objects], np.int64)
    candidates = _candidates(vote_object, vote_class, true_class, class_count)
    object_, class_id = candidates // class_count, candidates % class_count
    first = np.searchsorted(object_, np.arange(len(objects)))
    size = np.diff(first, append=len(candidates))
    term_vote = np.repeat(np.arange(len(vote_object)), size[vote_object])
    position = np.arange(len(term_vote)) - np.repeat(
        np.cumsum(size[vote_object]) - size[vote_object], size[vote_object]
    )
    term_candidate = first[vote_object[term_vote]] + position
    voted = np.searchsorted(candidates, vote_object * class_count + vote_class)
    share = np.bincount(voted, minlength=len(candidates)) / np.bincount(vote_object)[object_]
    cells, term_cell = _cells(
        class_count,
        vote_worker[term_vote],
        class_id[term_candidate],
        vote_class[term_vote],
        {number_of[worker]: confusion for worker, confusion in known.items()},
    )
    return Ballots(
        objects,
        workers,
        class_count,
        vote_object,
        vote_worker,
        vote_class,
        object_,
        class_id,
        share,
        first,
        term_vote,
        term_candidate,
        term_cell,
        cells,
        true_class,
    )


def _candidates(vote_object: Ints, vote_class: Ints, gold: Ints, class_count: int) -> Ints:
    """(E,) the object times the number of classes plus the class, in this order."""
    common = np.arange(class_count)
    if class_count > COMMON_CLASSES:
        by_votes = np.argsort(-np.bincount(vote_class, minlength=class_count), kind="stable")
        common = by_votes[:COMMON_CLASSES]
    everywhere = (np.arange(len(gold))[:, None] * class_count + common).ravel()
    has_gold = np.flatnonzero(gold >= 0)
    return np.unique(
        np.concatenate(
            [everywhere, vote_object * class_count + vote_class, has_gold * class_count + gold[has_gold]]
        )
    )


def _cells(
    class_count: int, worker: Ints, true: Ints, given: Ints, known: Mapping[int, Confusion]
) -> tuple[Cells, Ints]:
    """The cells of the terms and of what is known by the worker's number, and the cell of each term."""
    keys = np.concatenate(
        [
            (worker * class_count + true) * class_count + given,
            *(
                (number * class_count + known[number].true) * class_count + known[number].given
                for number in sorted(known)
            ),
        ]
    )
    found, cell = np.unique(keys, return_inverse=True)
    row = np.unique(found // class_count, return_inverse=True)[1]
    pair = np.unique(found % class_count**2, return_inverse=True)[1]
    counts = np.zeros(len(found))
    if known:
        before = np.concatenate([known[number].count for number in sorted(known)])
        np.add.at(counts, cell[len(worker) :], before)
    cells = Cells(
        found // class_count**2,
        found // class_count % class_count,
        found % class_count,
        row,
        pair,
        counts,
    )
    return cells, cell[: len(worker)]
